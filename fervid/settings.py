"""The options of an analysis: their defaults, bounds and meaning, each written once.

The command line builds its options from `OPTIONS`, and the Python interface takes the same names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from typing_extensions import Self

from fervid.core.registry import suggestion
from fervid.core.timecodes import Timecode
from fervid.core.values import KINDS, convert, shown
from fervid.detect import DETECTORS
from fervid.engines import DEFAULT_ENGINE, backends
from fervid.engines.compiled import PRECISIONS
from fervid.errors import UsageError
from fervid.smooth import SMOOTHERS


class Group(Enum):
    """A subject that some options share; a command offers the groups that make sense for it."""

    DETECT = "which faces are found"
    ENGINE = "which network classifies them"
    COMPUTE = "where and how the network runs"
    BATCH = "how many faces wait for each other"
    TIME = "what depends on the order of frames"
    OUTPUT = "what the pictures that are written or shown look like"


@dataclass(frozen=True, slots=True)
class Option:
    """What one field of `Settings` takes and means.

    Attributes:
        name: The field's name.
        kind: The type of its value, one of `fervid.core.values.KINDS`.
        default: Its default; None for an option that may be left out.
        help: One sentence, without its full stop.
        group: Its subject.
        bounds: The smallest and the largest value allowed; None where it is no number.
        choices: The values allowed; empty where any will do.
    """

    name: str
    kind: type
    default: Any
    help: str
    group: Group
    bounds: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()

    @property
    def takes(self) -> str:
        """The values allowed, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        description = KINDS[self.kind].description
        return description if self.bounds is None else "{} from {:g} to {:g}".format(description, *self.bounds)

    def accept(self, value: Any) -> Any:
        """Return `value` as the field keeps it.

        Raises:
            UsageError: It is of another type, out of bounds, or no choice.
        """
        if value is None and self.default is None:
            return None
        try:
            accepted = convert(value, self.kind)
        except ValueError as error:
            raise self._refusal(value) from error
        if self.bounds is not None and not self.bounds[0] <= accepted <= self.bounds[1]:
            raise self._refusal(value)
        if self.choices and accepted not in self.choices:
            raise self._refusal(value, suggestion(accepted, self.choices))
        return accepted

    def clamp(self, value: float) -> float:
        """Return the allowed number that is closest to `value`."""
        assert self.bounds is not None
        low, high = self.bounds
        return min(max(value, low), high)

    def _refusal(self, value: Any, remedy: str = "") -> UsageError:
        return UsageError(f"{self.name} takes {self.takes}, not {shown(value)}", remedy, options=(self.name,))


def _option(default: Any, help: str, group: Group, **rest: Any) -> Any:
    return dataclasses.field(default=default, metadata={"help": help, "group": group, **rest})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a video is analysed; `OPTIONS` has the bounds and the meaning of each field.

    A number may be of any type that holds its value, NumPy's too. A path may be text. `start` and `end` may be seconds,
    as a number, or text as on the command line.

    Raises:
        UsageError: There is no such option, or a value is of the wrong type, out of its bounds or unknown.
    """

    detector: str = _option(
        "auto",
        "How faces are found; auto is mediapipe, or haar where its model cannot be had",
        Group.DETECT,
        choices=("auto", *DETECTORS.names),
    )
    detector_model: Path | None = _option(
        None, "A detector model of your own (.tflite, or .xml for haar)", Group.DETECT
    )
    eyes: bool = _option(False, "With haar, take a face only where two eyes are found in it", Group.DETECT)
    min_face: int = _option(24, "The smallest face to read, in pixels of its width", Group.DETECT, bounds=(1, 10_000))
    min_score: float = _option(0.5, "The least score of the detector for a face", Group.DETECT, bounds=(0.0, 1.0))
    engine: str = _option(
        "auto", f"A shipped engine's name, or the path of your own; auto is {DEFAULT_ENGINE}", Group.ENGINE
    )
    device: str = _option("auto", "Where the network runs", Group.COMPUTE, choices=("auto", *backends.DEVICES))
    backend: str = _option(
        "auto",
        "What runs the network; auto is the fastest that works here",
        Group.COMPUTE,
        choices=("auto", *backends.NAMES),
    )
    precision: str = _option(
        "auto",
        "What the network computes in; auto is the fastest that changes no label beyond rounding",
        Group.COMPUTE,
        choices=("auto", *PRECISIONS),
    )
    batch: int = _option(16, "Faces given to the network at once", Group.BATCH, bounds=(1, 1024))
    every: int = _option(1, "Analyse every Nth frame", Group.TIME, bounds=(1, 100_000))
    smoothing: str = _option("ema", "How probabilities are smoothed over time", Group.TIME, choices=SMOOTHERS.names)
    smoothing_time: float = _option(0.3, "Time constant of the smoothing, in seconds", Group.TIME, bounds=(0.001, 60.0))
    start: Timecode | None = _option(None, "Begin here: seconds, hh:mm:ss.sss, or a frame as 120f", Group.TIME)
    end: Timecode | None = _option(None, "Stop before here: seconds, hh:mm:ss.sss, or a frame as 120f", Group.TIME)
    blur: bool = _option(False, "Hide every face that is found in the pictures that are written or shown", Group.OUTPUT)

    def __new__(cls, **options: Any) -> Self:
        """Refuse options that do not exist; `__init__` would raise a `TypeError`."""
        for name in options:
            if name not in OPTIONS:
                remedy = suggestion(name, OPTIONS) or f"the options are {', '.join(OPTIONS)}"
                raise UsageError(f"there is no option {name}", remedy)
        return object.__new__(cls)

    def __post_init__(self) -> None:
        for name, option in OPTIONS.items():
            object.__setattr__(self, name, option.accept(getattr(self, name)))
        if self.start is not None and self.end is not None and not self.start.may_precede(self.end):
            raise UsageError("end must come after start", options=("start", "end"))

    def replace(self, **changes: Any) -> Settings:
        """Return a copy with these fields changed."""
        return dataclasses.replace(self, **changes)


def _kind(hint: Any) -> type:
    """Return the one type in a field's annotation that is not None."""
    kinds: set[type] = set(get_args(hint) or (hint,)) - {NoneType}
    return kinds.pop()


_HINTS: Final = get_type_hints(Settings)

OPTIONS: Final[Mapping[str, Option]] = {
    field.name: Option(field.name, _kind(_HINTS[field.name]), field.default, **field.metadata)
    for field in dataclasses.fields(Settings)
}
"""The options by name, in the order in which a user meets them."""
