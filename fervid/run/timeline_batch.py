"""Many timelines, each written again in other formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from fervid import formats
from fervid.core.durations import SHORTEST_S, shortest_interval
from fervid.core.failures import to_fervid_error
from fervid.core.files import make_folder
from fervid.errors import FervidError
from fervid.formats.base import Format
from fervid.formats.context import STANDARD, Context
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.live_video import video_beside
from fervid.formats.marker_files import read_markers
from fervid.formats.sidecar import input_of
from fervid.formats.timeline import readable_format, timeline_format
from fervid.run.result_names import name_targets, names_folder
from fervid.run.results import choose_forms, one_for_each
from fervid.run.targets import Job, plan_jobs, split_errors
from fervid.sources.inputs import Wanted, expand_to


@dataclass(frozen=True, slots=True)
class Conversion:
    """The outcome of one timeline.

    Attributes:
        source: The file; for an input that names none, the input as it was given.
        written: The files that were made of it.
        error: The reason for the failure; None if there was none.
    """

    source: Path
    written: tuple[Path, ...] = ()
    error: FervidError | None = None


class TimelineBatch:
    """Timelines to convert. Iterate over it for their outcomes.

    A timeline that fails does not stop the others. Each is read twice, frame by frame, so that the memory does not grow
    with its length: once to check it and to find how many decimals its times need, and once to write all formats.

    Args:
        inputs: Timelines that fervid wrote, folders of them, and patterns such as ``results/*.csv``. In a folder, files
            that hold no timeline are passed over.
        forms: The names of the formats to write; if there is none, the suffix of `output` decides.
        output: A file for a single input, a folder, ``-`` for standard output, or None for the current folder. In a
            folder, results repeat the subfolders of their inputs.
        recursive: Read the subfolders of folders too.
        empty: Write rows for frames without a face, where the format has rows.
        valence: Write the valence of each face.
        dialect: The dialect of CSV, one of `DIALECTS`.
        shortest: The length of the shortest segment, in seconds, where the format holds segments.
        sidecar: Write what is known about how a timeline was made to a file beside it, where its format has no place
            for it.
        overwrite: Replace files that exist.

    Raises:
        FervidError: The inputs, the formats and the output contradict each other. An input that names no timeline has
            an outcome with an error instead.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        forms: Sequence[str] = (),
        *,
        output: str | None = None,
        recursive: bool = False,
        empty: bool = True,
        valence: bool = False,
        dialect: str = STANDARD,
        shortest: float = SHORTEST_S,
        sidecar: bool = True,
        overwrite: bool = False,
    ) -> None:
        self._forms = choose_forms(forms, output, default=None)
        self._rows: dict[str, Any] = {"empty": empty, "valence": valence, "dialect": dialect}
        self._rows |= {"shortest": shortest, "sidecar": sidecar}
        self._overwrite = overwrite
        sources, self._bad = split_errors(expand_to(_wanted(), inputs, recursive=recursive))
        suffix = formats.by_name(self._forms[0]).suffix
        targets = name_targets(sources, output, lambda _: suffix, lambda main: one_for_each(self._forms, main))
        self._jobs = plan_jobs([item.path for item in sources], targets, makes_folders=names_folder(output))
        if output is not None and names_folder(output) and sources:
            make_folder(Path(output))

    def __iter__(self) -> Iterator[Conversion]:
        """Yield the outcomes of inputs that name no timeline, then convert each timeline and yield its outcome."""
        yield from (Conversion(Path(bad.text), error=bad.error) for bad in self._bad)
        for job in self._jobs:
            yield self._attempt(job)

    def _attempt(self, job: Job) -> Conversion:
        written: list[Path] = []
        try:
            job.check()
            form = timeline_format(job.source)
            context = self._context(form, job.source)
            job.make_folders()
            with ExitStack() as stack:
                writers = [stack.enter_context(writer) for writer in self._open(job.targets, context)]
                for reading in form.stream(job.source)[1]:
                    for writer in writers:
                        writer.append(reading)
                for writer in writers:
                    path = writer.finish()
                    written += [] if path is None else [path]
        except BrokenPipeError:  # a reader of standard output who leaves early ends the run; nothing has failed
            raise
        except Exception as error:
            return Conversion(job.source, tuple(written), to_fervid_error(error, job.source))
        return Conversion(job.source, tuple(written))

    def _context(self, form: Format, path: Path) -> Context:
        """Return the things that the writers need to know, for which the whole timeline is read and checked."""
        classes, readings = form.stream(path)
        first = next(readings, None)
        interval = shortest_interval(each.time for each in chain([] if first is None else [first], readings))
        provenance = form.read_provenance(path)
        media = input_of(provenance)
        return Context(
            classes,
            interval=interval,
            media=media,
            live_video=video_beside(path, provenance, None if first is None else first.time),
            markers=read_markers(path),
            provenance=provenance,
            **self._rows,
        )

    def _open(self, targets: Sequence[Path | None], context: Context) -> Iterator[TimelineWriter]:
        for form, target in zip(self._forms, targets, strict=True):
            writer = formats.create(target, context, *formats.OF_READINGS, format=form, overwrite=self._overwrite)
            assert isinstance(writer, TimelineWriter)
            yield writer


def _wanted() -> Wanted:
    """Return the kind of files that inputs stand for: those that can be loaded, whatever else has their suffix."""
    readable = [form for form in formats.of_kind("timeline") if form.readable]
    suffixes = frozenset(suffix for form in readable for suffix in form.suffixes)
    return Wanted(suffixes, "timeline", readable[0].suffix, holds=_is_timeline)


def _is_timeline(path: Path) -> bool:
    form = readable_format(path)
    return form is not None and form.is_timeline(path)
