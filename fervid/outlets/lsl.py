"""Readings and changes of emotion as streams of the Lab Streaming Layer.

The layer: Kothe et al., Imaging Neuroscience, 2025. The names in the metadata follow
https://github.com/sccn/xdf/wiki/Meta-Data.
"""

from __future__ import annotations

import hashlib
import math
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from typing_extensions import override

from fervid import __version__
from fervid.core.markers import Marker
from fervid.core.packages import require
from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.outlets.base import Destination, Origin, Outlet
from fervid.outlets.frame_clock import FrameClock
from fervid.outlets.slots import Slots

if TYPE_CHECKING:
    from types import ModuleType

EXTRA: Final = "fervid[lsl]"

READINGS: Final = "fervid"
"""The name of the stream of readings; of several sources, each has its number: ``fervid-1``."""

EVENTS: Final = "fervid-events"
"""The name of the stream of events; of several sources, each has its number: ``fervid-events-1``."""


_LINGER_S: Final = 0.5
"""The time for which streams stay open after the last sample, in seconds, because closing them discards what is on its
way."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the stream of readings.

    Attributes:
        label: Its name, such as ``face1_happy``.
        unit: The unit of its values.
        type: The kind of its values.
    """

    label: str
    unit: str
    type: str


def channels(classes: tuple[str, ...], faces: int) -> Iterator[Channel]:
    """Yield the channels of the stream of readings, in order.

    Args:
        classes: The names of the classes, in the order of the engine.
        faces: The number of faces.
    """
    for slot in range(1, faces + 1):
        yield from (Channel(f"face{slot}_{name}", "probability", "Emotion") for name in classes)
        yield Channel(f"face{slot}_quality", "ratio", "Quality")
        yield Channel(f"face{slot}_id", "number", "Identity")


def event(face_id: int, what: str) -> str:
    """Return the text of an event, such as ``face/1/happy``; MNE-Python finds events by each part between slashes.

    Args:
        face_id: The identity of the face.
        what: The emotion that it shows from now on; ``left`` if the face has left.
    """
    return f"face/{face_id}/{what}"


@dataclass(frozen=True, slots=True)
class LabStreams(Destination):
    """The local network, for programs that record from the Lab Streaming Layer.

    Attributes:
        faces: The number of faces in the stream of readings.
    """

    faces: int

    capacity: ClassVar[int] = 16

    @property
    @override
    def name(self) -> str:
        """The name to use in messages."""
        return "the Lab Streaming Layer"

    @override
    def open(self, origin: Origin) -> LslOutlet:
        """Open both streams, which other programs on the network can then find.

        Raises:
            MissingPackageError: pylsl or liblsl is not installed.
        """
        return LslOutlet(require("pylsl", EXTRA), origin, self.faces)


class LslOutlet(Outlet):
    """A stream of readings with a sample for each analysed frame, and a stream of events.

    Args:
        pylsl: The package.
        origin: The things to tell about the analysis.
        faces: The number of faces in the stream of readings.
    """

    def __init__(self, pylsl: ModuleType, origin: Origin, faces: int) -> None:
        self._faces = faces
        self._width = len(origin.classes) + 2
        self._slots = Slots(faces)
        self._everybody = Slots()
        self._emotions: dict[int, str] = {}
        self._clock = FrameClock(pylsl.local_clock)
        self._newest = 0.0

        def stream(name: str, type: str, count: int, format: Any) -> Any:
            name = f"{name}-{origin.label}" if origin.label else name
            # The same after a restart, so that a program that records finds the stream again. A digest, because the
            # name of the source may be the path of a file.
            identity = f"{platform.node()} {origin.source} {name} {count}"
            digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
            info = pylsl.StreamInfo(name, type, count, pylsl.IRREGULAR_RATE, format, f"fervid-{digest}")
            facts = info.desc()
            facts.append_child_value("manufacturer", "fervid")
            facts.append_child_value("version", __version__)
            facts.append_child_value("engine", origin.engine)
            facts.append_child_value("classes", " ".join(origin.classes))
            return info

        labels = list(channels(origin.classes, faces))
        readings = stream(READINGS, "Emotion", len(labels), pylsl.cf_float32)
        _describe(readings, labels)
        events = stream(EVENTS, "Markers", 1, pylsl.cf_string)
        _describe(events, [Channel("event", "none", "Marker")])
        self._readings: Any = pylsl.StreamOutlet(readings)
        self._events: Any = pylsl.StreamOutlet(events)

    @override
    def send(self, frame: Frame, reading: FrameReading, arrived: float) -> None:
        """Send a sample, and an event for each face whose emotion has changed or that has left."""
        if not reading.analysed:
            return
        self._newest = taken = self._clock.time_of(reading.time, arrived)
        faces = self._slots.place(reading).faces
        values = [value for slot in range(1, self._faces + 1) for value in self._values(faces.get(slot))]
        self._readings.push_sample(values, taken)
        everybody = self._everybody.place(reading)
        self._say_left(everybody.left, taken)
        for face in everybody.faces.values():
            if self._emotions.get(face.face_id) != face.emotion:
                self._emotions[face.face_id] = face.emotion
                self._events.push_sample([event(face.face_id, face.emotion)], taken)

    @override
    def mark(self, marker: Marker) -> None:
        """Send an event with the name of the marker."""
        self._events.push_sample([f"marker/{marker.name}"], self._clock.at(marker.time))

    @override
    def close(self) -> None:
        """Say that all faces have left, and close both streams."""
        if self._events is not None:
            self._say_left(self._everybody.clear(), self._newest)
            if self._readings.have_consumers() or self._events.have_consumers():
                time.sleep(_LINGER_S)
            self._readings = self._events = None  # pylsl closes a stream when nothing refers to it

    def _values(self, face: FaceReading | None) -> list[float]:
        """Return the values of one slot."""
        if face is None:
            return [math.nan] * self._width
        return [*face.strengths.values(), face.quality, float(face.face_id)]

    def _say_left(self, left: tuple[tuple[int, int], ...], taken: float) -> None:
        for _, face_id in left:
            self._emotions.pop(face_id, None)
            self._events.push_sample([event(face_id, "left")], taken)


def _describe(info: Any, labels: list[Channel]) -> None:
    """Write the channels into the metadata of a stream."""
    listed = info.desc().append_child("channels")
    for channel in labels:
        one = listed.append_child("channel")
        one.append_child_value("label", channel.label)
        one.append_child_value("unit", channel.unit)
        one.append_child_value("type", channel.type)
