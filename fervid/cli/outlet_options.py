"""The options of the outputs of ``fervid live`` to other programs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import click

from fervid.cli.camera_options import NumberType
from fervid.outlets import LSL_FACES, LSL_FACES_BOUNDS, OSC_RATE_BOUNDS, destinations

if TYPE_CHECKING:
    from fervid.outlets.base import Destination

P = ParamSpec("P")
R = TypeVar("R")

Destinations: TypeAlias = "tuple[Destination, ...]"


def outlet_options(command: Callable[Concatenate[Destinations, P], R]) -> Callable[P, R]:
    """Give a command ``--lsl``, ``--osc``, ``--virtual-camera`` and theirs. It gets the `destinations` first."""
    names = ("lsl", "lsl_faces", "osc", "osc_rate", "virtual_camera")

    @functools.wraps(command)
    def with_destinations(*args: P.args, **kwargs: P.kwargs) -> R:
        values: dict[str, Any] = {name: kwargs.pop(name) for name in names}
        return command(destinations(**values), *args, **kwargs)

    wrapped: Callable[P, R] = with_destinations
    for decorate in (
        click.option(
            "--virtual-camera",
            is_flag=True,
            help="Show the picture with boxes and labels on a virtual camera, for video calls.",
        ),
        click.option(
            "--osc-rate",
            type=NumberType(*OSC_RATE_BOUNDS),
            metavar="HZ",
            help="Largest number of OSC bundles a second.  [default: one a frame]",
        ),
        click.option("--osc", metavar="HOST:PORT", help="Send readings as OSC messages to this address."),
        click.option(
            "--lsl-faces",
            type=click.IntRange(*LSL_FACES_BOUNDS),
            help=f"Number of faces in the stream of --lsl.  [default: {LSL_FACES}]",
        ),
        click.option(
            "--lsl",
            is_flag=True,
            help="Send readings and changes of emotion to the local network, as streams of the Lab Streaming Layer.",
        ),
    ):
        wrapped = decorate(wrapped)
    return wrapped
