"""The options of an analysis: their defaults, bounds and meaning, each written once.

The command line builds its options from `OPTIONS`, and the Python interface takes the same names.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from typing_extensions import Self

from fervid.core.pixels import MAX_PIXELS, MAX_PIXELS_BOUNDS
from fervid.core.regions import EVERYWHERE, Regions
from fervid.core.registry import suggestion
from fervid.core.rotation import Rotation
from fervid.core.timecodes import Timecode
from fervid.core.values import KINDS, convert, shown
from fervid.detect import DETECTORS, SMALLEST
from fervid.engines import DEFAULT_ENGINE, backends
from fervid.engines.compiled import PRECISIONS
from fervid.errors import UsageError
from fervid.smooth import CERTAIN, SMOOTHERS
from fervid.sources import PICTURE_RATE

EXCLUSIVE: Final = ("every", "rate")
"""Two options of which one at most is given."""


class Group(Enum):
    """A subject that several options share. A command offers the groups that apply to it."""

    INPUT = "pictures and videos"
    DETECT = "face detection"
    ENGINE = "classification"
    COMPUTE = "hardware and precision"
    BATCH = "batches"
    VIDEO = "decoding and the search for faces in frames"
    SEQUENCE = "times of frames without their own"
    TIME = "choice of frames, identity and smoothing"
    OUTPUT = "appearance"


@dataclass(frozen=True, slots=True)
class Option:
    """The type, default, bounds and meaning of one field of `Settings`.

    Attributes:
        name: The name of the field.
        kind: The type of the value, one of `fervid.core.values.KINDS`.
        default: The default value; None for an option without one.
        help: One sentence, without its full stop.
        group: The subject of the option.
        bounds: The smallest and the largest number allowed; None for other types.
        choices: The texts allowed; empty if any text is.
        also: Tells whether a text is allowed that is not listed in `choices`; None if none is.
        in_files: False if no file may set the option, which may come with data from strangers.
        singular: The name of one value on the command line, where the option may be given several times; None for an
            option that has one value.
    """

    name: str
    kind: type
    default: Any
    help: str
    group: Group
    bounds: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    also: Callable[[str], bool] | None = None
    in_files: bool = True
    singular: str | None = None

    @property
    def takes(self) -> str:
        """The values allowed, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        description = KINDS[self.kind].description
        return description if self.bounds is None else "{} from {:.10g} to {:.10g}".format(description, *self.bounds)

    def accept(self, value: Any) -> Any:
        """Return `value` as the type of the field.

        Raises:
            UsageError: It is of the wrong type, out of bounds, or not a choice.
        """
        if value is None and self.default is None:
            return None
        try:
            accepted = convert(value, self.kind)
        except ValueError as error:
            raise self._error(value) from error
        if self.bounds is not None and not self.bounds[0] <= accepted <= self.bounds[1]:
            raise self._error(value)
        if self.choices and accepted not in self.choices and not (self.also and self.also(accepted)):
            raise self._error(value, suggestion(accepted, self.choices))
        return accepted

    def clamp(self, value: float) -> float:
        """Return the number within the bounds that is closest to `value`."""
        assert self.bounds is not None
        low, high = self.bounds
        return min(max(value, low), high)

    def _error(self, value: Any, remedy: str = "") -> UsageError:
        return UsageError(f"{self.name} takes {self.takes}, not {shown(value)}", remedy, options=(self.name,))


def _option(default: Any, help: str, group: Group, **rest: Any) -> Any:
    return dataclasses.field(default=default, metadata={"help": help, "group": group, **rest})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of an analysis; `OPTIONS` has the bounds and the meaning of each field.

    >>> settings = fervid.Settings(detector="haar", every=10)
    >>> timeline = fervid.timeline("clip.mp4", settings=settings)
    >>> len(timeline.frames)
    3
    >>> settings.replace(every=2).every
    2

    A number may be of any numeric type, including NumPy's. A path may be a string. `start` and `end` may be numbers of
    seconds, or strings as on the command line.

    Raises:
        UsageError: An option does not exist, a value is of the wrong type, out of bounds or not a choice, or `end` does
            not come after `start`, or `every` and `rate` are both given.
    """

    detector: str = _option(
        "auto",
        "Face detector; auto is mediapipe, or haar if its model cannot be downloaded",
        Group.DETECT,
        choices=("auto", *DETECTORS.names),
    )
    detector_model: Path | None = _option(None, "Detector model of your own (.tflite, or .xml for haar)", Group.DETECT)
    search: str = _option(
        "normal",
        "Thoroughness of the search for small faces; with haar, every frame is searched as a whole",
        Group.VIDEO,
        choices=tuple(SMALLEST),
    )
    eyes: bool = _option(False, "With haar, accept a face only if two eyes are found in it", Group.DETECT)
    min_face: int = _option(24, "Ignore faces narrower than this, in pixels", Group.DETECT, bounds=(1, 10_000))
    min_score: float = _option(
        0.5,
        "Ignore faces with a lower score; in a video, a new face below 0.7 counts once it has stayed a second",
        Group.DETECT,
        bounds=(0.0, 1.0),
    )
    faces: int | None = _option(
        None, "Count only the N largest faces of a frame; 1 is the main face", Group.DETECT, bounds=(1, 1000)
    )
    regions: Regions = _option(
        EVERYWHERE,
        "Count only faces whose centre lies in this part of the picture; may be given several times",
        Group.DETECT,
        singular="region",
    )
    engine: str = _option(
        "auto", f"Name of a shipped engine, or path of your own; auto is {DEFAULT_ENGINE}", Group.ENGINE
    )
    certain: float | None = _option(
        None,
        "Say uncertain where confidence times quality is lower; 0 for never; by default "
        f"{CERTAIN['bayes']} with bayes, {CERTAIN['none']} with other smoothing and in pictures",
        Group.ENGINE,
        bounds=(0.0, 1.0),
    )
    device: str = _option(
        "auto",
        "Device that runs the network; cuda:1 is the second GPU",
        Group.COMPUTE,
        choices=("auto", *backends.DEVICES),
        also=backends.is_device,
    )
    backend: str = _option(
        "auto",
        "Library that runs the network; auto is the fastest that works here",
        Group.COMPUTE,
        choices=("auto", *backends.NAMES),
    )
    precision: str = _option(
        "auto",
        "Number format of the network; auto is the fastest that changes no label beyond rounding",
        Group.COMPUTE,
        choices=("auto", *PRECISIONS),
    )
    trust_compiled: bool = _option(
        False,
        "Run an engine that somebody else compiled for TensorRT, although it can hold any code",
        Group.COMPUTE,
        in_files=False,
    )
    batch: int = _option(16, "Faces to classify at once", Group.BATCH, bounds=(1, 1024))
    deinterlace: bool = _option(
        True, "Deinterlace the frames that a recording or a stream marks as interlaced", Group.VIDEO
    )
    every: int = _option(1, "Analyse every Nth frame", Group.TIME, bounds=(1, 100_000))
    rate: float | None = _option(
        None, "Analyse so many frames a second, whatever the frame rate", Group.TIME, bounds=(0.001, 1000.0)
    )
    reidentify: bool = _option(
        False, "Give people who return their number back, by comparing features of their faces (needs dlib)", Group.TIME
    )
    smoothing: str = _option(
        "bayes",
        "Smoothing of the probabilities over time: bayes is a hidden Markov model, ema an exponential moving average",
        Group.TIME,
        choices=SMOOTHERS.names,
    )
    smoothing_time: float = _option(0.3, "Time constant of the smoothing, in seconds", Group.TIME, bounds=(0.001, 60.0))
    start: Timecode | None = _option(
        None, "Start here, counted from the first frame: seconds, hh:mm:ss.sss, or a frame as 120f", Group.TIME
    )
    end: Timecode | None = _option(
        None, "Stop before here, counted in the same way: seconds, hh:mm:ss.sss, or a frame as 120f", Group.TIME
    )
    stream: int | None = _option(
        None,
        "Analyse the Nth video track of a file; by default the one that the file marks as its default, or the first",
        Group.TIME,
        bounds=(1, 1000),
    )
    picture_rate: float | None = _option(
        None,
        f"Frames a second of what has no times: folders of pictures (by default {PICTURE_RATE}), bare streams (.h264)",
        Group.SEQUENCE,
        bounds=(0.001, 1000.0),
    )
    rotate: Rotation = _option(
        Rotation.NONE,
        "Turn every frame and picture clockwise by this angle, after what the file itself asks for",
        Group.INPUT,
    )
    max_pixels: int = _option(
        MAX_PIXELS, "Refuse pictures and frames of more pixels than this", Group.INPUT, bounds=MAX_PIXELS_BOUNDS
    )
    blur: bool = _option(
        False, "Hide every detected face in the pictures and videos that are written or shown", Group.OUTPUT
    )

    def __new__(cls, **options: Any) -> Self:
        """Reject options that do not exist, for which `__init__` would raise a `TypeError`."""
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
        if all(getattr(self, name) != OPTIONS[name].default for name in EXCLUSIVE):
            problem = f"{' and '.join(EXCLUSIVE)} exclude each other"
            raise UsageError(problem, "leave one of them out", options=EXCLUSIVE)

    def replace(self, **changes: Any) -> Settings:
        """Return a copy with these fields changed."""
        return dataclasses.replace(self, **changes)


def _kind(hint: Any) -> type:
    """Return the type in a field's annotation, without None."""
    kinds: set[type] = set(get_args(hint) or (hint,)) - {NoneType}
    return kinds.pop()


_HINTS: Final = get_type_hints(Settings)

OPTIONS: Final[Mapping[str, Option]] = {
    field.name: Option(field.name, _kind(_HINTS[field.name]), field.default, **field.metadata)
    for field in dataclasses.fields(Settings)
}
"""The options by name, in the order of help texts."""
