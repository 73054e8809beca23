"""One training run, from a recipe and a data set to an engine and its figures."""

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
"""A function called after every epoch with all epochs so far."""

_NO_DIGEST: Final = ""
"""The digest in a manifest whose weights are not written yet."""


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

    @contextmanager
    def making(self) -> Iterator[None]:
        """Remove the folders that were created within the block and are still empty at its end."""
        made = [folder for folder in (self.results, self.root, *self.root.parents) if not folder.exists()]
        try:
            yield
        finally:
            for folder in made:
                with suppress(OSError):
                    folder.rmdir()

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
    """Train, select the best epoch, calibrate, evaluate, and write all results into `root`.

    If ``torchrun`` started several processes, all of them train and the first one does the rest.

    Args:
        recipe: The recipe of the run.
        data: The labelled faces.
        root: The folder of the run, created if missing.
        device: The device on which the network trains.
        resume: Continue an earlier run in `root`.
        overwrite: Replace an earlier run in `root`.
        board: Write event files for TensorBoard, too.
        watch: Called after every epoch with all epochs so far, once the checkpoint is on disk.
        stop: Called after each batch; if it returns True, the run ends with a checkpoint.

    Returns:
        The report of the run; None in every process but the first.

    Raises:
        DataError: The faces do not fit the recipe or the checkpoint, or are too few.
        OutputError: There is an earlier run and neither `resume` nor `overwrite` is given; or a file cannot be written.
        EngineError: The checkpoint is missing or damaged.
        RecipeError: The checkpoint belongs to another recipe.
        DeviceError: The processes cannot connect.
        MissingPackageError: matplotlib, scikit-learn or, for `board`, tensorboard is not installed.
        KeyboardInterrupt: `stop` returned True.
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
    # The checkpoint is read from disk, because resuming a complete run trains no epoch.
    return finish(Checkpoint.load(folders.checkpoint, recipe), data, folders)


def finish(checkpoint: Checkpoint, data: DataSet, folders: Folders) -> Report:
    """Calibrate and evaluate the best weights, and write the engine and the results.

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
    """Return the best weights as a float32 engine on the CPU, whose figures are the same on every machine."""
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
