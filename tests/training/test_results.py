"""The results in training/ belong to the recipes beside them, and the table and the picture show them."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from matplotlib.text import Text
from PIL import Image

from fervid import engines
from fervid.core import figures
from fervid.engines.manifest import Manifest
from fervid.training.recipe import Recipe


@pytest.fixture
def scripts(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the scripts, which import each other."""
    monkeypatch.syspath_prepend(str(root / "training"))
    return root / "training"


def test_the_tables_are_what_the_results_say(scripts: Path) -> None:
    script = runpy.run_path(str(scripts / "make_table.py"))
    for path, text in script["documents"]().items():
        assert path.read_text(encoding="utf-8") == text, "run python training/make_table.py"
    assert script["table"]() in (scripts / "README.md").read_text(encoding="utf-8")


def test_the_documents_hold_the_figures_on_ck_plus(scripts: Path) -> None:
    figures = json.loads((scripts / "ck_plus.json").read_text(encoding="utf-8"))["engines"][engines.DEFAULT_ENGINE]
    texts = [(scripts.parent / name).read_text(encoding="utf-8") for name in ("docs/accuracy.md", "training/README.md")]
    texts.append((engines.resolve("auto") / "README.md").read_text(encoding="utf-8").replace("%", " %"))
    for text, framing in itertools.product(texts, ("video", "archive")):
        assert f"{figures[framing]['restricted']:.1%}".replace("%", " %") in text


def test_the_comparison_marks_the_best_figure_of_each_row(scripts: Path) -> None:
    script = runpy.run_path(str(scripts / "shipped_engines.py"))
    one, *_ = script["shipped_engines"]()
    names = ("slow", "fast")
    pair = [
        dataclasses.replace(one, manifest=dataclasses.replace(one.manifest, name=name), ms=ms, degraded=degraded)
        for name, ms, degraded in zip(names, (3.7, 0.6), (0.6, None), strict=True)
    ]
    header, _, *rows = script["comparison"](pair).splitlines()
    assert header == "| | `slow` | `fast` |"
    assert next(row for row in rows if row.startswith("| ms a face")).endswith("| 3.70 | **0.60** |")
    assert next(row for row in rows if row.startswith("| degraded faces")).endswith("| **60.0%** |  |")


@pytest.mark.parametrize("file", ["ck_plus.json", "clips.json"])
def test_figures_of_other_weights_are_refused_with_the_command(
    file: str, scripts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new engine, or one trained again, has no figures until they are measured."""
    script = runpy.run_path(str(scripts / "shipped_engines.py"))
    manifest = dataclasses.replace(Manifest.load(engines.resolve("emotionnet")), sha256="0" * 64)
    monkeypatch.setattr(Manifest, "load", lambda _: manifest)
    monkeypatch.setitem(script, "HERE", scripts)
    with pytest.raises(SystemExit, match=rf"{re.escape(file)} lacks emotionnet .*; run python benchmarks/\w+\.py"):
        script["_of_these_weights"](file, manifest)


def test_the_picture_shows_the_figures_of_the_table(scripts: Path) -> None:
    with (scripts / "accuracy_and_speed.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = runpy.run_path(str(scripts / "make_table.py"))["table"]().splitlines()
    table = {line.split("]")[0][3:]: line for line in lines if line.startswith("| [")}
    assert [row["recipe"] for row in rows] == list(table)
    for row in rows:
        assert f"**{100 * float(row['private_test']):.2f} %**" in table[row["recipe"]]


def test_the_picture_is_drawn_from_the_results_and_the_measured_speed(scripts: Path) -> None:
    script = runpy.run_path(str(scripts / "make_picture.py"))
    speed = json.loads((scripts / "speed.json").read_text(encoding="utf-8"))
    expected = script["table"](script["points"](speed))
    written = (scripts / "accuracy_and_speed.csv").read_text(encoding="utf-8")
    assert written == expected, "run python training/make_picture.py"
    with Image.open(scripts / "accuracy_and_speed.png") as picture:
        assert picture.text["Description"] == expected, "run python training/make_picture.py"  # type: ignore[attr-defined]


def test_labels_of_crowded_points_do_not_overlap(scripts: Path) -> None:
    script = runpy.run_path(str(scripts / "picture_labels.py"))
    figure = figures.new_figure(9, 6)
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    places = [(5 + 0.2 * (at % 3), 5 + 0.15 * at) for at in range(9)]
    script["place"](axes, [script["Label"](f"a network {x:.1f}", x, y, 6, {}) for x, y in places], [], [])
    figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in axes.texts]  # without the line to the point
    assert len(boxes) == 9
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_a_result_whose_speed_was_not_measured_is_named_with_the_command(scripts: Path) -> None:
    points = runpy.run_path(str(scripts / "make_picture.py"))["points"]
    with pytest.raises(SystemExit, match=r"speed\.json lacks .*; run python benchmarks/networks\.py --results"):
        points({"networks": []})


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
