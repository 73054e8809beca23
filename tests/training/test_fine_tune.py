"""A trained engine goes on learning from a user's own pictures, of any size, grey or colour."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from fervid import engines
from fervid.cli import run
from fervid.core.emotions import CK_PLUS
from fervid.engines import resolve
from fervid.engines.backends.pytorch import read_network
from fervid.engines.manifest import MANIFEST, Manifest
from fervid.errors import EngineError, RecipeError
from fervid.training import fine_tune
from fervid.training.checkpoint import Checkpoint
from fervid.training.fine_tune import fitting_batch

CLASSES = ("happy", "surprise", "contempt")
EACH = 12


@pytest.fixture(scope="module")
def pictures(ck48: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Faces as somebody's own: a folder for each emotion, of several sizes, every second one in colour."""
    folder = tmp_path_factory.mktemp("own") / "my_pictures"
    with np.load(ck48) as arrays:
        images, labels = arrays["images"], arrays["label"]
    for name, own in zip(CLASSES, ("Happiness", "surprise", "contempt"), strict=True):
        (folder / own).mkdir(parents=True)
        for number, face in enumerate(images[labels == CK_PLUS.index(name)][:EACH]):
            large = cv2.resize(face, (80 + 30 * number, 90 + 20 * number), interpolation=cv2.INTER_CUBIC)
            picture = cv2.applyColorMap(large, cv2.COLORMAP_PINK) if number % 2 else large
            assert cv2.imwrite(str(folder / own / f"{number}.png"), picture)
    return folder


@pytest.fixture(autouse=True)
def without_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes seconds, and has tests of its own."""
    monkeypatch.setattr("fervid.evaluation.engine_folder.write_onnx", lambda _: None)


def test_from_folders_to_an_engine(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    command = ["train", "--fine-tune", "emotionnet", "--data", str(pictures), "-o", str(out), "--threads", "1"]
    assert run([*command, "--set", "epochs=8"]) == 0
    said = capsys.readouterr().err
    assert "my_pictures: 24 training and 6 validation faces; classes happy, surprise, contempt" in said
    assert "using a batch of 2 instead of 32, because there are few faces" in said
    with engines.load(out / "engine", "cpu") as engine:
        assert engine.manifest.name == "emotionnet-fine-tuned"
        assert engine.manifest.classes == CLASSES
        assert engine.manifest.input == Manifest.load(resolve("emotionnet")).input
        assert engine.manifest.data_set == "my_pictures"
    figures = json.loads((out / "results" / "metrics.json").read_text())
    assert figures["public_test"]["accuracy"] > 0.6, "it tells these three well above chance"
    assert run([*command, "--set", "epochs=8", "--resume"]) == 0, "and has nothing left to do"


def test_the_head_alone(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["train", "--fine-tune", "emotionnet", "--data", str(pictures), "-o", str(out), "--threads", "1", "-q"]
    assert run([*command, "--set", "epochs=1", "--set", "frozen=true"]) == 0
    before = read_network(resolve("emotionnet"))[1].state_dict()
    after = read_network(out / "engine")[1].state_dict()
    assert torch.equal(after["features.0.weight"], before["features.0.weight"])
    assert not torch.equal(after["head.1.weight"], before["head.1.weight"])


def test_an_engine_of_the_users_own_goes_on_too(pictures: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    options = ["--data", str(pictures), "--set", "epochs=1", "--threads", "1", "-q"]
    assert run(["train", "--fine-tune", "emotionnet", *options, "-o", str(first)]) == 0
    assert run(["train", "--fine-tune", str(first / "engine"), *options, "-o", str(second)]) == 0
    assert Manifest.load(second / "engine").name == "emotionnet-fine-tuned-fine-tuned"


def test_a_recipe_says_all_that_the_engine_does_not(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('network = "fcnn"\nepochs = 3\nbatch = 64\nmean = 0.1\n')
    recipe = fine_tune.recipe("emotionnet", {"rate": 0.5}, path)
    spec = Manifest.load(resolve("emotionnet")).input
    assert (recipe.name, recipe.epochs, recipe.batch, recipe.rate) == ("mine", 3, 64, 0.5)
    assert (recipe.network, recipe.start, recipe.mean, recipe.std) == (
        "emotionnet",
        "emotionnet",
        *spec.mean,
        *spec.std,
    )


def test_what_is_set_comes_before_everything() -> None:
    recipe = fine_tune.recipe("emotionnet", {"epochs": 2, "augmentation.mirror": 0.0})
    assert (recipe.epochs, recipe.augmentation.mirror, recipe.augmentation.rotation) == (2, 0.0, 10.0)
    with pytest.raises(RecipeError, match="with --set lables has the unknown key lables; did you mean labels"):
        fine_tune.recipe("emotionnet", {"lables": "class"})


def test_an_engine_that_is_not_there() -> None:
    with pytest.raises(EngineError, match="there is no engine 'emotionet'; did you mean emotionnet"):
        fine_tune.recipe("emotionet", {})


def test_an_engine_that_normalises_each_colour_in_its_own_way(tmp_path: Path) -> None:
    manifest = Manifest.load(resolve("emotionnet"))
    spec = dataclasses.replace(manifest.input, colour="rgb", mean=(0.4, 0.5, 0.6), std=(0.2, 0.2, 0.2))
    (tmp_path / MANIFEST).write_text(dataclasses.replace(manifest, input=spec).dump())
    with pytest.raises(RecipeError, match="normalises each colour channel differently"):
        fine_tune.recipe(str(tmp_path), {})


@pytest.mark.parametrize(
    ("faces", "batch"), [(3, 2), (16, 2), (24, 2), (32, 4), (100, 8), (255, 16), (256, 32), (9999, 32)]
)
def test_the_batch_leaves_a_few_steps_an_epoch(faces: int, batch: int) -> None:
    assert fitting_batch(32, faces) == batch


def test_neither_recipe_nor_engine(archives: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--data", str(archives)]) == 2
    assert "give RECIPE, or --fine-tune ENGINE" in capsys.readouterr().err


def test_a_picture_that_does_not_decode(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = pictures / "contempt" / "bad.png"
    bad.write_bytes(b"no picture")
    options = ["--data", str(pictures), "-o", str(tmp_path / "out"), "--set", "epochs=1", "--threads", "1"]
    try:
        assert run(["train", "--fine-tune", "emotionnet", *options]) == 1
        assert "bad.png" in capsys.readouterr().err
        assert run(["train", "--fine-tune", "emotionnet", *options, "--skip-bad"]) == 0
        assert "skipped contempt/bad.png: " in capsys.readouterr().err
    finally:
        bad.unlink()
    kept = Checkpoint.load(
        tmp_path / "out" / "checkpoint.safetensors", fine_tune.recipe("emotionnet", {"epochs": 1, "batch": 2})
    )
    assert kept.classes == CLASSES
