"""One training run: from a recipe and a data set to an engine and the figures about it."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

import fervid
from fervid import networks
from fervid.data.dataset import PRIVATE_TEST, DataSet
from fervid.engines.manifest import InputSpec, Manifest
from fervid.engines.pytorch import PyTorchEngine
from fervid.errors import OutputError
from fervid.files import make_folder, write_text
from fervid.training import plots
from fervid.training.checkpoint import Checkpoint, Epoch
from fervid.training.evaluate import evaluate, fit_temperature
from fervid.training.export import export
from fervid.training.loop import train
from fervid.training.recipe import Recipe
from fervid.training.report import Report

_NO_DIGEST: Final = ""
"""Before the weights are written."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a run writes.

    Attributes:
        root: The run's own folder.
    """

    root: Path

    @property
    def checkpoint(self) -> Path:
        """Where the run stands; what ``--resume`` goes on from."""
        return self.root / "checkpoint.safetensors"

    @property
    def engine(self) -> Path:
        """Weights, manifest and model card."""
        return self.root / "engine"

    @property
    def results(self) -> Path:
        """``metrics.json``, ``metrics.csv``, ``curves.png`` and ``confusion.png``."""
        return self.root / "results"


def run(
    recipe: Recipe,
    data: DataSet,
    root: Path,
    *,
    device: torch.device,
    resume: bool = False,
    overwrite: bool = False,
    watch: Callable[[Epoch], None] = lambda _: None,
) -> Report:
    """Train, choose the best epoch, calibrate, judge, and write everything into `root`.

    Args:
        recipe: What to do.
        data: What to learn from.
        root: The run's own folder; made where it is missing.
        device: Where the network runs.
        resume: Go on where an earlier run in `root` stopped.
        overwrite: Begin anew although there is an earlier run in `root`.
        watch: Called after every epoch, when its checkpoint is on disk.

    Raises:
        OutputError: There is an earlier run and neither `resume` nor `overwrite`; or a file cannot be written.
        EngineError: The checkpoint to go on from is missing or damaged.
        RecipeError: The checkpoint to go on from is of another recipe.
        MissingPackageError: matplotlib is not installed.
    """
    plots.check()
    folders = Folders(root)
    if folders.checkpoint.exists() and not resume and not overwrite:
        raise OutputError(f"{root} holds a run already", "go on with --resume, or begin anew with --overwrite")
    make_folder(folders.results)
    if not resume:
        # A new run that is stopped early must not go on from the old one.
        folders.checkpoint.unlink(missing_ok=True)
    for checkpoint in train(recipe, data, folders.checkpoint, device=device, resume=resume):
        write_text(folders.results / "metrics.csv", _table(checkpoint.history))
        watch(checkpoint.history[-1])
    # Read again: a run that was complete before this one resumed it trains no epoch.
    return finish(Checkpoint.load(folders.checkpoint, recipe), data, folders)


def finish(checkpoint: Checkpoint, data: DataSet, folders: Folders) -> Report:
    """Calibrate and judge the best weights, and write the engine and the results.

    Raises:
        OutputError: A file cannot be written.
    """
    recipe = checkpoint.recipe
    manifest = _manifest(recipe, data)
    before = _engine(checkpoint, manifest, folders)
    manifest = dataclasses.replace(manifest, temperature=round(fit_temperature(before, data.public_test), 4))
    after = _engine(checkpoint, manifest, folders)
    private_test = data.private_test.only_for(PRIVATE_TEST)
    report = Report(
        recipe=recipe,
        data_set=data.name,
        training_faces=len(data.training),
        private_rows=data.private_rows,
        history=checkpoint.history,
        best=checkpoint.best,
        temperature=manifest.temperature,
        public_test=evaluate(after, data.public_test),
        private_before=evaluate(before, private_test),
        private_test=evaluate(after, private_test),
        made_with=_made_with(),
    )
    manifest = dataclasses.replace(manifest, accuracy=report.accuracy)
    export(folders.engine, manifest, checkpoint.tensors["best"], report)
    write_text(folders.results / "metrics.json", json.dumps(report.document(), indent=2) + "\n")
    write_text(folders.results / "metrics.csv", _table(checkpoint.history))
    plots.curves(checkpoint.history, folders.results / "curves.png")
    title = f"{recipe.name} on {data.name} private_test: {report.private_test.accuracy:.1%}, rows in %"
    plots.confusion(report.private_test, title, folders.results / "confusion.png")
    return report


def _manifest(recipe: Recipe, data: DataSet) -> Manifest:
    channels, size = data.training.images.shape[1:3]
    colour = "grey" if channels == 1 else "rgb"
    return Manifest(
        name=recipe.name,
        network=recipe.network,
        classes=data.classes,
        input=InputSpec(size, colour, (recipe.mean,) * channels, (recipe.std,) * channels),
        temperature=1.0,
        data_set=data.name,
        recipe=recipe.name,
        accuracy={},
        sha256=_NO_DIGEST,
        fervid=fervid.__version__,
    )


def _engine(checkpoint: Checkpoint, manifest: Manifest, folders: Folders) -> PyTorchEngine:
    """The best weights as an engine, in float32 on the CPU, where figures are the same on every machine."""
    network = networks.create(manifest.network, len(manifest.classes), manifest.input.channels)
    checkpoint.restore("best", network, folders.checkpoint)
    return PyTorchEngine(manifest, network, torch.device("cpu"), dtype=torch.float32, threads=torch.get_num_threads())


def _table(history: Sequence[Epoch]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(field.name for field in dataclasses.fields(Epoch))
    table.writerows([f"{value:.6g}" for value in dataclasses.astuple(epoch)] for epoch in history)
    return text.getvalue()


def _made_with() -> dict[str, str]:
    return {
        "fervid": fervid.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": str(torch.get_num_threads()),
    }
