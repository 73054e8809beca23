"""The files of a training run."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fervid.core.files import make_folder, write_text
from fervid.engines.manifest import MANIFEST
from fervid.errors import OutputError
from fervid.training.checkpoint import Epoch


@dataclass(frozen=True, slots=True)
class Folders:
    """The files of a run.

    Attributes:
        root: The folder of the run.
    """

    root: Path

    @property
    def checkpoint(self) -> Path:
        """The checkpoint from which ``--resume`` continues."""
        return self.root / "checkpoint.safetensors"

    @property
    def engine(self) -> Path:
        """The folder of weights, manifest and model card."""
        return self.root / "engine"

    @property
    def results(self) -> Path:
        """The folder of ``metrics.json``, ``metrics.csv``, ``curves.png`` and ``confusion.png``."""
        return self.root / "results"

    @property
    def auxiliary(self) -> Folders:
        """The engine and the results of the auxiliary head."""
        return Folders(self.root / "auxiliary")

    @property
    def copies(self) -> Path:
        """The folder of augmented copies of the faces, which the runs beside this one share."""
        return self.root.parent / "copies"

    @property
    def board(self) -> Path:
        """The folder of TensorBoard's event files."""
        return self.root / "tensorboard"

    def prepare(self, *, resume: bool, overwrite: bool) -> None:
        """Create the folders of a run.

        Raises:
            OutputError: The folder contains an earlier run or its results, and neither `resume` nor `overwrite` is
                given; or a folder cannot be created.
        """
        if not resume and not overwrite:
            self._refuse_earlier()
        make_folder(self.results)

    def _refuse_earlier(self) -> None:
        if self.checkpoint.exists():
            raise OutputError(
                f"'{self.root}' already contains a run", "continue it with --resume, or start again with --overwrite"
            )
        for made in (self.engine / MANIFEST, self.results / "metrics.json"):
            if made.exists():
                raise OutputError(f"'{made}' exists already", "choose another -o, or replace it with --overwrite")

    def write_epochs(self, history: Sequence[Epoch]) -> None:
        """Write ``metrics.csv``, one row for each epoch.

        Raises:
            OutputError: The file cannot be written.
        """
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(field.name for field in dataclasses.fields(Epoch))
        table.writerows([f"{value:.6g}" for value in dataclasses.astuple(epoch)] for epoch in history)
        write_text(self.results / "metrics.csv", text.getvalue())
