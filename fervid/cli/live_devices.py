"""The list of ``fervid live --list``."""

from __future__ import annotations

import click


def list_devices() -> None:
    """Print the cameras and the sound devices of this machine, each with what the command line takes for it."""
    from fervid.sources.camera import list_cameras
    from fervid.sources.sound_devices import list_sound_devices

    cameras, microphones = list_cameras(), list_sound_devices()
    for camera in cameras:
        click.echo(f"{camera.number}  {camera.name}")
    if not cameras:
        click.echo("fervid: no camera was found", err=True)
    for device in microphones:
        click.echo(f"--sound {device.name}  {device.description}")
    if not microphones:
        click.echo("fervid: no sound device was found", err=True)
