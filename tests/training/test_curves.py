"""The curves of a run, as matplotlib has them before they become a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fervid.core import figures
from fervid.training import curves
from fervid.training.checkpoint import Epoch

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """Every drawing that becomes a picture."""
    found: list[Figure] = []
    to_png = figures.to_png

    def keep(drawing: Figure) -> bytes:
        found.append(drawing)
        return to_png(drawing)

    monkeypatch.setattr(figures, "to_png", keep)
    return found


def history(epochs: int) -> list[Epoch]:
    return [Epoch(number, 0.1, 1 / number, 0.5, 2 / number, 0.4, 1.0) for number in range(1, epochs + 1)]


@pytest.mark.parametrize("epochs", [1, 2, 3, 40])
def test_there_are_no_parts_of_epochs(epochs: int, drawn: list[Figure], tmp_path: Path) -> None:
    curves.draw(history(epochs), tmp_path / "curves.png")
    for axes in drawn[0].axes:
        ticks: Any = axes.get_xticks()
        assert [tick % 1 for tick in ticks] == [0] * len(ticks)


@pytest.mark.parametrize(("epochs", "marker"), [(1, "o"), (2, "")])
def test_a_single_epoch_shows_as_a_dot(epochs: int, marker: str, drawn: list[Figure], tmp_path: Path) -> None:
    curves.draw(history(epochs), tmp_path / "curves.png")
    for axes in drawn[0].axes:
        assert [line.get_marker() for line in axes.lines[:2]] == [marker] * 2
