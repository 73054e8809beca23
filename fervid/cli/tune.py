"""``fervid tune``."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fervid.cli.data_options import Reading, reading_options
from fervid.cli.options import output_options
from fervid.cli.signals import asked_to_stop
from fervid.cli.training_options import change, duration, learning_options, read_for
from fervid.cli.value_types import PathType
from fervid.core.machine import let_threads_sleep
from fervid.errors import UsageError
from fervid.training import SAMPLERS, SEEDS, TRIALS, TRIALS_BOUNDS

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.training.checkpoint import Epoch
    from fervid.training.recipe import Recipe
    from fervid.training.tune.trial import Trial


@click.command(short_help="Search for a better recipe.")
@click.argument("recipe", type=PathType())
@click.option(
    "--sampler",
    type=click.Choice(SAMPLERS),
    default=SAMPLERS[0],
    show_default=True,
    help="How values are chosen: Optuna's TPE, at random, or by simulated annealing.",
)
@click.option("--trials", type=click.IntRange(*TRIALS_BOUNDS), default=TRIALS, show_default=True, help="Trials in all.")
@click.option("--seed", type=click.IntRange(*SEEDS), help="Of the choice of values.  [default: the recipe's]")
@click.option("-o", "--output", type=PathType(), help="The study's folder.  [default: runs/RECIPE-tuning]")
@learning_options
@reading_options
@click.option("--resume", is_flag=True, help="Go on with the study in that folder.")
@output_options
def tune(
    reading: Reading,
    *,
    recipe: Path,
    data: Path,
    drop: Path | None,
    sampler: str,
    trials: int,
    seed: int | None,
    output: Path | None,
    changes: tuple[str, ...],
    threads: int | None,
    device: str,
    resume: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Search for better values of RECIPE's keys.

    Each trial trains with other values, from the table [tune] of RECIPE's file or else of the learning rate, batch
    size, optimizer and number of epochs; the trial with the highest accuracy on public_test wins. The study's folder
    receives RECIPE-tuned.toml (the best recipe, for `fervid train`), trials.csv, trials.png and study.sqlite.
    """
    let_threads_sleep()
    import torch

    from fervid.cli.reporter import Reporter
    from fervid.engines.backends.pytorch import choose_device
    from fervid.training.recipe import Recipe
    from fervid.training.tune import space, study
    from fervid.training.tune.folder import Folder

    if resume and overwrite:
        raise UsageError("--resume and --overwrite contradict each other", "give one of them")
    reporter = Reporter(quiet=quiet, verbose=verbose)
    plan = Recipe.load(recipe, dict(map(change, changes)))
    varied = space.read(recipe, plan)
    where = choose_device(device)
    if threads is not None:
        torch.set_num_threads(threads)
    folder = Folder(output or Path("runs", f"{plan.name}-tuning"), plan.name)
    with reporter.working(f"reading {data}"):
        faces = read_for(plan, data, reading, drop)
    reporter.note(f"{faces.name}: {len(faces.training)} training and {len(faces.public_test)} validation faces")
    reporter.note(f"{trials} trials by {sampler} over {', '.join(varied)}")
    try:
        with _progress(reporter, trials, shown=not quiet) as (watch, watch_epoch), asked_to_stop() as stop:
            best = study.tune(
                plan,
                varied,
                faces,
                folder,
                sampler=sampler,
                trials=trials,
                seed=plan.seed if seed is None else seed,
                device=where,
                resume=resume,
                overwrite=overwrite,
                watch=watch,
                watch_epoch=watch_epoch,
                stop=stop,
            )
    except KeyboardInterrupt:
        if folder.study.exists():
            reporter.note(f"the trials are saved in {folder.root}; continue with the same command and --resume")
        raise
    reporter.note(f"best trial: {best.number}; public_test {_outcome(best)} with {_values(best.values)}")
    command = shlex.join(["fervid", "train", str(folder.recipe), "--data", str(data)])
    reporter.note(f"wrote {folder.recipe}; train with it: {command}")


@contextmanager
def _progress(
    reporter: Reporter, trials: int, *, shown: bool
) -> Iterator[tuple[Callable[[Sequence[Trial]], None], Callable[[Recipe, Epoch], None]]]:
    """Print a line for every trial and, on a terminal, a bar with the epochs of the running one."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from fervid.training.tune.trial import best

    columns = (TextColumn("trial"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}", markup=False))
    hidden = not shown or not reporter.console.is_terminal
    with Progress(*columns, console=reporter.console, transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=trials)

        def watch(found: Sequence[Trial]) -> None:
            last = found[-1]
            left = sum(trial.seconds for trial in found) / len(found) * (trials - len(found))
            mark = ", the best so far" if last == best(found) else ""
            reporter.note(
                f"trial {last.number:3d}/{trials}  {_values(last.values)}  {_outcome(last)}{mark}  "
                f"{duration(last.seconds)}, {duration(left)} left"
            )
            bar.update(task, completed=len(found), description="")

        def watch_epoch(varied: Recipe, epoch: Epoch) -> None:
            bar.update(task, description=f"epoch {epoch.number}/{varied.epochs}: {epoch.accuracy:.2%}")

        yield watch, watch_epoch


def _outcome(trial: Trial) -> str:
    if trial.note:
        return f"failed: {trial.note}"
    accuracy = "" if trial.accuracy is None else f"{trial.accuracy:.2%}"
    return f"pruned in epoch {trial.epochs} at {accuracy}" if trial.pruned else accuracy


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in values.items()
    )
