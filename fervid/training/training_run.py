"""One training run: from a recipe and a data set to an engine and the figures about it."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import torch

import fervid
from fervid import networks
from fervid.core import figures
from fervid.core.files import make_folder, write_text
from fervid.data.dataset import PRIVATE_TEST, DataSet
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.manifest import MANIFEST, InputSpec, Manifest
from fervid.errors import OutputError
from fervid.evaluation import engine_folder, plots
from fervid.evaluation.metrics import check_metrics, evaluate, evaluate_agreed, fit_temperature
from fervid.training import curves, tensorboard
from fervid.training.checkpoint import Checkpoint, Epoch
from fervid.training.learner import Shape
from fervid.training.loop import train
from fervid.training.processes import together
from fervid.training.recipe import Recipe
from fervid.training.report import Report

Watch: TypeAlias = Callable[[Sequence[Epoch]], None]
"""Is called after every epoch with all epochs so far."""

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

    @property
    def board(self) -> Path:
        """What TensorBoard shows."""
        return self.root / "tensorboard"

    def prepare(self, *, resume: bool, overwrite: bool) -> None:
        """Make room for a run.

        Raises:
            OutputError: There is an earlier run, or what one has made, and neither `resume` nor `overwrite`; or a
                folder cannot be made.
        """
        if not resume and not overwrite:
            self._refuse_earlier()
        make_folder(self.results)

    def _refuse_earlier(self) -> None:
        if self.checkpoint.exists():
            raise OutputError(f"{self.root} holds a run already", "go on with --resume, or begin anew with --overwrite")
        for made in (self.engine / MANIFEST, self.results / "metrics.json"):
            if made.exists():
                raise OutputError(f"{made} is there already", "choose another -o, or replace it with --overwrite")

    @contextmanager
    def making(self) -> Iterator[None]:
        """Within it folders come into being; those that are still empty at its end are removed again."""
        made = [folder for folder in (self.results, self.root, *self.root.parents) if not folder.exists()]
        try:
            yield
        finally:
            for folder in made:
                with suppress(OSError):
                    folder.rmdir()

    def write_epochs(self, history: Sequence[Epoch]) -> None:
        """Write ``metrics.csv``, one row an epoch.

        Raises:
            OutputError: It cannot be written.
        """
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(field.name for field in dataclasses.fields(Epoch))
        table.writerows([f"{value:.6g}" for value in dataclasses.astuple(epoch)] for epoch in history)
        write_text(self.results / "metrics.csv", text.getvalue())


def run(
    recipe: Recipe,
    data: DataSet,
    root: Path,
    *,
    device: torch.device,
    resume: bool = False,
    overwrite: bool = False,
    board: bool = False,
    watch: Watch = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Report | None:
    """Train, choose the best epoch, calibrate, judge, and write everything into `root`.

    Where ``torchrun`` has started several processes, all of them train and the first one does the rest.

    Args:
        recipe: What to do.
        data: What to learn from.
        root: The run's own folder; made where it is missing.
        device: Where the network runs.
        resume: Go on where an earlier run in `root` stopped.
        overwrite: Begin anew although there is an earlier run in `root`.
        board: Write what TensorBoard shows, too.
        watch: Called after every epoch, when its checkpoint is on disk, with all epochs so far.
        stop: Asked after each batch; the run ends with a checkpoint as soon as it says so.

    Returns:
        What came out; None in a process that is not the first one.

    Raises:
        DataError: The faces do not fit the recipe or the checkpoint, or are too few.
        OutputError: There is an earlier run and neither `resume` nor `overwrite`; or a file cannot be written.
        EngineError: The checkpoint to go on from is missing or damaged.
        RecipeError: The checkpoint to go on from is of another recipe.
        DeviceError: The other processes are not found.
        MissingPackageError: matplotlib, scikit-learn or, for `board`, tensorboard is not installed.
        KeyboardInterrupt: `stop` said so.
    """
    figures.check_matplotlib()
    check_metrics()
    if board:
        tensorboard.check()
    folders = Folders(root)
    with together(device) as processes, ExitStack() as stack:
        watchers: list[Watch] = []
        if processes.is_first:
            stack.enter_context(folders.making())
            folders.prepare(resume=resume, overwrite=overwrite)
            watchers += [folders.write_epochs, watch]
            if board:
                shown = tensorboard.Board(folders.board, recipe.network, Shape.of(recipe, data))
                watchers.append(stack.enter_context(shown).write)
        processes.barrier()
        path = folders.checkpoint
        for checkpoint in train(recipe, data, path, device=device, resume=resume, stop=stop, processes=processes):
            for see in watchers:
                see(checkpoint.history)
    if not processes.is_first:
        return None
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
        agreed=evaluate_agreed(after, private_test),
    )
    manifest = dataclasses.replace(manifest, accuracy=report.accuracy)
    engine_folder.write(folders.engine, manifest, checkpoint.tensors["best"], report.card_facts)
    write_text(folders.results / "metrics.json", json.dumps(report.document(), indent=2) + "\n")
    folders.write_epochs(checkpoint.history)
    curves.draw(checkpoint.history, folders.results / "curves.png")
    title = f"{recipe.name} on {data.name} private_test: {report.private_test.accuracy:.1%}, rows in %"
    plots.confusion(report.private_test, title, folders.results / "confusion.png")
    engine_folder.write_onnx(folders.engine)
    return report


def _manifest(recipe: Recipe, data: DataSet) -> Manifest:
    shape = Shape.of(recipe, data)
    return Manifest(
        name=recipe.name,
        network=recipe.network,
        classes=data.classes,
        input=InputSpec(shape.size, recipe.colour, (recipe.mean,) * shape.channels, (recipe.std,) * shape.channels),
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


def _made_with() -> dict[str, str]:
    return {
        "fervid": fervid.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": str(torch.get_num_threads()),
    }
