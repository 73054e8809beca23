"""``fervid train``: from a recipe to an engine that loads, with Ctrl-C in between."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fervid import engines
from fervid.cli import run
from fervid.data.dataset import DataSet

RECIPE = 'network = "emotionnet"\nepochs = {epochs}\nbatch = 32\n[augmentation]\nmirror = 0.5\n'


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(RECIPE.format(epochs=2))
    return path


def test_what_it_writes(
    recipe: Path, archives: Path, small: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["train", str(recipe), "--data", str(archives), "-o", str(out), "--threads", "1"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "epoch   2/2" in said.err
    assert "is the best: public_test" in said.err

    files = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert files == [
        "checkpoint.safetensors",
        *(f"engine/{name}" for name in ("README.md", "manifest.json", "weights.safetensors")),
        *(f"results/{name}" for name in ("confusion.png", "curves.png", "metrics.csv", "metrics.json")),
    ]
    with engines.load(out / "engine", "cpu") as engine:
        manifest = engine.manifest
        right = engine.classify(small.private_test.images).argmax(1) == small.private_test.labels
    figures = json.loads((out / "results" / "metrics.json").read_text())
    assert manifest.accuracy["private_test"] == figures["private_test"]["accuracy"]
    assert manifest.accuracy["private_test"] == pytest.approx(right.mean(), abs=1 / 32)
    assert figures["private_test"]["accuracy_lower_bound"] == pytest.approx(
        figures["private_test"]["accuracy"] * 32 / 3589, abs=1e-6
    )
    assert np.array(figures["private_test"]["confusion"]).sum() == 32
    with (out / "results" / "metrics.csv").open(newline="") as file:
        assert [row["number"] for row in csv.DictReader(file)] == ["1", "2"]
    card = (out / "engine" / "README.md").read_text()
    for words in ("Intended use", "Limits", "licence", manifest.sha256, "64 faces"):
        assert words in card


def test_an_earlier_run_is_kept_unless_told(
    recipe: Path, archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", str(recipe), "--data", str(archives), "-o", str(tmp_path / "out"), "--epochs", "1", "--quiet"]
    assert run(command) == 0
    before = (tmp_path / "out" / "checkpoint.safetensors").read_bytes()
    assert run(command) == 1
    assert "--resume, or begin anew with --overwrite" in capsys.readouterr().err
    assert (tmp_path / "out" / "checkpoint.safetensors").read_bytes() == before
    assert run([*command, "--seed", "5", "--overwrite"]) == 0
    assert (tmp_path / "out" / "checkpoint.safetensors").read_bytes() != before
    assert run([*command, "--resume"]) == 1
    assert "was made by a recipe other than mine" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child there")
def test_ctrl_c_and_going_on(archives: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "long.toml"
    recipe.write_text(RECIPE.format(epochs=4))
    command = [sys.executable, "-m", "fervid", "train", recipe, "--data", archives, "-o", tmp_path / "out"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch   1/4"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "--resume goes on from there" in rest
    assert "Traceback" not in rest
    assert not (tmp_path / "out" / "engine").exists()

    resumed = subprocess.run(
        [*command, "--resume"], check=False, capture_output=True, text=True, env=environment, timeout=100
    )
    assert resumed.returncode == 0, resumed.stderr
    assert "epoch   1/4" not in resumed.stderr
    assert "epoch   4/4" in resumed.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere.toml", "--data", "{archives}"], 1, "nowhere.toml cannot be read"),
        (["{recipe}", "--data", "nowhere"], 1, "nowhere does not exist"),
        (["{recipe}"], 2, "--data"),
        (["{recipe}", "--data", "{archives}", "--resume", "--overwrite"], 2, "give one of them"),
        (["{recipe}", "--data", "{archives}", "-o", "{out}", "--resume"], 1, "cannot be read, so there is nothing"),
        (["{recipe}", "--data", "{archives}", "-o", "{recipe}"], 1, "cannot be made"),
    ],
)
def test_one_line_for_each_mistake(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    places = {"out": request.getfixturevalue("tmp_path") / "out"}
    places |= {name: request.getfixturevalue(name) for name in ("recipe", "archives")}
    assert run(["train", *(argument.format(**places) for argument in arguments), "--quiet"]) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_kaggles_table_trains_too(recipe: Path, small: DataSet, tmp_path: Path) -> None:
    lines = ["emotion,pixels,Usage"]
    parts = {"Training": small.training, "PublicTest": small.public_test, "PrivateTest": small.private_test}
    for usage, split in parts.items():
        for image, label in zip(split.images, split.labels, strict=True):
            lines.append(f"{label},{' '.join(map(str, image.ravel()))},{usage}")
    (tmp_path / "fer2013.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out"
    assert run(["train", str(recipe), "--data", str(tmp_path / "fer2013.csv"), "-o", str(out), "--quiet"]) == 0
    assert (out / "engine" / "manifest.json").exists()


def test_without_matplotlib(
    recipe: Path, archives: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run(["train", str(recipe), "--data", str(archives), "--quiet"]) == 1
    assert "pip install 'fervid[train]'" in capsys.readouterr().err
