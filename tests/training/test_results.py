"""The results in training/ belong to the recipes beside them, and the table tells them."""

from __future__ import annotations

import dataclasses
import json
import runpy
from pathlib import Path
from typing import Any

from fervid.training.recipe import Recipe


def test_the_table_is_what_the_results_say(root: Path) -> None:
    script = runpy.run_path(str(root / "training" / "make_table.py"))
    text = (root / "training" / "README.md").read_text(encoding="utf-8")
    assert script["table"]() in text, "run python training/make_table.py"


def test_every_result_has_its_recipe(root: Path) -> None:
    folders = sorted(path.parent for path in (root / "training").glob("*/metrics.json"))
    assert folders
    for folder in folders:
        assert folder.with_suffix(".toml").exists(), folder.name
        for name in ("metrics.csv", "curves.png", "confusion.png"):
            assert (folder / name).exists(), f"{folder.name}/{name}"


def test_a_recipe_is_still_what_its_result_came_from(root: Path) -> None:
    """But for keys that came later, whose defaults are what was done before."""
    for metrics in (root / "training").glob("*/metrics.json"):
        written = json.loads(metrics.read_text(encoding="utf-8"))["recipe"]
        recipe = dataclasses.asdict(Recipe.load(metrics.parent.with_suffix(".toml")))
        assert same_where_both_say(written, json.loads(json.dumps(recipe))), metrics.parent.name


def same_where_both_say(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same_where_both_say(one[key], other[key]) for key in one.keys() & other.keys())
    return bool(one == other)
