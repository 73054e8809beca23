"""Many inputs, each with its own results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fervid.core.closing import Closing
from fervid.core.failures import to_fervid_error
from fervid.core.files import make_folder
from fervid.run.hosts import Host
from fervid.run.local_host import LocalHost
from fervid.run.models import ModelNames, Models
from fervid.run.outcome import Outcome, Progress, analyse
from fervid.run.result_names import names_folder
from fervid.run.results import Results
from fervid.run.resuming import manifest_folder, without_results
from fervid.run.run_manifest import RunManifest
from fervid.run.summary_table import SummaryTable, open_summary
from fervid.run.targets import Job, split_errors
from fervid.run.workers import Finished, Workers
from fervid.settings import Settings
from fervid.smooth.face_summary import FaceSummary
from fervid.sources import expand


class Batch(Closing):
    """Inputs that are read. Iterate over it for their outcomes; it closes itself at the end.

    An input that fails does not stop the others. Outcomes come in the order of the inputs, however many are read at
    once, and results are the same bytes.

    Args:
        inputs: Videos, pictures, folders of either, and patterns such as ``day1/*.mp4``.
        settings: The options of the analysis.
        results: The results to write.
        output: A file for the result of a single input, a folder, ``-`` for standard output, or None for the current
            folder. In a folder, results repeat the subfolders of their inputs.
        recursive: Read the subfolders of folders too.
        resume: Pass over inputs whose results are complete, and were made with the same options, engine and input.
        progress: Watches each source while it is read.
        summary: The table to write with the totals of each face, also of the inputs that were passed over. It is
            written after the last outcome. None for no table.
        jobs: The number of inputs that are read at once, in processes of their own; None for the usual one of `host`.
            With one, they are read one after the other in this process. Of several at once, `progress` gets the newest
            reading ten times a second.
        host: The place of these processes, which the caller closes; None for this machine.

    Attributes:
        done: The sources that were passed over, because their results are complete.
        planned: The job of each source, those that were passed over included.
        summary: The file of the table, after the last outcome; None if there is none.

    Raises:
        FervidError: The models cannot be loaded, or the inputs and outputs contradict each other. An input that names
            no source has an outcome with an error instead.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        settings: Settings,
        results: Results,
        *,
        output: str | None = None,
        recursive: bool = False,
        resume: bool = False,
        progress: Progress | None = None,
        summary: Path | None = None,
        jobs: int | None = 1,
        host: Host | None = None,
    ) -> None:
        self.summary: Path | None = None
        self._table: SummaryTable | None = None
        self._settings = settings
        self._results = results
        self._progress = progress
        self._host = host
        self._models: Models | None = None
        self._workers: Workers | None = None
        self._manifest: RunManifest | None = None
        self.done: tuple[Path, ...] = ()
        sources, self._bad = split_errors(expand(inputs, recursive=recursive))
        folder = manifest_folder(output, several=len(sources) > 1, resume=resume)
        if folder is not None:
            self._manifest = RunManifest(folder, settings, results, needs_summary=summary is not None)
            sources = without_results(sources, self._manifest.written, inputs)
        self._jobs = results.plan(sources, output, () if summary is None else (summary,))
        self.planned = tuple(self._jobs)
        has_work = any(job.error is None for job in self._jobs)
        if has_work and output is not None and names_folder(output):
            make_folder(Path(output))
        if summary is not None:
            self._table = open_summary(summary, results, resume=resume)
        if has_work:
            try:
                self._prepare(jobs, resume=resume)
            except BaseException:
                self.close()
                raise

    def __len__(self) -> int:
        """Return the number of outcomes."""
        return len(self._bad) + len(self._jobs)

    def __iter__(self) -> Iterator[Outcome]:
        """Yield the outcomes of inputs that name no source, then read each source and yield its outcome.

        Raises:
            KeyboardInterrupt: Ctrl-C stopped the run. It is raised after the outcome of the interrupted source.
        """
        with self:
            yield from (Outcome(Path(bad.text), error=bad.error) for bad in self._bad)
            for outcome in self._read_in_turn() if self._workers is None else self._read_at_once(self._workers):
                self._summarise(outcome.source, outcome.summary)
                yield outcome
            if self._table is not None:
                self.summary = self._table.finish()

    def close(self) -> None:
        """Close the models, and discard an unfinished table. May be called more than once."""
        if self._table is not None:
            self._table.discard()
        if self._models is not None:
            self._models.close()
        if self._workers is not None:
            self._workers.close()

    def _prepare(self, jobs: int | None, *, resume: bool) -> None:
        """Load the models, and pass over the sources whose results are complete if the run is resumed."""
        if self._manifest is None or not resume:
            self._load(self._jobs, jobs)
            return
        expected = [job for job in self._remaining(ModelNames.expected(self._settings)) if job is not None]
        if expected:
            self._load(expected, jobs)
        self._pass_over(self._remaining(self._names) if expected else [None] * len(self._jobs))

    def _load(self, planned: Sequence[Job], jobs: int | None) -> None:
        """Load the models, here or in processes."""
        readable = [job for job in planned if job.error is None]
        host = self._host or LocalHost()
        host.check(readable)
        number = min(host.usual_jobs if jobs is None else jobs, len(readable))
        if self._host is None and (number <= 1 or any(job.uses_streams for job in readable)):
            self._models = Models(self._settings)
        else:
            self._workers = Workers(max(1, number), self._settings, self._results, host, self._progress)

    @property
    def _names(self) -> ModelNames:
        if self._workers is not None:
            return self._workers.models
        assert self._models is not None
        return self._models.names

    def _read_in_turn(self) -> Iterator[Outcome]:
        for job in self._jobs:
            outcome = self._attempt(job)
            yield outcome
            if outcome.interrupt is not None:
                raise outcome.interrupt

    def _read_at_once(self, workers: Workers) -> Iterator[Outcome]:
        waiting = {
            number: Finished(number, Outcome(job.source, error=job.error))
            for number, job in enumerate(self._jobs)
            if job.error is not None
        }
        todo = [number for number, job in enumerate(self._jobs) if job.error is None]
        following = 0
        for finished in workers.run([self._jobs[number] for number in todo], self._begin, self._end):
            waiting[todo[finished.number]] = finished
            while following in waiting:
                yield waiting.pop(following).logged()
                following += 1
        yield from (waiting[number].logged() for number in sorted(waiting))
        if workers.interrupt is not None:
            raise workers.interrupt

    def _begin(self, job: Job) -> None:
        if self._manifest is not None:
            self._manifest.begin(job)

    def _end(self, job: Job, outcome: Outcome) -> None:
        if self._manifest is not None:
            self._manifest.end(job, outcome, self._names)

    def _remaining(self, models: ModelNames) -> list[Job | None]:
        """Return what is to be done for each job; None for one whose results are complete."""
        assert self._manifest is not None
        return [self._manifest.remaining(job, models) for job in self._jobs]

    def _pass_over(self, remaining: list[Job | None]) -> None:
        """Keep what is to be done of the jobs."""
        assert self._manifest is not None
        done = [job for job, rest in zip(self._jobs, remaining, strict=True) if rest is None]
        for job in done:
            self._summarise(job.source, self._manifest.summary(job))
        self.done = tuple(job.source for job in done)
        # A recording that crashed a run, as a decoder may do, must not stop the others again.
        self._jobs = sorted((job for job in remaining if job is not None), key=self._manifest.was_killed)

    def _summarise(self, source: Path, summaries: Sequence[FaceSummary]) -> None:
        if self._table is not None:
            self._table.add(source, summaries)

    def _attempt(self, job: Job) -> Outcome:
        """Read one source, and record it in the manifest."""
        try:
            job.check()
            assert self._models is not None
            self._begin(job)
            outcome = analyse(job, self._models, self._settings, self._results, self._progress)
        except BrokenPipeError:  # a reader of standard output who leaves early ends the run; nothing has failed
            raise
        except Exception as error:
            outcome = Outcome(job.source, error=to_fervid_error(error, job.source))
        if job.error is None:
            self._end(job, outcome)
        return outcome
