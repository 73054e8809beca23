"""The results of a run, and their writers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid import formats
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.errors import UsageError
from fervid.formats.base import Context, Encoding, Kind, Writer
from fervid.formats.encoders import choose_encoder
from fervid.formats.picture import annotated_suffix
from fervid.run.result_names import STANDARD_OUTPUT, name_targets, names_folder
from fervid.run.targets import Job, plan_jobs
from fervid.settings import Settings
from fervid.sources import is_picture
from fervid.sources.base import SourceInfo
from fervid.sources.inputs import Input

_TIMELINE: Final = "csv"
"""The format of a timeline if the user names no file."""


@dataclass(frozen=True, slots=True)
class Results:
    """The results to write for each source: a timeline, an annotated video or picture, or both.

    Attributes:
        annotate: Write the video with the emotion of every face drawn on it; for a single picture, a picture.
        timeline: Write the timeline. With `annotate`, it is written beside the video.
        empty: Write a row for each frame without a face.
        codec: The codec of the video, ``h264``, ``hevc`` or ``av1``; None for that of `encoder`, or else H.264.
        encoder: The name of an encoder of FFmpeg; None for the default one of `codec`.
        crf: The quality of the video, 0 to 63, lower is better; None for the default one of the codec.
        overwrite: Replace files that exist.

    Raises:
        UsageError: Codec, encoder and quality contradict each other.
        OutputError: The installed FFmpeg has no such encoder.
    """

    annotate: bool = False
    timeline: bool = True
    empty: bool = True
    codec: str | None = None
    encoder: str | None = None
    crf: int | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.annotate:  # checked here, so that a wrong combination is reported once and not for every input
            choose_encoder(self._encoding)

    def plan(self, inputs: Sequence[Input], output: str | None) -> list[Job]:
        """Return the job of each source, before any file is opened.

        Args:
            inputs: The sources.
            output: The value of ``-o``: a file for a single source, a folder, ``-`` for standard output, or None.

        Raises:
            UsageError: `output` does not suit the results or the number of sources.
        """
        if self.annotate and output == STANDARD_OUTPUT:
            raise UsageError("a video cannot be written to standard output", "give -o a file or a folder")
        targets = name_targets(inputs, output, self.suffix, self.targets)
        return plan_jobs([item.path for item in inputs], targets, makes_folders=names_folder(output))

    def targets(self, main: Path | None) -> tuple[Path | None, ...]:
        """Return the file of each result.

        Args:
            main: The file of the first result; None for standard output.
        """
        if not self.annotate:
            return (main,) if self.timeline else ()
        assert main is not None
        beside = main.with_name(main.stem.removesuffix(".annotated") + formats.by_name(_TIMELINE).suffix)
        return (main, beside) if self.timeline else (main,)

    def suffix(self, source: Path) -> str:
        """Return the suffix of the first result of a source, which replaces the suffix of the source."""
        if not self.annotate:
            return formats.by_name(_TIMELINE).suffix
        if source.is_dir() or not is_picture(source):
            return ".annotated" + formats.by_name("video").suffix
        return annotated_suffix(source)

    def open(
        self, info: SourceInfo, targets: tuple[Path | None, ...], classes: tuple[str, ...], settings: Settings
    ) -> Iterator[Writer]:
        """Yield the open writers for one source. Enter each one before asking for the next.

        Args:
            info: The properties of the source.
            targets: The file of each result, as `targets` returns them.
            classes: The names of the classes, in the order of the engine.
            settings: The options of the analysis.

        Raises:
            OutputError: A file exists, or cannot be written.
        """
        context = Context(
            classes,
            source=info,
            painter=Painter(Blur() if settings.blur else None),
            encoding=self._encoding,
            trimmed=settings.start is not None or settings.end is not None,
            interval=info.interval,
            empty=self.empty,
        )
        places = iter(targets)
        if self.annotate:
            kind: Kind = "picture" if info.still and info.frames == 1 else "video"
            yield formats.create(next(places), context, kind, overwrite=self.overwrite)
        if self.timeline:
            target = next(places)
            named = _TIMELINE if target is None else None
            yield formats.create(target, context, "timeline", format=named, overwrite=self.overwrite)

    @property
    def _encoding(self) -> Encoding:
        return Encoding(self.codec, self.encoder, self.crf)
