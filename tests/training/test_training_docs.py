"""The document names every key of a recipe with what holds for it, every option, and an example that runs."""

from __future__ import annotations

import dataclasses
import re
import shlex
from pathlib import Path

import click
import pytest

from fervid.cli import cli
from fervid.cli.train import train
from fervid.data.dataset import LABELS
from fervid.training import fine_tune
from fervid.training.recipe import BALANCES, OPTIMIZERS, SCHEDULES, Augmentation, Auxiliary, Distillation, Recipe

TABLES = {"": Recipe, "auxiliary": Auxiliary, "augmentation": Augmentation, "distillation": Distillation}

FIELDS = [
    (name, field)
    for name, table in TABLES.items()
    for field in dataclasses.fields(table)
    if field.name not in ("name", *TABLES)
]


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "training.md").read_text(encoding="utf-8")


def row(text: str, name: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))


@pytest.mark.parametrize(("table", "field"), FIELDS, ids=[f"{table}.{field.name}" for table, field in FIELDS])
def test_every_key_has_a_row_with_what_holds_for_it(table: str, field: dataclasses.Field[object], text: str) -> None:
    _, _, below = text.partition(f"The table `[{table}]`" if table else "## Recipes")
    cells = row(below, field.name).split("|")
    if "bounds" in field.metadata:
        low, high = field.metadata["bounds"]
        assert f"{low} to {high:,}" in cells[2] or f"{low} to {high}" in cells[2]
    if "choices" in field.metadata and field.name != "network":
        assert re.findall(r"`([\w-]+)`", cells[2]) == list(field.metadata["choices"])
    if field.default is not dataclasses.MISSING and field.default and len(cells) == 6:
        default = f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
        assert cells[3].strip().strip("`") == default


def test_every_schedule_is_explained(text: str) -> None:
    for name in (*SCHEDULES, *LABELS, *OPTIMIZERS, *BALANCES):
        assert f"`{name}`" in text
    for name in SCHEDULES:
        assert row(text, name)


def test_every_option_is_explained(text: str) -> None:
    for option in train.params:
        if isinstance(option, click.Option) and option.name != "verbose":
            assert any(f"| `{name}" in text for name in option.opts), option.opts


def test_the_commands_have_no_unknown_option(text: str) -> None:
    lines = re.findall(r"^ {4,}(?:torchrun.*-m )?fervid train (.*)$", text, flags=re.MULTILINE)
    assert len(lines) >= 4
    for line in lines:
        train.make_context("train", shlex.split(line), parent=cli.make_context("fervid", [], resilient_parsing=True))


def test_the_recipe_of_a_fine_tuning_is_told_as_it_is(text: str) -> None:
    assert f"for {fine_tune.RECIPE['epochs']} epochs at a low learning rate ({fine_tune.RECIPE['rate']})" in text


def test_the_example_runs(
    text: str, archives: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = re.search(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert found is not None
    code = (
        found[1]
        .replace("fer2013.csv", str(archives))
        .replace("training/emotionnet-labels.toml", str(tmp_path / "m.toml"))
    )
    small = (
        (root / "training" / "emotionnet-labels.toml").read_text(encoding="utf-8").replace("batch = 128", "batch = 32")
    )
    (tmp_path / "m.toml").write_text(small, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fervid.evaluation.engine_folder.write_onnx", lambda _: None)
    exec(compile(code, "docs/training.md", "exec"), {})
    assert (tmp_path / "runs" / "short" / "engine" / "manifest.json").exists()
