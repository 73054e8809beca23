"""A model card states the robustness of its engine, once."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from fervid.evaluation.card import UNTESTED
from fervid.evaluation.robustness import Curve, Robustness, Score
from fervid.evaluation.robustness_card import SIMULATED, with_robustness


def robustness(worst: float) -> Robustness:
    names = ("blur", "noise", "shift", "rotation")
    curves = [
        Curve(name, "%", (1, 2), (Score(0.7, 0.02), Score(worst + 0.1 * step, 0.04))) for step, name in enumerate(names)
    ]
    return Robustness(3573, Score(0.7134, 0.019), tuple(curves))


def test_the_figures_stand_beside_the_accuracy_and_in_a_section(root: Path) -> None:
    card = (root / "engines" / "compact-ferplus" / "README.md").read_text(encoding="utf-8")
    text = with_robustness(card, robustness(0.1), "private_test")
    lines = text.splitlines()
    row = next(line for line in lines if line.startswith("| accuracy, degraded faces of private_test |"))
    assert lines[lines.index(row) - 1].startswith("| accuracy, private_test |")
    assert (
        "47.50%, the mean over 4 degradations in five strengths each; lowest under blur (40.0%), noise (45.0%)" in row
    )
    assert "| noise | 1, 2 (%) | 70.0, 20.0 | 45.0% | 0.030 |" in lines
    assert lines.index("## Robustness, private_test") < lines.index("## Intended use")


def test_the_limits_no_longer_deny_what_was_simulated(root: Path) -> None:
    card = (root / "engines" / "compact-ferplus" / "README.md").read_text(encoding="utf-8")
    text = with_robustness(card, robustness(0.1), "private_test")
    assert UNTESTED in card
    assert UNTESTED not in text
    assert SIMULATED in text


def test_newer_figures_replace_older_ones(root: Path) -> None:
    card = (root / "engines" / "compact-ferplus" / "README.md").read_text(encoding="utf-8")
    once = with_robustness(card, robustness(0.1), "private_test")
    assert with_robustness(once, robustness(0.1), "private_test") == once
    assert with_robustness(once, robustness(0.3), "private_test") == with_robustness(
        card, robustness(0.3), "private_test"
    )


def test_the_shipped_cards_state_the_figures_that_are_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(root / "training"))
    script = runpy.run_path(str(root / "training" / "make_cards.py"))
    for card, text in script["cards"]():
        assert card.read_text(encoding="utf-8") == text, "run python training/make_cards.py"
