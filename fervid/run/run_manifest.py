"""The manifest of a run: a line for each input, by which a run that was stopped goes on."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fervid.core.files import absolute
from fervid.core.interrupts import uninterrupted
from fervid.core.journal import Journal
from fervid.core.machine import describe
from fervid.core.plurals import counted
from fervid.errors import OutputError
from fervid.run.models import ModelNames
from fervid.run.option_flags import with_flags
from fervid.run.results import Results
from fervid.run.run_record import measure_source, plain_settings, time_text
from fervid.run.targets import Job
from fervid.settings import Settings
from fervid.smooth.face_summary import FaceSummary

if TYPE_CHECKING:
    from fervid.run.outcome import Outcome

MANIFEST_NAME: Final = "fervid-run.jsonl"
"""The name of the file, in the folder of the results."""

_BEGUN, _COMPLETE, _INTERRUPTED, _FAILED = "begun", "complete", "interrupted", "failed"

_WITHOUT_EFFECT: Final = frozenset({"batch", "max_pixels", "trust_compiled"})
"""The settings that change no result."""

_MODELS: Final = frozenset({"engine", "detector"})
"""The settings that choose a model. The model itself is compared, because ``auto`` may choose another one."""

_REMEDY: Final = "replace it with overwrite=True, or choose another folder"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _History:
    """The entries about the results of one input.

    Attributes:
        complete: The last entry of a complete run; empty if there is none.
        created: The files that did not exist when a run began that did not complete: what is there now is of that run.
        partial: The sizes of incomplete results by their names.
        is_open: True if the last run has begun, and did not come to record how it ended.
    """

    complete: Mapping[str, Any] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    partial: dict[str, int] = field(default_factory=dict)
    is_open: bool = False


class RunManifest:
    """The manifest in a folder of results.

    Args:
        folder: The folder. The manifest is created with its first entry.
        settings: The options of the analysis.
        results: The results that are written.
        needs_summary: True if an input whose summary was not recorded must be read again.

    Raises:
        OutputError: There is a manifest that cannot be read.
    """

    def __init__(self, folder: Path, settings: Settings, results: Results, *, needs_summary: bool = False) -> None:
        self._needs_summary = needs_summary
        self._folder = absolute(folder)
        self._journal = Journal(folder / MANIFEST_NAME)
        self._overwrite = results.overwrite
        self._settings = plain_settings(settings)
        self._format = results.plain()
        self._machine = describe()
        self._histories: dict[tuple[str, ...], _History] = {}
        self._measures: dict[tuple[str, ...], Mapping[str, Any]] = {}
        try:
            entries, damaged = self._journal.read()
        except OSError as error:
            problem = f"'{self._journal.path}' cannot be read ({error.strerror or error})"
            raise OutputError(problem, "remove it, or choose another folder") from error
        if damaged:
            ignored = f"{counted(damaged, 'damaged line')}, which {'is' if damaged == 1 else 'are'} ignored"
            _log.warning("'%s' has %s", self._journal.path, ignored)
        for entry in entries:
            self._learn(entry)

    @property
    def written(self) -> frozenset[Path]:
        """The absolute paths of the files that runs have written to this folder."""
        names = {name for key in self._histories for name in key}
        names.update(name for history in self._histories.values() for name in history.partial)
        return frozenset(absolute(self._folder / name) for name in names)

    def remaining(self, job: Job, models: ModelNames) -> Job | None:
        """Return what is to be done for a job: None if its results are complete and made in the same way.

        What a run left that did not complete is replaced. Other results are kept: the job then has an error, unless
        the run overwrites files.
        """
        if job.error is not None:
            return job
        history = self._histories.get(self._key(job), _History())
        existing = {self._name(path): path for path in job.targets if path is not None and path.is_file()}
        if history.complete:
            sizes = _sizes(history.complete)
            changed = [path for name, path in existing.items() if _size(path) != sizes.get(name)]
            difference = self._difference(job, history.complete, models)
            lacks_summary = self._needs_summary and not self.summary(job)
            if not difference and not changed and existing.keys() == sizes.keys() and not lacks_summary:
                return None
            if existing and not self._overwrite and not existing.keys() <= history.created:
                if difference:
                    path = next(iter(existing.values()))
                    return dataclasses.replace(job, error=OutputError(f"'{path}' was made {difference}", _REMEDY))
                if changed:
                    problem = f"'{changed[0]}' was changed after it was made"
                    return dataclasses.replace(job, error=OutputError(problem, _REMEDY))
                return dataclasses.replace(job, overwrites=True)
        return dataclasses.replace(job, overwrites=bool(existing) and existing.keys() <= history.created)

    def was_killed(self, job: Job) -> bool:
        """Return True if the last run did not survive this job."""
        return self._histories.get(self._key(job), _History()).is_open

    def summary(self, job: Job) -> tuple[FaceSummary, ...]:
        """Return the totals of each face of an input whose results are complete; nothing if none were recorded."""
        recorded = self._histories.get(self._key(job), _History()).complete.get("summary")
        try:
            return tuple(FaceSummary.parse(values) for values in recorded or ())
        except (KeyError, TypeError, ValueError):  # somebody has changed the manifest
            return ()

    def begin(self, job: Job) -> None:
        """Record that an input is begun."""
        key, measure = self._key(job), measure_source(job.source)
        self._measures[key] = measure
        creates = [self._name(path) for path in job.targets if path is not None and not path.exists()]
        entry = {"outcome": _BEGUN, "time": _now(), "input": str(job.source), **measure, "results": key}
        self._append({**entry, "creates": creates})

    def photo(self, job: Job) -> Any:
        """Return the record of the reading of a picture whose results are complete; None if there is none."""
        return self._histories.get(self._key(job), _History()).complete.get("photo")

    def end(self, job: Job, outcome: Outcome, models: ModelNames, *, photo: Mapping[str, Any] | None = None) -> None:
        """Record the outcome of an input. A complete result takes the place of the incomplete ones of earlier runs.

        Args:
            job: The job of the input.
            outcome: The outcome.
            models: The models of the run.
            photo: The record of the reading of a picture; None for inputs of other commands.
        """
        key = self._key(job)
        written = {self._name(path): size for path in outcome.written if (size := _size(path)) is not None}
        # Where another process was quicker to take its name, a complete result has a partial one.
        is_complete = outcome.complete and written.keys() <= set(key)
        state = _FAILED if outcome.error is not None else _COMPLETE if is_complete else _INTERRUPTED
        with uninterrupted():
            self._append(
                {
                    "outcome": state,
                    "time": _now(),
                    "input": str(job.source),
                    **self._measures.pop(key, {}),
                    "results": key,
                    "written": written,
                    "error": None if outcome.error is None else with_flags(outcome.error),
                    "frames": outcome.tally.frames,
                    "analysed": outcome.tally.analysed,
                    "faces": outcome.tally.faces,
                    "undecodable": outcome.undecodable,
                    "damage": outcome.damage,
                    "seconds": round(outcome.seconds, 3),
                    "summary": [dataclasses.asdict(summary) for summary in outcome.summary],
                    **({} if photo is None else {"photo": photo}),
                    "settings": self._settings,
                    "format": self._format,
                    **dataclasses.asdict(models),
                    "machine": self._machine,
                }
            )
            if state == _COMPLETE:
                self._remove_partial(job.targets)

    def end_tables(self, tables: Sequence[Path], written: Sequence[Path]) -> None:
        """Record tables over all inputs. Complete ones take the place of the incomplete ones of earlier runs.

        Args:
            tables: The files that were asked for.
            written: The files that they became, which have other names if the run was interrupted.
        """
        sizes = {self._name(path): size for path in written if (size := _size(path)) is not None}
        names = self._names(tables)
        state = _COMPLETE if sizes.keys() <= set(names) else _INTERRUPTED
        with uninterrupted():
            self._append({"outcome": state, "time": _now(), "results": names, "written": sizes})
            if state == _COMPLETE:
                self._remove_partial(tables)

    def _remove_partial(self, targets: Sequence[Path | None]) -> None:
        history = self._histories[self._names(targets)]
        folders = {path.parent for path in targets if path is not None}
        for name, size in history.partial.items():
            path = self._folder / name
            # The manifest may come from a stranger: nothing else is ever removed because of it.
            if ".partial" in path.name and absolute(path).parent in map(absolute, folders):
                with suppress(OSError):
                    if _size(path) == size:
                        path.unlink()
        history.partial.clear()

    def _difference(self, job: Job, entry: Mapping[str, Any], models: ModelNames) -> str:
        """Describe how results were made in another way than this run would make them; empty if they were not."""
        measure = measure_source(job.source)
        if measure["size"] is None or any(entry.get(name) != value for name, value in measure.items()):
            return "from another version of its input"
        if entry.get("engine_sha256") != models.engine_sha256:
            return f"with another engine, {entry.get('engine')}"
        if entry.get("detector") != models.detector:
            return f"with another detector, {entry.get('detector')}"
        others = [
            *_differing(entry.get("settings"), self._settings, plain_settings(Settings()), _WITHOUT_EFFECT | _MODELS),
            *_differing(entry.get("format"), self._format, Results().plain()),
        ]
        return f"with other options ({', '.join(others)})" if others else ""

    def _learn(self, entry: Mapping[str, Any]) -> None:
        key = entry.get("results")
        if not isinstance(key, list | tuple) or not all(isinstance(name, str) for name in key):
            return
        history = self._histories.setdefault(tuple(key), _History())
        history.is_open = entry.get("outcome") == _BEGUN
        if entry.get("outcome") == _COMPLETE:
            history.complete = entry
            history.created.clear()
        elif entry.get("outcome") == _INTERRUPTED:
            history.partial.update(_sizes(entry))
        elif isinstance(creates := entry.get("creates"), list):
            history.created.update(name for name in creates if isinstance(name, str))

    def _append(self, entry: Mapping[str, Any]) -> None:
        try:
            self._journal.append(entry)
        except OSError as error:
            text = "'%s' cannot be written (%s), so resume=True will begin '%s' again"
            what = entry.get("input") or ", ".join(entry["results"])
            _log.warning(text, self._journal.path, error.strerror or error, what)
        self._learn(entry)

    def _key(self, job: Job) -> tuple[str, ...]:
        return self._names(job.targets)

    def _names(self, targets: Sequence[Path | None]) -> tuple[str, ...]:
        return tuple(self._name(path) for path in targets if path is not None)

    def _name(self, path: Path) -> str:
        """Return the path of a file from the folder of the manifest, as POSIX writes it."""
        return Path(os.path.relpath(absolute(path), self._folder)).as_posix()


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _differing(
    before: Any, now: Mapping[str, Any], defaults: Mapping[str, Any], ignored: frozenset[str] = frozenset()
) -> list[str]:
    """Return the names whose values differ. One that was unknown then had its default value."""
    known = before if isinstance(before, Mapping) else {}
    return [name for name, value in now.items() if name not in ignored and known.get(name, defaults[name]) != value]


def _sizes(entry: Mapping[str, Any]) -> dict[str, int]:
    sizes = entry.get("written")
    return {name: size for name, size in sizes.items() if isinstance(size, int)} if isinstance(sizes, dict) else {}


def _now() -> str:
    return time_text(datetime.now(timezone.utc).timestamp())
