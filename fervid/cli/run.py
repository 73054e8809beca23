"""Reads one input after the other into its writers; one that fails does not stop the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fervid.cli.reporter import Reporter
from fervid.core.readings import FrameReading
from fervid.core.tally import Tally
from fervid.errors import FervidError
from fervid.formats.base import Writer
from fervid.run.models import Models
from fervid.run.pipeline import write
from fervid.run.targets import is_folder, make_folder, split_errors, targets
from fervid.settings import Settings
from fervid.sources import expand, open_source
from fervid.sources.base import SourceInfo

_log = logging.getLogger(__name__)

WriterMaker = Callable[[SourceInfo, Path | None, Models], Iterator[Writer]]
"""Opens the writers of one source, given its target; a writer is entered before the next one is asked for."""


@dataclass(frozen=True, slots=True)
class Run:
    """One command's work over its inputs.

    Attributes:
        settings: How to analyse.
        make_writers: What to write.
        suffix: The ending of a target that is named after its input.
        output: What ``-o`` said.
        reporter: Where messages go.
    """

    settings: Settings
    make_writers: WriterMaker
    suffix: Callable[[Path], str]
    output: str | None
    reporter: Reporter

    def over(self, inputs: Sequence[str]) -> int:
        """Read every input.

        Returns:
            The exit code: 0, 1 when an input failed, 130 when Ctrl-C stopped the run.

        Raises:
            FervidError: The models cannot be loaded, or the inputs and outputs make no sense together.
        """
        sources, errors = split_errors(expand(inputs))
        for error in errors:
            self.reporter.error(error)
        failed = bool(errors)
        if not sources:
            return 1
        paired = zip(sources, targets(sources, self.output, self.suffix), strict=True)
        if self.output is not None and is_folder(self.output):
            make_folder(self.output)
        with Models(self.settings) as models:
            for source, target in paired:
                try:
                    if not self._read(source, target, models):
                        return 130
                except FervidError as error:
                    self.reporter.error(error)
                    failed = True
        return 1 if failed else 0

    def _read(self, path: Path, target: Path | None, models: Models) -> bool:
        """Read one source; False when Ctrl-C stopped it."""
        tally = Tally()
        with ExitStack() as stack:
            source = stack.enter_context(open_source(path, start=self.settings.start, end=self.settings.end))
            writers = [stack.enter_context(writer) for writer in self.make_writers(source.info, target, models)]
            _log.debug("%s: %s", path, _described(source.info))
            begin = time.monotonic()
            with self.reporter.progress(source.info) as watch:

                def see(reading: FrameReading) -> None:
                    tally.add(reading)
                    watch(reading)

                complete = write(source, models.analyser(), writers, see)
            elapsed = time.monotonic() - begin
            written = [writer.finish(partial=not complete) for writer in writers]
        self._tell(path, source.damage, tally)
        self.reporter.summary(path.name, tally, source.undecodable, elapsed)
        for result in written:
            if result is not None:
                self.reporter.note(f"wrote {result}" + ("" if complete else " up to where it was interrupted"))
        return complete

    def _tell(self, path: Path, damage: str | None, tally: Tally) -> None:
        if damage is not None:
            self.reporter.note(f"fervid: warning: {damage}")
        if not tally.with_face:
            self.reporter.note(f"fervid: {path.name}: no face was found in it")


def _described(info: SourceInfo) -> str:
    parts = [f"{info.width}x{info.height}"]
    if info.rate is not None:
        parts.append(f"{float(info.rate):.5g} frames/s")
    if info.frames is not None:
        parts.append(f"about {info.frames} frames")
    return ", ".join([*parts, "with sound" if info.has_audio else "without sound"])
