"""The results of a run, and the writers that they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.errors import UsageError
from fervid.formats.base import Writer
from fervid.formats.csv import CsvWriter
from fervid.formats.encoders import choose
from fervid.formats.picture import PictureWriter, annotated
from fervid.formats.video import VideoWriter
from fervid.run.targets import STANDARD_OUTPUT
from fervid.settings import Settings
from fervid.sources import PICTURE_SUFFIXES
from fervid.sources.base import SourceInfo


@dataclass(frozen=True, slots=True)
class Results:
    """The results that are written of each source: a timeline, an annotated video or picture, or both.

    Attributes:
        annotate: Write the video with the emotion of every face on it; a picture of a single picture.
        timeline: Write the timeline; beside the annotated video, where both are asked for.
        empty: Whether the timeline has rows of frames without a face.
        codec: The codec of the video, ``h264``, ``hevc`` or ``av1``; None for that of `encoder`, or H.264.
        encoder: An encoder of FFmpeg; None for the usual one of `codec`.
        crf: The quality of the video, lower is better; None for a good one.
        overwrite: Whether files may be replaced.

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
            choose(self.codec, self.encoder, self.crf)

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
            return ".csv"
        if source.is_dir() or source.suffix.lower() not in PICTURE_SUFFIXES:
            return ".annotated.mp4"
        return annotated(source)

    def open(
        self, info: SourceInfo, target: Path | None, classes: tuple[str, ...], settings: Settings
    ) -> Iterator[Writer]:
        """Open the writers of one source; enter each before the next one is asked for.

        Args:
            info: Of the source.
            target: The file of the first result; None for standard output.
            classes: The names of the classes, in the order of the engine.
            settings: How the source is analysed.

        Raises:
            OutputError: A file is there already, or cannot be written.
        """
        if self.annotate:
            assert target is not None
            yield self._annotating(info, target, settings)
            target = target.with_name(target.stem.removesuffix(".annotated") + ".csv")
        if self.timeline:
            yield CsvWriter(target, classes, empty=self.empty, overwrite=self.overwrite)

    def _annotating(self, info: SourceInfo, target: Path, settings: Settings) -> Writer:
        painter = Painter(Blur() if settings.blur else None)
        if info.still and info.frames == 1:
            return PictureWriter(target, painter=painter, overwrite=self.overwrite)
        return VideoWriter(
            target,
            info,
            painter=painter,
            codec=self.codec,
            encoder=self.encoder,
            crf=self.crf,
            trimmed=settings.start is not None or settings.end is not None,
            overwrite=self.overwrite,
        )
