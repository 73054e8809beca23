"""The options for the sound of recordings."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from fervid.cli.file_options import file_option
from fervid.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")


def sound_options(command: Callable[Concatenate[bool | str, P], R]) -> Callable[P, R]:
    """Give a command ``--sound`` and ``--no-sound``. It gets one value first: see `Recordings.sound`."""

    @functools.wraps(command)
    def with_sound(*args: P.args, **kwargs: P.kwargs) -> R:
        device, without = (kwargs.pop(name) for name in ("sound", "no_sound"))
        if device is not None and without:
            raise UsageError("--sound and --no-sound contradict each other", "leave one of them out")
        if device is not None and kwargs["no_window"] and kwargs["record"] is None:
            raise UsageError("--sound does not start a recording", "add --record OUT.mp4")
        return command(not without if device is None else str(device), *args, **kwargs)

    wrapped: Callable[P, R] = with_sound
    for decorate in (
        click.option("--no-sound", is_flag=True, help="Leave the sound of a stream or a video out of recordings."),
        file_option(
            "--sound",
            metavar="DEVICE",
            gives_way=_is_contradicted,
            help="Record the sound of this device: 'default' is the system's, and --list names all. An address or a "
            "file is played along with the picture.",
        ),
    ):
        wrapped = decorate(wrapped)
    return wrapped


def _is_contradicted(typed: Mapping[str, Any]) -> bool:
    return "no_sound" in typed or ("no_window" in typed and "record" not in typed)
