"""``fervid train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fervid.cli.data_options import Reading, reading_options
from fervid.cli.options import output_options
from fervid.cli.signals import asked_to_stop
from fervid.cli.standard_streams import silence_process
from fervid.cli.train_progress import epochs_shown
from fervid.cli.training_options import change, learning_options, read_for
from fervid.cli.value_types import EngineType, PathType
from fervid.core.machine import let_threads_sleep
from fervid.errors import UsageError

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.data.dataset import DataSet
    from fervid.training.recipe import Recipe
    from fervid.training.report import Report


@click.command(short_help="Train a network by a recipe, and write an engine.")
@click.argument("recipe", type=PathType(), required=False)
@click.option(
    "--fine-tune", type=EngineType(), metavar="ENGINE", help="Go on from a trained engine; RECIPE may be left out."
)
@click.option(
    "-o",
    "--output",
    type=PathType(),
    help="The run's folder.  [default: runs/RECIPE, or runs/ENGINE-fine-tuned]",
)
@learning_options
@reading_options
@click.option("--tensorboard", is_flag=True, help="Write what TensorBoard shows, too.")
@click.option("--resume", is_flag=True, help="Go on where an earlier run in that folder stopped.")
@output_options
def train(
    reading: Reading,
    *,
    recipe: Path | None,
    fine_tune: str | None,
    data: Path,
    drop: Path | None,
    output: Path | None,
    changes: tuple[str, ...],
    threads: int | None,
    device: str,
    tensorboard: bool,
    resume: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Train a network by RECIPE and write an engine.

    RECIPE is a TOML file such as training/emotionnet-labels.toml. The folder of the run receives engine/ (weights,
    manifest, model card), results/ (metrics.json, metrics.csv, curves.png, confusion.png), and a checkpoint after every
    epoch.

    With --fine-tune, a trained engine learns from your own labelled images, in a folder for each emotion. To train in
    several processes, start them with torchrun: torchrun --nproc-per-node 2 -m fervid train ...
    """
    let_threads_sleep()
    import torch

    from fervid.cli.reporter import Reporter
    from fervid.training import processes
    from fervid.training.run_folders import Folders
    from fervid.training.training_run import run

    if processes.local_rank():
        silence_process()
    quiet = quiet or processes.rank() > 0
    if resume and overwrite:
        raise UsageError("--resume and --overwrite contradict each other", "give one of them")
    reporter = Reporter(quiet=quiet, verbose=verbose)
    plan = _plan(recipe, fine_tune, dict(map(change, changes)))
    where = processes.device(device)
    if threads is not None:
        torch.set_num_threads(threads)
    folder = output or Path("runs", plan.name)
    with reporter.working(f"reading {data}"):
        faces = read_for(plan, data, reading, drop)
    _introduce(reporter, faces)
    if recipe is None:
        plan = _fitted(reporter, plan, faces)
    try:
        with epochs_shown(reporter, plan.epochs, quiet=quiet) as watch, asked_to_stop() as stop:
            report = run(
                plan,
                faces,
                folder,
                device=where,
                resume=resume,
                overwrite=overwrite,
                board=tensorboard,
                watch=watch,
                tell=reporter.note,
                stop=stop,
            )
    except KeyboardInterrupt:
        if Folders(folder).checkpoint.exists():
            reporter.note(f"the run is saved in {folder}; continue it with the same command and --resume")
        raise
    if report is not None:
        _summarise(reporter, report, folder)


def _plan(recipe: Path | None, engine: str | None, changes: dict[str, Any]) -> Recipe:
    from fervid.training import fine_tune
    from fervid.training.recipe import Recipe

    if engine is not None:
        return fine_tune.recipe(engine, changes, recipe)
    if recipe is None:
        raise UsageError("there is nothing to train", "give RECIPE, or --fine-tune ENGINE")
    return Recipe.load(recipe, changes)


def _introduce(reporter: Reporter, faces: DataSet) -> None:
    reporter.note(
        f"{faces.name}: {len(faces.training)} training and {len(faces.public_test)} validation faces; "
        f"classes {', '.join(faces.classes)}"
    )


def _fitted(reporter: Reporter, plan: Recipe, faces: DataSet) -> Recipe:
    """Return `plan` with a smaller batch if there are few faces."""
    from fervid.training.fine_tune import fitting_batch

    batch = fitting_batch(plan.batch, len(faces.training))
    if batch == plan.batch:
        return plan
    reporter.note(f"using a batch of {batch} instead of {plan.batch}, because there are few faces")
    return plan.replace(batch=batch)


def _summarise(reporter: Reporter, report: Report, folder: Path) -> None:
    reporter.note(f"best epoch: {report.best.number}; {_accuracies(report)}")
    reporter.note(f"wrote {folder / 'engine'} and {folder / 'results'}")
    if report.auxiliary is not None:
        reporter.note(f"auxiliary head: {_accuracies(report.auxiliary)}")
        reporter.note(f"wrote {folder / 'auxiliary'}")


def _accuracies(report: Report) -> str:
    test = report.private_test
    return f"public_test {report.public_test.accuracy:.2%}, private_test {test.accuracy:.2%} of {test.faces} faces" + (
        f" ({report.lower_bound:.2%} of the {report.private_rows} published faces)" if report.missing else ""
    )
