"""``fervid engines`` as a user calls it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from fervid import engines
from fervid.cli import run
from fervid.engines import backends, build_cache
from fervid.engines.backends import Plan
from fervid.engines.build import build
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest

FOLDER = engines.resolve("emotionnet")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an engine compiled for OpenVINO."""
    folder = tmp_path_factory.mktemp("built") / "emotionnet-openvino-fp32-0123456789abcdef"
    return build(FOLDER, backends.get("openvino"), Plan(precision="fp32"), folder).folder


@pytest.fixture
def desk(tmp_path: Path, built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the user's own engine in runs/, next to a build cache with one build."""
    here = tmp_path / "here"
    shutil.copytree(built, tmp_path / "cache" / built.name)
    own = here / "runs" / "mine" / "engine"
    shutil.copytree(FOLDER, own)
    own.joinpath(MANIFEST).write_text(dataclasses.replace(Manifest.load(FOLDER), accuracy={}).dump())
    monkeypatch.chdir(here)
    monkeypatch.setenv(build_cache.FOLDER, str(tmp_path / "cache"))
    return here


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, object]]:
    """Return the entries of ``--json`` by kind and name."""
    assert run(["engines", "--json", *arguments]) == 0
    return {f"{entry['kind']} {entry['name']}": entry for entry in json.loads(capsys.readouterr().out)}


def test_the_table(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["engines"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    header, *rows, last = said.out.splitlines()
    assert header.split() == ["engine", "kind", "network", "classes", "accuracy", "on", "runs", "on", "size"]
    cells = {tuple(row.split()[:2]): row.split()[2:] for row in rows}
    accuracy = f"{Manifest.load(FOLDER).accuracy['private_test']:.1%}"
    assert cells["emotionnet", "shipped"][:4] == ["emotionnet", "7", accuracy, "FER2013"]
    assert cells["compact-ferplus", "shipped"][3] == "FER+"
    assert cells["emotionnet", "built"] == ["emotionnet", "7", accuracy, "FER2013", "openvino", "fp32", "9.8", "MB"]
    assert cells["runs/mine/engine", "own"][:3] == ["emotionnet", "7", "openvino,"]
    assert "onnx, pytorch" in next(row for row in rows if row.startswith("runs/mine"))
    assert last == f"compiled engines in {build_cache.root()} use 9.8 MB; remove them with fervid engines --clear"


def test_the_list_as_json(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys)
    assert found.keys() == {
        *(f"shipped {name}" for name in engines.shipped()),
        "built emotionnet",
        "own runs/mine/engine",
    }
    assert found["shipped compact-ferplus"]["classes"] == list(
        Manifest.load(engines.resolve("compact-ferplus")).classes
    )
    entry = found["built emotionnet"]
    assert (entry["backend"], entry["precision"]) == ("openvino", "fp32")
    assert entry["folder"] == str(next(build_cache.root().iterdir()))
    assert not any(entry["damage"] for entry in found.values())


def test_engines_elsewhere(desk: Path, built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Engines in a folder and below it are listed, each once."""
    found = listed(capsys, str(built), str(tmp_path), "runs/mine/engine", str(FOLDER))
    own = [entry["folder"] for entry in found.values() if entry["kind"] == "own"]
    assert own == [str(built), str(tmp_path / "here" / "runs" / "mine" / "engine")]


def test_the_shelf_of_the_repository_is_not_listed_twice(
    root: Path, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    assert not any(name.startswith("own engines") for name in listed(capsys))


def test_damaged_engines_are_listed_with_the_reason(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = desk / "runs" / "mine" / "engine"
    (own / WEIGHTS).write_bytes((own / WEIGHTS).read_bytes()[:-1])
    (kept,) = build_cache.root().iterdir()
    (kept / "model.bin").unlink()
    empty = build_cache.root() / "emotionnet-onnx-fp32-0000000000000000.partial"
    empty.mkdir()
    assert run(["engines"]) == 0
    said = capsys.readouterr().out
    assert f"damaged: '{Path('runs/mine/engine', WEIGHTS)}' does not have the SHA-256 digest in its manifest" in said
    assert f"damaged: '{kept / 'model.bin'}' cannot be read (No such file or directory)" in said
    assert f"damaged: '{empty / MANIFEST}' cannot be read" in said
    found = listed(capsys)
    assert len([entry for entry in found.values() if entry["damage"]]) == 3
    assert found["own runs/mine/engine"]["network"] is None


def test_clearing_removes_builds_and_nothing_else(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder of the cache may hold other files of the user."""
    kept = [build_cache.root() / "photo.jpg", build_cache.root() / "letters-int8" / "a.txt"]
    for path in kept:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    (build_cache.root() / "emotionnet-onnx-fp32-0000000000000000.partial").mkdir()
    (build_cache.root() / "timing-tensorrt-11.4.cache").write_bytes(b"0" * 100_000)
    assert run(["engines", "--clear"]) == 0
    assert capsys.readouterr().out == f"removed 2 builds from {build_cache.root()}, which frees 9.9 MB\n"
    assert sorted(path for path in build_cache.root().rglob("*") if path.is_file()) == sorted(kept)
    assert (desk / "runs" / "mine" / "engine" / WEIGHTS).exists()
    assert run(["engines", "--clear"]) == 0
    assert capsys.readouterr().out == f"removed 0 builds from {build_cache.root()}, which frees 0.0 kB\n"


def test_a_cache_that_does_not_exist_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(build_cache.FOLDER, str(tmp_path / "nowhere"))
    assert run(["engines"]) == 0
    assert "compiled engines in" not in capsys.readouterr().out
    assert run(["engines", "--clear"]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere"], 1, "fervid: 'nowhere' does not exist; give a folder that holds engines\n"),
        (["--clear", "--json"], 2, "fervid: --clear does not list engines; leave out PATH and --json\n"),
        (["--clear", "runs"], 2, "fervid: --clear does not list engines; leave out PATH and --json\n"),
    ],
)
def test_one_line_for_each_mistake(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert run(["engines", *arguments]) == code
    said = capsys.readouterr()
    assert said.err == words
    assert said.out == ""
    assert build_cache.folders()


def test_names_of_folders_are_no_markup_and_steer_no_terminal(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "runs" / "mine").rename(desk / "runs" / "[red]\x1b[31m")
    assert run(["engines"]) == 0
    shown = capsys.readouterr().out
    assert "runs/[red]\\x1b[31m/engine" in shown
    assert "\x1b" not in shown
