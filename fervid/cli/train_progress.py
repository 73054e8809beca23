"""Progress of a training run: a live table on a terminal, one line for each epoch in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from fervid.cli.training_options import duration

if TYPE_CHECKING:
    from rich.table import Table

    from fervid.cli.reporter import Reporter
    from fervid.training.checkpoint import Epoch

_SHOWN: Final = 12
"""The number of rows of the live table; an earlier best epoch stays above them."""

_RECENT: Final = 5
"""The number of epochs from which the remaining time is estimated."""

_COLUMNS: Final = ("epoch", "rate", "training loss", "accuracy", "public_test loss", "accuracy", "time")


@contextmanager
def epochs_shown(reporter: Reporter, epochs: int, *, quiet: bool) -> Iterator[Callable[[Sequence[Epoch]], None]]:
    """Show the epochs while the block runs.

    Args:
        reporter: The reporter of the command.
        epochs: The number of epochs of the run.
        quiet: True to show nothing.

    Yields:
        A function to call after each epoch with all epochs so far.
    """
    if quiet or not reporter.console.is_terminal:
        yield lambda history: reporter.note(line(history, epochs))
        return
    from rich.live import Live

    with Live("waiting for the first epoch", console=reporter.console, auto_refresh=False) as live:
        yield lambda history: live.update(table(history, epochs), refresh=True)


def line(history: Sequence[Epoch], epochs: int) -> str:
    """Return the last epoch as a line of a log."""
    from fervid.training.checkpoint import best_of

    epoch = history[-1]
    mark = " (best)" if epoch == best_of(history) else ""
    return (
        f"epoch {epoch.number:3d}/{epochs}  training: loss {epoch.train_loss:.3f}, {epoch.train_accuracy:.1%}  "
        f"public_test: loss {epoch.loss:.3f}, {epoch.accuracy:.2%}{mark}  "
        f"{duration(epoch.seconds)}, {_left(history, epochs)} left"
    )


def table(history: Sequence[Epoch], epochs: int) -> Table:
    """Return a table of the last epochs, and of the best one if it is not among them."""
    from rich.table import Table

    from fervid.training.checkpoint import best_of

    best, last = best_of(history), history[-_SHOWN:]
    rows = last if best in last else [best, *last]
    state = f"{history[-1].number} of {epochs} epochs, {_left(history, epochs)} left"
    shown = Table(title=state, title_justify="left", box=None, pad_edge=False)
    for name in _COLUMNS:
        shown.add_column(name, justify="right")
    shown.add_column()
    for epoch in rows:
        shown.add_row(
            str(epoch.number),
            f"{epoch.rate:.2g}",
            f"{epoch.train_loss:.3f}",
            f"{epoch.train_accuracy:.1%}",
            f"{epoch.loss:.3f}",
            f"{epoch.accuracy:.2%}",
            duration(epoch.seconds),
            "best" if epoch == best else "",
            style="bold green" if epoch == best else None,
        )
    return shown


def _left(history: Sequence[Epoch], epochs: int) -> str:
    recent = [epoch.seconds for epoch in history[-_RECENT:]]
    return duration(sum(recent) / len(recent) * (epochs - history[-1].number))
