"""The options of an analysis as keyword arguments of the Python interface.

A function takes ``**options: Unpack[Options]``, so that type checkers and editors know every name and type, while the
defaults, bounds and meanings stand in `fervid.settings` alone. `spelled_out` writes them into its signature and help.
"""

from __future__ import annotations

import inspect
import os
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from typing_extensions import TypedDict

from fervid.core.registry import suggestion
from fervid.core.timecodes import Timecode
from fervid.core.values import shown
from fervid.errors import UsageError
from fervid.formats.encoding import CRF_BOUNDS
from fervid.settings import OPTIONS, Group, Option, Settings

F = TypeVar("F", bound=Callable[..., Any])

PathText = str | PathLike[str]
"""A path as people write it, or as a program has it."""

FormatNames = str | Sequence[str]
"""The name of one format of timelines, or of several."""

RegionTexts = str | Sequence[str | Sequence[str | float]]
"""One region as people write it, or several, each of which may also be four numbers or texts."""


class DetectionOptions(TypedDict, total=False):
    """The options of detection and classification, and the size of what is read."""

    detector: str
    detector_model: str | PathLike[str] | None
    eyes: bool
    min_face: int
    min_score: float
    faces: int | None
    regions: RegionTexts
    engine: str | PathLike[str]
    certain: float | None
    device: str
    backend: str
    precision: str
    trust_compiled: bool
    rotate: int
    max_pixels: int


class VideoOptions(TypedDict, total=False):
    """The options of the frames of a video, and of the search for faces in them."""

    deinterlace: bool
    search: str


class TimeOptions(TypedDict, total=False):
    """The options that concern the order of frames."""

    every: int
    rate: float | None
    reidentify: bool
    smoothing: str
    smoothing_time: float
    start: Timecode | str | float | None
    end: Timecode | str | float | None
    stream: int | None


class SequenceOptions(TypedDict, total=False):
    """The options of sources whose frames have no times of their own."""

    picture_rate: float | None


class PhotoOptions(DetectionOptions, total=False):
    """The options for still pictures."""

    blur: bool


class TimelineOptions(DetectionOptions, VideoOptions, SequenceOptions, TimeOptions, total=False):
    """The options for results without pictures."""

    batch: int


class LiveOptions(DetectionOptions, VideoOptions, TimeOptions, total=False):
    """The options for live sources, where no frame waits for others to fill a batch."""

    blur: bool


class Options(TimelineOptions, total=False):
    """All options."""

    blur: bool


def settings_from(options: Mapping[str, Any], base: Settings | None = None, *, among: type, function: str) -> Settings:
    """Return the settings that a call asks for.

    Args:
        options: The keyword arguments.
        base: The argument `settings` of the call; `options` win over it.
        among: The `TypedDict` of the options that the function takes.
        function: The name of the function.

    Raises:
        UsageError: There is no such option, the function does not take it, or a value is wrong.
    """
    if base is not None and not isinstance(base, Settings):
        raise UsageError(f"settings takes fervid.Settings, not {shown(base)}")
    for name in options:
        if name not in OPTIONS:
            known = _keywords(function)
            remedy = suggestion(name, known) or f"the options are {', '.join(known)}"
            raise UsageError(f"there is no option {name}", remedy)
    settings = Settings(**options) if base is None else base.replace(**options)
    if useless := [name for name in options if name not in among.__annotations__]:
        raise UsageError(f"{function} does not take the option {useless[0]}", "leave it out")
    return settings


def _keywords(function: str) -> list[str]:
    """Return the names of all keyword arguments of a function of the interface, options included."""
    parameters = inspect.signature(getattr(import_module("fervid.api"), function)).parameters.values()
    return [each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY]


def argument(
    name: str,
    value: Any,
    kind: type,
    *,
    bounds: tuple[float, float] | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """Return an argument of a call as a `kind`, one of `fervid.core.values.KINDS`.

    Raises:
        UsageError: It is of another type, out of bounds, or no choice.
    """
    # An option checks what it is given; without a default, None is refused too. Help and group are not looked at.
    return Option(name, kind, ..., "", Group.OUTPUT, bounds, choices).accept(value)


def optional(name: str, value: Any, kind: type, *, bounds: tuple[float, float] | None = None) -> Any:
    """Return an argument of a call as `argument` does, or None as it is.

    Raises:
        UsageError: It is of another type, or out of bounds.
    """
    return None if value is None else argument(name, value, kind, bounds=bounds)


def output_text(name: str, value: Any) -> str | None:
    """Return a file or folder to write to as text, which may end with the slash of a folder; None as it is.

    Raises:
        UsageError: It is no path.
    """
    optional(name, value, Path)
    return None if value is None else os.fspath(value)


def flags(**values: Any) -> None:
    """Check that arguments of a call are True or False.

    Raises:
        UsageError: One of them is neither.
    """
    for name, value in values.items():
        argument(name, value, bool)


def input_texts(inputs: PathText | Iterable[PathText], name: str = "inputs") -> list[str]:
    """Return one input or several as text.

    Args:
        inputs: The input, or several.
        name: The name of the argument.

    Raises:
        UsageError: They are neither a path nor paths.
    """
    if isinstance(inputs, str | PathLike):
        inputs = [inputs]
    try:
        return [os.fspath(each) for each in inputs]
    except TypeError as error:
        raise UsageError(f"{name} takes a path, or several, not {shown(inputs)}") from error


def encoding_choices(codec: Any, encoder: Any, crf: Any) -> dict[str, Any]:
    """Return the choices for an encoded video by their names.

    Raises:
        UsageError: One is of a wrong type, or out of bounds.
    """
    return {
        "codec": optional("codec", codec, str),
        "encoder": optional("encoder", encoder, str),
        "crf": optional("crf", crf, int, bounds=CRF_BOUNDS),
    }


def spelled_out(function: F) -> F:
    """Show every option of a function in its signature and in its help, with its default and its meaning."""
    hints = get_type_hints(function)
    signature = inspect.signature(function)
    *parameters, options = signature.parameters.values()
    known = get_type_hints(get_args(hints[options.name])[0])
    shown_options = [name for name in OPTIONS if name in known]
    function.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[
            *(parameter.replace(annotation=hints[parameter.name]) for parameter in parameters),
            *(
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, default=OPTIONS[name].default, annotation=known[name]
                )
                for name in shown_options
            ),
        ],
        return_annotation=hints["return"],
    )
    described = _described(shown_options)
    function.__doc__ = re.sub(r" *\*\*options: .*", lambda _: described, inspect.cleandoc(function.__doc__ or ""))
    return function


def _described(names: Iterable[str]) -> str:
    """Return a paragraph for each option, as in the section of a docstring."""
    lines = []
    for name in names:
        option = OPTIONS[name]
        default = "" if option.default in (None, ()) else f" Default: {option.default}."
        takes = option.takes[0].upper() + option.takes[1:]
        text = f"{name}: {option.help}. {takes}.{default}"
        lines.append(textwrap.fill(text, 116, initial_indent="    ", subsequent_indent="        "))
    return "\n".join(lines)
