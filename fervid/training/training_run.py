"""One training run, from a recipe and a data set to an engine and its figures."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeAlias

import torch
from torch import Tensor

import fervid
from fervid import networks
from fervid.core import figures
from fervid.core.files import make_folder, write_text
from fervid.data.dataset import PRIVATE_TEST, TRAINING, DataSet
from fervid.engines import weights
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.manifest import InputSpec, Manifest
from fervid.errors import RecipeError
from fervid.evaluation import engine_folder, plots
from fervid.evaluation.metrics import check_metrics, evaluate, evaluate_agreed, fit_temperature
from fervid.training import class_scaling, curves, tensorboard
from fervid.training.checkpoint import RESTART, Checkpoint, Epoch
from fervid.training.claim import claimed
from fervid.training.copies import Copier, Copies
from fervid.training.loop import train
from fervid.training.processes import Processes, together
from fervid.training.recipe import Recipe
from fervid.training.report import Report
from fervid.training.run_folders import Folders
from fervid.training.shape import Head, Shape

Watch: TypeAlias = Callable[[Sequence[Epoch]], None]
"""A function called after every epoch with all epochs so far."""

_NO_DIGEST: Final = ""
"""The digest in a manifest whose weights are not written yet."""


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
    tell: Callable[[str], None] = lambda _: None,
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
        tell: Called with lines for people about what happens before the first epoch.
        stop: Called after each batch; if it returns True, the run ends with a checkpoint.

    Returns:
        The report of the run; None in every process but the first.

    Raises:
        DataError: The faces do not fit the recipe or the checkpoint, or are too few.
        OutputError: There is an earlier run and neither `resume` nor `overwrite` is given; or another process trains in
            `root`; or a file cannot be written.
        EngineError: The checkpoint is missing or damaged.
        RecipeError: The checkpoint belongs to another recipe, or several processes lack copies of the faces.
        DeviceError: The processes cannot connect.
        MissingPackageError: matplotlib, scikit-learn or, for `board`, tensorboard is not installed.
        KeyboardInterrupt: `stop` returned True.
    """
    figures.check_matplotlib()
    check_metrics()
    if board:
        tensorboard.check()
    folders = Folders(root)
    with ExitStack() as claim:
        with together(device) as processes, ExitStack() as stack:
            watchers: list[Watch] = []
            if processes.is_first:
                claim.enter_context(claimed(folders.root, folders.results))
                folders.prepare(resume=resume, overwrite=overwrite)
                watchers += [folders.write_epochs, watch]
                if board:
                    shown = tensorboard.Board(folders.board, recipe.network, Shape.of(recipe, data))
                    watchers.append(stack.enter_context(shown).write)
            processes.barrier()
            copies = None
            if recipe.distillation.copies:
                copies = _copies(recipe, data, folders, device, processes, tell, stop)
            for checkpoint in train(
                recipe,
                data,
                folders.checkpoint,
                device=device,
                resume=resume,
                stop=stop,
                processes=processes,
                copies=copies,
            ):
                for see in watchers:
                    see(checkpoint.history)
        if not processes.is_first:
            return None
        # The checkpoint is read from disk, because resuming a complete run trains no epoch.
        return finish(Checkpoint.load(folders.checkpoint, recipe), data, folders, device)


def _copies(
    recipe: Recipe,
    data: DataSet,
    folders: Folders,
    device: torch.device,
    processes: Processes,
    tell: Callable[[str], None],
    stop: Callable[[], bool],
) -> Copies:
    """Return complete copies of the training faces, which are made here if they are missing."""
    heads = [head.classes for head in Shape.of(recipe, data).heads(recipe)]
    copier = Copier(recipe, data.training.only_for(TRAINING), heads, device, folders.copies)
    if processes.size > 1 and copier.copies.missing:
        problem = f"the copies of the faces for {recipe.name} are not complete, and one process alone makes them"
        raise RecipeError(problem, "run the command once without torchrun, until its first epoch")
    copier.make(tell, stop)
    return copier.copies


def finish(checkpoint: Checkpoint, data: DataSet, folders: Folders, device: torch.device) -> Report:
    """Calibrate and evaluate the best weights of each head on `device`, and write the engines and the results.

    Raises:
        OutputError: A file cannot be written.
    """
    main, *others = Shape.of(checkpoint.recipe, data).heads(checkpoint.recipe)
    name = checkpoint.recipe.name
    report = _finish_head(checkpoint, data, folders, main, name, device)
    folders.write_epochs(checkpoint.history)
    curves.draw(checkpoint.history, folders.results / "curves.png")
    for head in others:
        if data.auxiliary is not None:
            make_folder(folders.auxiliary.results)
            second = _finish_head(checkpoint, data.auxiliary, folders.auxiliary, head, f"{name}-auxiliary", device)
            report = dataclasses.replace(report, auxiliary=second)
    return report


def _finish_head(
    checkpoint: Checkpoint, data: DataSet, folders: Folders, head: Head, name: str, device: torch.device
) -> Report:
    """Write the engine `name` and the results of one head; `data` has the labels of the head."""
    recipe = checkpoint.recipe
    tensors = head.only(recipe.network, checkpoint.tensors["best"])
    manifest = _manifest(recipe, data, name)
    tensors = class_scaling.scaled(manifest, tensors, data.public_test, device)
    before = _engine(manifest, tensors, folders, device)
    manifest = dataclasses.replace(manifest, temperature=round(fit_temperature(before, data.public_test), 4))
    after = _engine(manifest, tensors, folders, device)
    private_test = data.private_test.only_for(PRIVATE_TEST)
    report = Report(
        recipe=recipe,
        labels=head.labels,
        data_set=data.name,
        training_faces=data.training.labelled,
        private_rows=data.private_rows,
        history=checkpoint.history,
        best=checkpoint.best,
        temperature=manifest.temperature,
        public_test=evaluate(after, data.public_test),
        private_before=evaluate(before, private_test),
        private_test=evaluate(after, private_test),
        made_with=_made_with(device),
        agreed=evaluate_agreed(after, private_test),
    )
    manifest = dataclasses.replace(manifest, accuracy=report.accuracy)
    engine_folder.write(folders.engine, manifest, tensors, report.card_facts)
    write_text(folders.results / "metrics.json", json.dumps(report.document(), indent=2) + "\n")
    title = f"{manifest.name} on {data.name} private_test: {report.private_test.accuracy:.1%}, rows in %"
    plots.confusion(report.private_test, title, folders.results / "confusion.png")
    engine_folder.write_onnx(folders.engine)
    return report


def _manifest(recipe: Recipe, data: DataSet, name: str) -> Manifest:
    shape = Shape.of(recipe, data)
    return Manifest(
        name=name,
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


def _engine(manifest: Manifest, tensors: Mapping[str, Tensor], folders: Folders, device: torch.device) -> PyTorchEngine:
    """Return the best weights as an engine that computes in float32, so that its figures differ by rounding only."""
    network = networks.create(manifest.network, len(manifest.classes), manifest.input.channels)
    weights.fit(network, tensors, folders.checkpoint, RESTART)
    return PyTorchEngine(manifest, network, device, dtype=torch.float32, threads=torch.get_num_threads())


def _made_with(device: torch.device) -> dict[str, str]:
    return {
        "fervid": fervid.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": str(torch.get_num_threads()),
    }
