"""The manifests beside results: which recording a result was made from, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fervid.core.files import absolute
from fervid.core.journal import Journal
from fervid.run.run_manifest import MANIFEST_NAME


@dataclass(frozen=True, slots=True)
class Record:
    """The facts about a result in a manifest, or in its sidecar.

    Attributes:
        folder: The folder of that file.
        entry: The entry that was written when the input ended, or the content of the sidecar.
    """

    folder: Path
    entry: Mapping[str, Any]

    @property
    def source(self) -> Path:
        """The input, as it was named or found."""
        return Path(self.text("input"))

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every option of the analysis, by name."""
        settings = self.entry.get("settings")
        return settings if isinstance(settings, dict) else {}

    @property
    def is_live(self) -> bool:
        """True if the input was analysed live, so that its times count on the clock of the session."""
        return bool(self.text("started"))

    @property
    def results(self) -> list[Path]:
        """The files that were written."""
        written = self.entry.get("written")
        return [self.folder / name for name in written] if isinstance(written, dict) else []

    def text(self, name: str) -> str:
        """Return a field as text; empty if it is none."""
        value = self.entry.get(name)
        return value if isinstance(value, str) else ""

    def count(self, name: str) -> int | None:
        """Return a field as a number; None if it is none."""
        value = self.entry.get(name)
        return value if isinstance(value, int) else None


@dataclass(slots=True)
class RunRecords:
    """The manifests of several folders.

    Attributes:
        by_result: The last record of each result, by its absolute path.
        failures: Each input that has no result, with the reason.
    """

    by_result: dict[Path, Record] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def load(cls, folders: Iterable[Path]) -> RunRecords:
        """Return what the manifests in these folders say. A folder without one, or whose cannot be read, has none."""
        records = cls()
        for folder in folders:
            try:
                entries, _ = Journal(folder / MANIFEST_NAME).read()
            except OSError:
                continue
            records._learn(folder, entries)
        return records

    def _learn(self, folder: Path, entries: Iterable[Mapping[str, Any]]) -> None:
        failed: dict[str, str] = {}
        for entry in entries:
            record = Record(folder, entry)
            name = record.text("input")
            if entry.get("outcome") == "begun":
                failed[name] = "the run ended before it was done"
                continue
            for path in record.results:
                self.by_result[absolute(path)] = record
            failed.pop(name, None)
            if entry.get("outcome") == "failed":
                failed[name] = record.text("error") or "failed"
        self.failures += failed.items()
