"""The epochs of a training: a table that renews itself on a terminal, a line each in a log."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from fervid.cli.reporter import Reporter
from fervid.cli.train_progress import epochs_shown, line, table
from fervid.training.checkpoint import Epoch

HISTORY = [
    Epoch(number, 0.05, 2 - number / 20, number / 40, 1.9 - number / 20, 0.5 if number == 2 else number / 50, 90.0)
    for number in range(1, 21)
]


@pytest.fixture
def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None, soft_wrap=True)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_last_epochs_with_the_best_one_above_them(terminal: Console) -> None:
    terminal.print(table(HISTORY, 30))
    lines = [line.split() for line in printed(terminal).splitlines()]
    assert " ".join(lines[0]) == "20 of 30 epochs, 15 min left"
    assert lines[2] == ["2", "0.05", "1.900", "5.0%", "1.800", "50.00%", "90", "s", "best"]
    assert [line[0] for line in lines[3:]] == [str(number) for number in range(9, 21)]
    assert all("best" not in line for line in lines[3:])


def test_the_table_fits_a_narrow_terminal(terminal: Console) -> None:
    terminal.print(table(HISTORY, 30))
    assert max(map(len, printed(terminal).splitlines())) <= 80


def test_a_terminal_shows_one_table_that_renews_itself(terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    reporter = Reporter()
    monkeypatch.setattr(reporter, "console", terminal)
    with epochs_shown(reporter, 30, quiet=False) as watch:
        assert "waiting for the first epoch" in printed(terminal)
        watch(HISTORY[:1])
        watch(HISTORY[:2])
    said = printed(terminal)
    assert said.count("1 of 30 epochs") == 1
    first, wiped = said.index("1 of 30 epochs"), said.index("\x1b[1A\x1b[2K")
    assert first < wiped < said.index("2 of 30 epochs"), "the first table is wiped before the second one is drawn"


def test_a_log_gets_a_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    with epochs_shown(Reporter(), 30, quiet=False) as watch:
        watch(HISTORY[:2])
        watch(HISTORY[:3])
    assert capsys.readouterr().err.splitlines() == [
        "epoch   2/30  training: loss 1.900, 5.0%  public_test: loss 1.800, 50.00% (best)  90 s, 42 min left",
        "epoch   3/30  training: loss 1.850, 7.5%  public_test: loss 1.750, 6.00%  90 s, 40 min left",
    ]


def test_the_time_left_is_reckoned_by_the_last_epochs() -> None:
    quicker = [*HISTORY[:10], *(Epoch(n, 0.05, 1.0, 0.1, 1.0, 0.1, 30.0) for n in range(11, 16))]
    assert line(quicker, 20).endswith("30 s, 2 min left")


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with epochs_shown(Reporter(quiet=True), 30, quiet=True) as watch:
        watch(HISTORY[:1])
    assert capsys.readouterr().err == ""
