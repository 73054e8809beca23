"""The results of a run, and their writers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fervid import formats
from fervid.core.durations import SHORTEST_S
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.errors import SourceError, UsageError
from fervid.formats.base import Kind, Writer, matching_suffix
from fervid.formats.context import STANDARD, Context
from fervid.formats.encoders import choose_encoder
from fervid.formats.encoding import Encoding
from fervid.formats.marker_files import read_markers
from fervid.formats.picture import annotated_suffix
from fervid.run.models import Models
from fervid.run.result_names import STANDARD_OUTPUT, name_targets, names_folder
from fervid.run.run_record import provenance
from fervid.run.targets import Job, plan_jobs
from fervid.settings import Settings
from fervid.sources import is_picture
from fervid.sources.base import SourceInfo
from fervid.sources.inputs import Input

TIMELINE: Final = "csv"
"""The format of a timeline if the user names neither a file nor a format."""

_OF_NO_RESULT: Final = frozenset({"overwrite", "sidecar"})
"""The choices that change no result."""


@dataclass(frozen=True, slots=True)
class Results:
    """The results to write for each source: a timeline, an annotated video or picture, or both.

    Attributes:
        annotate: Write the video with the emotion of every face drawn on it; for a single picture, a picture.
        timeline: Write the timeline. With `annotate`, it is written beside the video.
        forms: The names of the formats of the timeline: those of `OF_READINGS`, one file for each.
        empty: Write a row for each frame without a face.
        valence: Write the valence of each face.
        dialect: The dialect of CSV, one of `DIALECTS`.
        shortest: The length of the shortest segment, in seconds.
        sidecar: Write a file beside a timeline that says how it was made, if its format has no place for that.
        codec: The codec of the video, ``h264``, ``hevc`` or ``av1``; None for that of `encoder`, or else H.264.
        encoder: The name of an encoder of FFmpeg; None for the default one of `codec`.
        crf: The quality of the video, 0 to 63, lower is better; None for the default one of the codec.
        photo: The results are the annotated pictures of `fervid photo`, which are written elsewhere
            (`fervid.run.photo_batch`); for the manifest of a run.
        choice: Outline the regions in which faces count, and the faces that were left out.
        overwrite: Replace files that exist.

    Raises:
        UsageError: Codec, encoder and quality contradict each other.
        OutputError: The installed FFmpeg has no such encoder.
    """

    annotate: bool = False
    timeline: bool = True
    forms: tuple[str, ...] = (TIMELINE,)
    empty: bool = True
    valence: bool = False
    dialect: str = STANDARD
    shortest: float = SHORTEST_S
    sidecar: bool = True
    codec: str | None = None
    encoder: str | None = None
    crf: int | None = None
    photo: bool = False
    choice: bool = False
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.annotate:  # checked here, so that a wrong combination is reported once and not for every input
            choose_encoder(self._encoding)

    def plain(self) -> dict[str, Any]:
        """Return the choices that change a result, as JSON can express them."""
        values = {name: value for name, value in dataclasses.asdict(self).items() if name not in _OF_NO_RESULT}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def plan(self, inputs: Sequence[Input], output: str | None, tables: Sequence[Path] = ()) -> list[Job]:
        """Return the job of each source, before any file is opened.

        Args:
            inputs: The sources.
            output: The value of ``-o``: a file for a single source, a folder, ``-`` for standard output, or None.
            tables: The files of tables over all sources.

        Raises:
            UsageError: `output` does not suit the results or the number of sources, or a table would replace an input.
        """
        if self.annotate and output == STANDARD_OUTPUT:
            raise UsageError(
                "a video cannot be written to standard output", "give target a file or a folder", options=("target",)
            )
        targets = name_targets(inputs, output, self.suffix, self.targets)
        jobs = plan_jobs([item.path for item in inputs], targets, tables, makes_folders=names_folder(output))
        return [self._explained(job) if job.makes_folders else job for job in jobs]

    def _explained(self, job: Job) -> Job:
        """Return a job whose error, if it has one, says that the source is no video where it looks like a timeline.

        Its result would have the name of the source, so that a better name for the result would lead to the next error.
        """
        suffixes = [suffix for form in self.forms for suffix in formats.by_name(form).suffixes]
        if job.error is None or not matching_suffix(job.source, suffixes):
            return job
        problem = f"'{job.source}' has the suffix of a timeline, not of a video"
        remedy = "give a video, or read the timeline with fervid convert, plot or report"
        return dataclasses.replace(job, error=SourceError(problem, remedy))

    def targets(self, main: Path | None) -> tuple[Path | None, ...]:
        """Return the file of each result.

        Args:
            main: The file of the first result; None for standard output.
        """
        if not self.annotate:
            return one_for_each(self.forms, main) if self.timeline else ()
        assert main is not None
        stem = main.stem.removesuffix(".annotated")
        beside = (main.with_name(stem + formats.by_name(form).suffix) for form in self.forms)
        return (main, *beside) if self.timeline else (main,)

    def suffix(self, source: Path) -> str:
        """Return the suffix of the first result of a source, which replaces the suffix of the source."""
        if not self.annotate:
            return formats.by_name(self.forms[0]).suffix
        if source.is_dir() or not is_picture(source):
            return ".annotated" + formats.by_name("video").suffix
        return annotated_suffix(source)

    def open(
        self, info: SourceInfo, targets: tuple[Path | None, ...], models: Models, settings: Settings
    ) -> Iterator[Writer]:
        """Yield the open writers for one source. Enter each one before asking for the next.

        Args:
            info: The properties of the source.
            targets: The file of each result, as `targets` returns them.
            models: The models, loaded for these settings.
            settings: The options of the analysis.

        Raises:
            OutputError: A file exists, or cannot be written.
        """
        context = Context(
            models.engine.manifest.classes,
            source=info,
            painter=Painter(Blur() if settings.blur else None, choice=settings.regions if self.choice else None),
            encoding=self._encoding,
            trimmed=settings.start is not None or settings.end is not None,
            interval=info.interval,
            empty=self.empty,
            valence=self.valence,
            dialect=self.dialect,
            shortest=self.shortest,
            markers=read_markers(info.path),
            provenance=provenance(info.path, models, settings) if self.timeline else None,
            sidecar=self.sidecar,
        )
        places = iter(targets)
        if self.annotate:
            kind: Kind = "picture" if info.still and info.frames == 1 else "video"
            yield formats.create(next(places), context, kind, overwrite=self.overwrite)
        for form in self.forms if self.timeline else ():
            yield formats.create(next(places), context, *formats.OF_READINGS, format=form, overwrite=self.overwrite)

    @property
    def _encoding(self) -> Encoding:
        return Encoding(self.codec, self.encoder, self.crf)


def choose_forms(named: Sequence[str], output: str | None, default: str | None = TIMELINE) -> tuple[str, ...]:
    """Return the names of the formats to write for each source, all of `OF_READINGS`.

    Args:
        named: The formats that the user named. If there is none, the suffix of `output` decides.
        output: The value of ``-o``.
        default: The format if there is no suffix either; None if there is none.

    Raises:
        UsageError: There is no such format, it cannot be written to standard output, or no format is named.
        OutputError: No format has the suffix of `output`.
        MissingPackageError: A package that a format needs is not installed.
    """
    chosen = [formats.by_name(name, *formats.OF_READINGS) for name in dict.fromkeys(named)]
    if output is not None and not chosen and output != STANDARD_OUTPUT and not names_folder(output):
        chosen = [formats.by_suffix(Path(output), *formats.OF_READINGS)]
    for form in chosen:
        _ = form.module  # a package that is missing is reported once, and not for every input
    forms = tuple(form.name for form in chosen)
    if output == STANDARD_OUTPUT and len(forms) > 1:
        raise UsageError(
            f"standard output takes one format, not {len(forms)}", "give target a file or a folder", options=("target",)
        )
    if forms:
        return forms
    if default is None:
        known = ", ".join(formats.names(*formats.OF_READINGS))
        raise UsageError(
            "no format is named",
            f"name a file with target, or one of these with formats: {known}",
            options=("target", "formats"),
        )
    return (default,)


def one_for_each(forms: Sequence[str], main: Path | None) -> tuple[Path | None, ...]:
    """Return the file of each format: the suffix of `main`, if it is that of one of them, is replaced by the others.

    Args:
        forms: The names of the formats.
        main: The file of the first format, or a name without a suffix; None for standard output.
    """
    if main is None:
        return (None,) * len(forms)
    chosen = [formats.by_name(name) for name in forms]
    suffix = matching_suffix(main, [suffix for form in chosen for suffix in form.suffixes])
    stem = main.name[: len(main.name) - len(suffix)]
    return tuple(main if suffix in form.suffixes else main.with_name(stem + form.suffix) for form in chosen)
