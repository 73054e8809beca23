"""The options of an analysis: their defaults, bounds and meaning, each written once.

The command line builds its options from this table and the Python interface takes the same names.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fervid.core.timecodes import Timecode
from fervid.errors import UsageError

DEFAULT_ENGINE: Final = "compact-fer2013"
"""The engine that ``auto`` means; why this one, its model card says."""


@dataclass(frozen=True, slots=True)
class Option:
    """What holds for one field of `Settings`.

    Attributes:
        help: One sentence, without its full stop.
        low: The smallest value allowed; None where it is no number.
        high: The largest value allowed; None where it is no number.
        choices: The values allowed; empty where any will do.
    """

    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


def _option(
    default: Any, help: str, *, low: float | None = None, high: float | None = None, choices: tuple[str, ...] = ()
) -> Any:
    return dataclasses.field(default=default, metadata={"option": Option(help, low, high, choices)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a video is analysed; `option` tells the bounds and the meaning of each field.

    Raises:
        UsageError: A value is out of its bounds.
    """

    detector: str = _option(
        "auto",
        "How faces are found; auto is mediapipe, or haar where its model cannot be had",
        choices=("auto", "mediapipe", "mediapipe-full", "haar"),
    )
    detector_model: Path | None = _option(None, "A detector model of your own (.tflite, or .xml for haar)")
    eyes: bool = _option(False, "With haar, take a face only where two eyes are found in it")
    min_face: int = _option(24, "The smallest face to read, in pixels of its width", low=1, high=10_000)
    min_score: float = _option(0.5, "The least score of the detector for a face", low=0.0, high=1.0)
    engine: str = _option("auto", f"A shipped engine's name, or the path of your own; auto is {DEFAULT_ENGINE}")
    device: str = _option("auto", "Where the network runs", choices=("auto", "cpu", "cuda"))
    backend: str = _option(
        "auto",
        "What runs the network; auto is the fastest that works here",
        choices=("auto", "tensorrt", "tensorrt-rtx", "openvino", "onnx", "pytorch"),
    )
    precision: str = _option(
        "auto",
        "What the network computes in; auto is the fastest that changes no label beyond rounding",
        choices=("auto", "fp32", "fp16", "bf16", "int8"),
    )
    batch: int = _option(16, "Faces given to the network at once", low=1, high=1024)
    every: int = _option(1, "Analyse every Nth frame", low=1, high=100_000)
    smoothing: str = _option("ema", "How probabilities are smoothed over time", choices=("none", "ema"))
    smoothing_time: float = _option(0.3, "Time constant of the smoothing, in seconds", low=0.001, high=60.0)
    start: Timecode | None = _option(None, "Begin here: seconds, hh:mm:ss.sss, or a frame as 120f")
    end: Timecode | None = _option(None, "Stop before here: seconds, hh:mm:ss.sss, or a frame as 120f")
    blur: bool = _option(False, "Hide every face that is found in the pictures that are written or shown")

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            option, value = option_of(field.name), getattr(self, field.name)
            if option.choices and value not in option.choices:
                raise UsageError(f"{field.name}={value!r} is unknown", f"choose one of {', '.join(option.choices)}")
            if option.low is not None and option.high is not None and not option.low <= value <= option.high:
                raise UsageError(
                    f"{field.name}={value} is out of bounds", f"give a value from {option.low} to {option.high}"
                )

        if self.start is not None and self.end is not None and not self.start.may_precede(self.end):
            raise UsageError("end does not come after start", "exchange the two, or leave one out")

    def replace(self, **changes: Any) -> Settings:
        """A copy with these fields changed."""
        return dataclasses.replace(self, **changes)


_OPTIONS: Final[dict[str, Option]] = {field.name: field.metadata["option"] for field in dataclasses.fields(Settings)}
_DEFAULTS: Final[dict[str, Any]] = {field.name: field.default for field in dataclasses.fields(Settings)}


def option_of(name: str) -> Option:
    """The bounds and meaning of the field `name` of `Settings`."""
    return _OPTIONS[name]


def default_of(name: str) -> Any:
    """The default of the field `name` of `Settings`."""
    return _DEFAULTS[name]
