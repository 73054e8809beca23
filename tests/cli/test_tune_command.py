"""``fervid tune``: from a recipe to a better one, with an interruption in between."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fervid.cli import run
from fervid.cli.tune import tune
from fervid.core.packages import pip_install
from fervid.training import SAMPLERS
from fervid.training.recipe import Recipe

RECIPE = """\
network = "fcnn"
epochs = 2
batch = 32

[tune]
rate = { low = 0.001, high = 0.1, log = true }
batch = { choices = [16, 32] }
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(RECIPE)
    return path


def test_a_line_for_each_trial_and_the_best_recipe(
    recipe: Path, archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["tune", str(recipe), "--data", str(archives), "--sampler", "random", "--threads", "1"]
    assert run([*command, "--trials", "2", "--set", "augmentation.mirror=0.5"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "2 trials by random over rate, batch" in said.err
    assert "trial   1/2  rate 0.05, batch 32  " in said.err
    assert "trial   2/2  rate 0.0" in said.err
    assert "0 s left" in said.err
    written = Path("runs", "mine-tuning", "mine-tuned.toml")
    assert f"train with it: fervid train {written} --data" in said.err
    assert "Optuna" not in said.err
    assert Recipe.load(written).augmentation.mirror == 0.5

    assert run([*command, "--trials", "3", "--set", "augmentation.mirror=0.5", "--resume"]) == 0
    said = capsys.readouterr()
    assert "trial   3/3" in said.err
    assert "trial   2/" not in said.err


@pytest.mark.skipif(sys.platform == "win32", reason="no signals for a child there")
def test_sigterm_and_going_on(recipe: Path, archives: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "fervid", "tune", recipe, "--data", archives, "-o", out]
    with subprocess.Popen([*command, "--trials", "900"], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("trial   2/900"):
                process.send_signal(signal.SIGTERM)
                break
        rest = process.stderr.read()
    assert process.returncode == 143
    assert "continue with the same command and --resume" in rest
    assert "Traceback" not in rest
    assert sorted(path.name for path in out.iterdir()) == [
        "mine-tuned.toml",
        "study.sqlite",
        "trials.csv",
        "trials.png",
    ]
    done = len((out / "trials.csv").read_text().splitlines()) - 1
    assert done >= 2
    assert (
        run(["tune", str(recipe), "--data", str(archives), "-o", str(out), "--trials", str(done + 1), "--resume"]) == 0
    )
    assert len((out / "trials.csv").read_text().splitlines()) - 1 == done + 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere.toml", "--data", "{archives}"], 1, "'nowhere.toml' cannot be read"),
        (["{recipe}", "--data", "nowhere"], 1, "nowhere"),
        (["{recipe}"], 2, "--data"),
        (["{recipe}", "--data", "{archives}", "--sampler", "grid"], 2, "'grid' is not one of 'tpe', 'random'"),
        (["{recipe}", "--data", "{archives}", "--resume", "--overwrite"], 2, "give one of them"),
        (["{recipe}", "--data", "{archives}", "-o", "{out}", "--resume"], 1, "there is no study to resume"),
        (["{recipe}", "--data", "{archives}", "--set", "epochs"], 2, "--set epochs has no value"),
        (["{recipe}", "--data", "{archives}", "--set", "epoch=3"], 1, "unknown key epoch; did you mean epochs?"),
    ],
)
def test_one_line_for_each_mistake(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    places = {"out": request.getfixturevalue("tmp_path") / "out"}
    places |= {name: request.getfixturevalue(name) for name in ("recipe", "archives")}
    assert run(["tune", *(argument.format(**places) for argument in arguments), "--quiet"]) == code
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_without_optuna(
    recipe: Path, archives: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("fervid.training.tune")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert run(["tune", str(recipe), "--data", str(archives), "--quiet"]) == 1
    assert pip_install("fervid[tune]") in capsys.readouterr().err


def test_every_sampler_can_be_chosen() -> None:
    (option,) = (option for option in tune.params if option.name == "sampler")
    assert tuple(option.type.choices) == SAMPLERS
