"""``fervid train``."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli.options import output_options
from fervid.errors import UsageError

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.training.checkpoint import Epoch
    from fervid.training.report import Report


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    help="FER2013: Kaggle's fer2013.csv, a folder that holds it, or a folder of NumPy archives.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The run's folder.  [default: runs/RECIPE]")
@click.option("--epochs", type=click.IntRange(1), help="Another number of epochs than the recipe's.")
@click.option("--seed", type=click.IntRange(0), help="Another seed than the recipe's.")
@click.option("--threads", type=click.IntRange(1, 1024), help="CPU threads.  [default: all cores]")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--resume", is_flag=True, help="Go on where an earlier run in that folder stopped.")
@output_options
def train(
    *,
    recipe: Path,
    data: Path,
    output: Path | None,
    epochs: int | None,
    seed: int | None,
    threads: int | None,
    device: str,
    resume: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Train a network by RECIPE and make an engine of it.

    RECIPE is a TOML file such as training/emotionnet.toml. Into the run's folder go engine/ (weights, manifest, model
    card), results/ (metrics.json, metrics.csv, curves.png, confusion.png) and a checkpoint after every epoch.
    """
    # torch's workers spin while they wait for each other, which slows them down many times where anything else runs.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import torch

    from fervid.cli.reporter import Reporter
    from fervid.data import fer2013
    from fervid.engines.pytorch import choose_device
    from fervid.training.recipe import load
    from fervid.training.run import Folders, run

    if resume and overwrite:
        raise UsageError("--resume goes on with a run, --overwrite begins anew", "give one of them")
    reporter = Reporter(quiet=quiet, verbose=verbose)
    changes = {key: value for key, value in (("epochs", epochs), ("seed", seed)) if value is not None}
    plan = load(recipe).replace(**changes)
    where = choose_device(device)
    if threads is not None:
        torch.set_num_threads(threads)
    folder = output or Path("runs", plan.name)
    faces = fer2013.read(data)
    reporter.note(f"{faces.name}: {len(faces.training)} faces to learn from, {len(faces.public_test)} to choose by")
    try:
        with _progress(reporter, plan.epochs, shown=not quiet) as watch:
            report = run(plan, faces, folder, device=where, resume=resume, overwrite=overwrite, watch=watch)
    except KeyboardInterrupt:
        if Folders(folder).checkpoint.exists():
            reporter.note(
                f"the last whole epoch is kept in {folder}; the same command with --resume goes on from there"
            )
        raise
    _tell(reporter, report, folder)


@contextmanager
def _progress(reporter: Reporter, epochs: int, *, shown: bool) -> Iterator[Callable[[Epoch], None]]:
    """A line for every epoch, and on a terminal a bar below them."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    recent: deque[float] = deque(maxlen=5)
    columns = (TextColumn("epoch"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}"))
    hidden = not shown or not reporter.console.is_terminal
    with Progress(*columns, console=reporter.console, transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=epochs)

        def watch(epoch: Epoch) -> None:
            recent.append(epoch.seconds)
            left = sum(recent) / len(recent) * (epochs - epoch.number)
            reporter.note(
                f"epoch {epoch.number:3d}/{epochs}  training: loss {epoch.train_loss:.3f}, {epoch.train_accuracy:.1%}  "
                f"public_test: loss {epoch.loss:.3f}, {epoch.accuracy:.2%}  {epoch.seconds:.0f} s, {_clock(left)} left"
            )
            bar.update(task, completed=epoch.number, description=f"{_clock(left)} left")

        yield watch


def _tell(reporter: Reporter, report: Report, folder: Path) -> None:
    test = report.private_test
    reporter.note(
        f"epoch {report.best.number} is the best: public_test {report.public_test.accuracy:.2%}, "
        f"private_test {test.accuracy:.2%} of {test.faces} faces"
        + (f" ({report.lower_bound:.2%} of the {report.private_rows} published)" if report.missing else "")
    )
    reporter.note(f"wrote {folder / 'engine'} and {folder / 'results'}")


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
