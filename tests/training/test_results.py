"""The results in training/ belong to the recipes beside them, and the table tells them."""

from __future__ import annotations

import runpy
from pathlib import Path


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
