"""``fervid train``: from a recipe to an engine that loads, with Ctrl-C in between."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from fervid import data, engines
from fervid.cli import run
from fervid.core.emotions import CK_PLUS
from fervid.core.packages import pip_install
from fervid.data.dataset import DataSet
from fervid.engines.manifest import Manifest
from fervid.training.checkpoint import Checkpoint
from fervid.training.loop import train
from fervid.training.recipe import Recipe
from samples.data_formats import write_table
from samples.labelled_faces import LabelledFaces

TEACHER = 'distillation.teachers=["emotionnet"]'
RECIPE = 'network = "emotionnet"\nepochs = {epochs}\nbatch = 32\n[augmentation]\nmirror = 0.5\n'


@pytest.fixture
def without_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes seconds, and has tests of its own."""
    monkeypatch.setattr("fervid.evaluation.engine_folder.write_onnx", lambda _: None)


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
    assert "best epoch: " in said.err

    files = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert files == [
        "checkpoint.safetensors",
        *(f"engine/{name}" for name in ("README.md", "manifest.json", "model.onnx", "weights.safetensors")),
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


@pytest.mark.usefixtures("without_onnx")
def test_an_earlier_run_is_kept_unless_told(
    recipe: Path, archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data", str(archives), "-o", str(tmp_path / "out"), "--set", "epochs=1", "--quiet"]
    command = ["train", str(recipe), *options]
    assert run(command) == 0
    before = (tmp_path / "out" / "checkpoint.safetensors").read_bytes()
    assert run(command) == 1
    assert "--resume, or start again with --overwrite" in capsys.readouterr().err
    assert (tmp_path / "out" / "checkpoint.safetensors").read_bytes() == before
    assert run([*command, "--set", "seed=5", "--overwrite"]) == 0
    assert (tmp_path / "out" / "checkpoint.safetensors").read_bytes() != before
    assert run([*command, "--resume"]) == 1
    assert "belongs to another version of the recipe mine" in capsys.readouterr().err
    (tmp_path / "out" / "checkpoint.safetensors").unlink()  # to save space
    assert run(command) == 1
    assert "manifest.json' exists already; choose another -o, or replace it" in capsys.readouterr().err


def test_a_run_that_cannot_begin_leaves_the_earlier_one(
    recipe: Path, archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint = tmp_path / "out" / "checkpoint.safetensors"
    checkpoint.parent.mkdir()
    checkpoint.write_text("earlier")
    command = ["train", str(recipe), "--data", str(archives), "-o", str(tmp_path / "out"), "--overwrite"]
    assert run([*command, "--set", "batch=4096"]) == 1
    assert "64 training faces cannot fill a batch of 4096" in capsys.readouterr().err
    assert checkpoint.read_text() == "earlier"


def test_an_earlier_run_that_cannot_be_removed(
    recipe: Path, archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "checkpoint.safetensors").mkdir(parents=True)
    assert run(["train", str(recipe), "--data", str(archives), "-o", str(tmp_path / "out"), "--overwrite"]) == 1
    assert "checkpoint.safetensors' cannot be removed" in capsys.readouterr().err


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe with many small batches, so that a signal strikes amid an epoch."""
    path = tmp_path_factory.mktemp("long") / "long.toml"
    path.write_text(RECIPE.format(epochs=4).replace("emotionnet", "simple-conv").replace("batch = 32", "batch = 2"))
    return path


@pytest.fixture(scope="module")
def unbroken(long: Path, archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """What that recipe comes to when nothing stops it."""
    path = tmp_path_factory.mktemp("unbroken") / "run.safetensors"
    recipe = Recipe.load(long)
    with one_thread():
        *_, checkpoint = train(recipe, data.read(archives), path, device=torch.device("cpu"))
    return checkpoint


@contextmanager
def one_thread() -> Iterator[None]:
    """As in a run with ``--threads 1``."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.skipif(sys.platform == "win32", reason="a child cannot be asked to stop there")
@pytest.mark.usefixtures("without_onnx")
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(
    long: Path, archives: Path, unbroken: Checkpoint, tmp_path: Path, number: signal.Signals, code: int, word: str
) -> None:
    options = ["train", str(long), "--data", str(archives), "-o", str(tmp_path / "out"), "--threads", "1"]
    with subprocess.Popen([sys.executable, "-m", "fervid", *options], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch   1/4"):
                process.send_signal(number)
                break
        rest = process.stderr.read()
    assert process.returncode == code
    assert rest.splitlines()[-1] == f"fervid: {word}"
    assert "continue it with the same command and --resume" in rest
    assert "Traceback" not in rest
    assert not (tmp_path / "out" / "engine").exists()

    with one_thread():
        assert run([*options, "--resume", "--quiet"]) == 0
    resumed = Checkpoint.load(tmp_path / "out" / "checkpoint.safetensors", Recipe.load(long))
    for group, tensors in unbroken.tensors.items():
        assert all(torch.equal(resumed.tensors[group][name], tensor) for name, tensor in tensors.items()), group
    assert [epoch.loss for epoch in resumed.history] == [epoch.loss for epoch in unbroken.history]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere.toml", "--data", "{archives}"], 1, "'nowhere.toml' cannot be read"),
        (["{recipe}", "--data", "nowhere"], 1, "'nowhere' does not exist"),
        (["{recipe}"], 2, "--data"),
        (["{recipe}", "--data", "{archives}", "--resume", "--overwrite"], 2, "give one of them"),
        (["{recipe}", "--data", "{archives}", "-o", "{out}", "--resume"], 1, "there is no checkpoint to resume"),
        (["{recipe}", "--data", "{archives}", "-o", "{recipe}"], 1, "cannot be created"),
        (["{recipe}", "--data", "{archives}", "--set", "epochs"], 2, "--set epochs has no value"),
        (["{recipe}", "--data", "{archives}", "--set", "epoch=3"], 1, "--set epoch has the unknown key epoch; did you"),
        (["{recipe}", "--data", "{archives}", "--set", "batch=65"], 1, "64 training faces cannot fill a batch of 65"),
        (["{recipe}", "--data", "{archives}", "--set", "start=emotionet"], 1, "did you mean emotionnet"),
        (["{recipe}", "--data", "{archives}", "--set", "network=fcnn", "--set", "start=emotionnet"], 1, "not fcnn"),
        (
            ["{recipe}", "--data", "{archives}", "--set", "labels=majority", "--set", TEACHER],
            1,
            "the teacher emotionnet does not know contempt",
        ),
        (["{recipe}", "--data", "{archives}", "--drop", "{recipe}"], 1, "mine.toml"),
    ],
)
def test_one_line_for_each_mistake(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    places = {"out": tmp_path / "out"}
    places |= {name: request.getfixturevalue(name) for name in ("recipe", "archives")}
    assert run(["train", *(argument.format(**places) for argument in arguments), "--quiet"]) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert list(here.iterdir()) == []
    assert not places["out"].exists()


@pytest.mark.usefixtures("without_onnx")
def test_kaggles_table_trains_too(recipe: Path, drawn_faces: LabelledFaces, tmp_path: Path) -> None:
    write_table(drawn_faces, tmp_path)
    out = tmp_path / "out"
    assert run(["train", str(recipe), "--data", str(tmp_path / "fer2013.csv"), "-o", str(out), "--quiet"]) == 0
    assert (out / "engine" / "manifest.json").exists()


def test_without_matplotlib(
    recipe: Path, archives: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert run(["train", str(recipe), "--data", str(archives), "--quiet"]) == 1
    assert pip_install("fervid[train]") in capsys.readouterr().err


@pytest.mark.usefixtures("without_onnx")
def test_ck_trains_too_without_the_faces_of_a_list(recipe: Path, ck48: Path, tmp_path: Path) -> None:
    whole = data.read(ck48)
    names = data.read_faces(ck48).names[:9]
    rows = "".join(f",{name},happy,duplicate,\n" for name in names)
    (tmp_path / "drops.csv").write_text(f"split,face,label,reason,detail\n{rows}")
    out = tmp_path / "out"
    options = ["--data", str(ck48), "--drop", str(tmp_path / "drops.csv"), "-o", str(out), "--quiet"]
    assert run(["train", str(recipe), *options, "--set", "epochs=1"]) == 0
    assert Manifest.load(out / "engine").classes == CK_PLUS
    figures = json.loads((out / "results" / "metrics.json").read_text())
    faces = figures["training_faces"] + figures["public_test"]["faces"] + figures["private_test"]["faces"]
    assert faces == len(whole.training) + len(whole.public_test) + len(whole.private_test) - 9


@pytest.mark.usefixtures("without_onnx")
def test_what_tensorboard_shows(recipe: Path, archives: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["train", str(recipe), "--data", str(archives), "-o", str(out), "--tensorboard", "--quiet"]) == 0
    assert len(list((out / "tensorboard").iterdir())) == 1
