"""The results of a run, and the writers that they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid import formats
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.errors import UsageError
from fervid.formats.base import Context, Encoding, Kind, Writer
from fervid.formats.encoders import choose_encoder
from fervid.formats.picture import annotated
from fervid.run.targets import STANDARD_OUTPUT
from fervid.settings import Settings
from fervid.sources import PICTURE_SUFFIXES
from fervid.sources.base import SourceInfo

_TIMELINE: Final = "csv"
"""The format of a timeline whose file the user does not name."""


@dataclass(frozen=True, slots=True)
class Results:
    """The results that are written of each source: a timeline, an annotated video or picture, or both.

    Attributes:
        annotate: Write the video with the emotion of every face on it; a picture of a single picture.
        timeline: Write the timeline; beside the annotated video, where both are asked for.
        empty: Write a row for each frame without a face.
        codec: The codec of the video, ``h264``, ``hevc`` or ``av1``; None for that of `encoder`, or H.264.
        encoder: An encoder of FFmpeg; None for the usual one of `codec`.
        crf: The quality of the video, lower is better; None for a good one.
        overwrite: Replace files that exist.

    Raises:
        UsageError: Codec, encoder and quality make no sense together.
        OutputError: This FFmpeg has no such encoder.
    """

    annotate: bool = False
    timeline: bool = True
    empty: bool = True
    codec: str | None = None
    encoder: str | None = None
    crf: int | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.annotate:  # a wrong combination concerns the run, not one input after the other
            choose_encoder(self._encoding)

    def check(self, output: str | None) -> None:
        """Check that the results can go where the user wants them.

        Raises:
            UsageError: A video does not go to standard output.
        """
        if self.annotate and output == STANDARD_OUTPUT:
            raise UsageError("a video does not go to standard output", "give -o a file or a folder")

    def suffix(self, source: Path) -> str:
        """Return the suffix of the first result of `source`, which stands in the place of its own."""
        if not self.annotate:
            return formats.by_name(_TIMELINE).suffix
        if source.is_dir() or source.suffix.lower() not in PICTURE_SUFFIXES:
            return ".annotated" + formats.by_name("video").suffix
        return annotated(source)

    def open(
        self, info: SourceInfo, target: Path | None, classes: tuple[str, ...], settings: Settings
    ) -> Iterator[Writer]:
        """Open the writers of one source; enter each before the next one is asked for.

        Args:
            info: The source.
            target: The file of the first result; None for standard output.
            classes: The names of the classes, in the order of the engine.
            settings: The options of the analysis.

        Raises:
            OutputError: A file is there already, or cannot be written.
        """
        context = Context(
            classes,
            source=info,
            painter=Painter(Blur() if settings.blur else None),
            encoding=self._encoding,
            trimmed=settings.start is not None or settings.end is not None,
            empty=self.empty,
        )
        if self.annotate:
            assert target is not None
            kind: Kind = "picture" if info.still and info.frames == 1 else "video"
            yield formats.create(target, context, kind, overwrite=self.overwrite)
            target = target.with_name(target.stem.removesuffix(".annotated") + formats.by_name(_TIMELINE).suffix)
        if self.timeline:
            named = _TIMELINE if target is None else None
            yield formats.create(target, context, "timeline", format=named, overwrite=self.overwrite)

    @property
    def _encoding(self) -> Encoding:
        return Encoding(self.codec, self.encoder, self.crf)
