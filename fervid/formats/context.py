"""The things that a writer is told beside the frames and their readings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Final

from fervid.core.durations import SHORTEST_S
from fervid.formats.encoding import Encoding

if TYPE_CHECKING:  # help texts name the dialects, which need none of these
    from pathlib import Path

    from fervid.core.markers import Marker
    from fervid.draw.painter import Painter
    from fervid.formats.live_video import LiveVideo
    from fervid.sources.base import SourceInfo

STANDARD: Final = "standard"
EXCEL: Final = "excel"

DIALECTS: Final = (STANDARD, EXCEL)
"""The dialects of CSV: as RFC 4180 says, and as Excel opens it where the decimal sign is a comma."""


@dataclass(frozen=True, slots=True)
class Context:
    """The things that a writer may need to know beside the frames and their readings.

    Attributes:
        classes: The names of the classes, in the order of the engine.
        source: The properties of the source; None for a camera or stream, and for readings without frames.
        painter: Draws the readings on the pictures that are written; None to leave these as they are. A painter
            remembers the previous frame, so each video needs one of its own.
        encoding: The choices for an encoded video.
        trimmed: True if the frames are only a part of the source.
        interval: The shortest time between two frames, in seconds. If it is below a millisecond, the times of a
            timeline have more decimals.
        empty: True if a timeline has rows for frames without a face, where its format has rows.
        valence: True if the rows of a timeline end with the valence of the face.
        dialect: The dialect of CSV, one of `DIALECTS`.
        shortest: The length of the shortest segment, in seconds.
        media: The video that the readings come from, where there is no `source`; None if it is unknown.
        live_video: The video that was recorded live together with the readings, on the clock of which they are; None
            where there is none, or it is unknown.
        markers: The markers of the recording, in the order of time, on the clock of the readings.
        provenance: The facts that say how a timeline was made, ready for JSON; None where they are unknown.
        sidecar: True if they go to a file beside the result, where its format has no place for them.
        sound: True if a recorded video gets sound, even where its frames have none of their own.
    """

    classes: tuple[str, ...]
    _: KW_ONLY
    source: SourceInfo | None = None
    painter: Painter | None = None
    encoding: Encoding = Encoding()
    trimmed: bool = False
    interval: float = 0.001
    empty: bool = True
    valence: bool = False
    dialect: str = STANDARD
    shortest: float = SHORTEST_S
    media: Path | None = None
    live_video: LiveVideo | None = None
    provenance: Mapping[str, Any] | None = None
    markers: tuple[Marker, ...] = ()
    sidecar: bool = True
    sound: bool = False

    @property
    def zero(self) -> float:
        """The time of the readings at which players begin, in seconds."""
        if self.live_video is not None:
            return self.live_video.begin
        return float(self.source.start) if self.source is not None and self.source.starts_late else 0.0

    @property
    def played(self) -> Path | None:
        """The video that players show beside the readings; None if it is unknown."""
        return self.video if self.live_video is None else self.live_video.path

    @property
    def video(self) -> Path | None:
        """The video that the readings come from; None if it is unknown."""
        return self.media if self.source is None else self.source.path
