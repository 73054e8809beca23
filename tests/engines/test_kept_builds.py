"""The builds that runs keep: made once, by one process, and again when they are damaged."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import nn

from fervid import engines
from fervid.engines import backends, build_cache
from fervid.engines.backends import Plan
from fervid.engines.build import build, keep
from fervid.engines.compiled import COMPILED
from fervid.engines.manifest import MANIFEST, Manifest
from fervid.errors import OutputError

PLAN = Plan(precision="fp32")


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty build cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(build_cache.FOLDER, str(folder))
    return folder


@pytest.fixture
def built(engine_folder: Path, untrained_build: Path, own_cache: Path) -> Path:
    """Return the folder of a build for OpenVINO in that cache."""
    place = build_cache.place(Manifest.load(engine_folder), backends.get("openvino"), PLAN)
    shutil.copytree(untrained_build, place)
    return place


def load(engine_folder: Path) -> None:
    """Load the engine as a run does, which finds or makes the build."""
    with engines.load(engine_folder, "cpu", precision="fp32") as engine:
        assert engine.backend == "openvino"


def rest(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda folder: os.truncate(folder / "model.bin", 100),
    "a flipped bit": lambda folder: flip(folder / "model.bin"),
    "an empty file": lambda folder: os.truncate(folder / "model.xml", 0),
    "a missing file": lambda folder: (folder / "model.xml").unlink(),
    "no description": lambda folder: (folder / COMPILED).unlink(),
    "a description that is not JSON": lambda folder: (folder / COMPILED).write_text("{"),
    "an empty description": lambda folder: (folder / COMPILED).write_text(""),
    "another manifest": lambda folder: (folder / MANIFEST).write_text("{}"),
    "an empty folder": lambda folder: [path.unlink() for path in folder.iterdir()],
    "a folder in place of a file": lambda folder: ((folder / "model.bin").unlink(), (folder / "model.bin").mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_build_is_made_again_once_and_said_in_one_line(
    damage: str, engine_folder: Path, built: Path, caplog: pytest.LogCaptureFixture
) -> None:
    DAMAGES[damage](built)
    with caplog.at_level(logging.INFO, logger="fervid"):
        load(engine_folder)
        load(engine_folder)
    (message,) = caplog.messages
    assert message.startswith(f"'{built}")
    assert message.endswith("; compiling the engine again")
    assert build_cache.damage(built) == ""
    assert rest(built) == [COMPILED, MANIFEST, "model.bin", "model.xml"]
    assert rest(built.parent) == [built.name]


def test_an_intact_build_of_another_plan_takes_the_place_of_a_damaged_one(
    engine_folder: Path, built: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(built, built.with_name("another-fp32"))
    os.truncate(built / "model.bin", 100)
    with caplog.at_level(logging.INFO, logger="fervid"):
        load(engine_folder)
    assert caplog.messages == []


class Fickle:
    """A backend whose file reads differently each time, as on a failing disk."""

    def __init__(self) -> None:
        self.builds = 0

    def __getattr__(self, name: str) -> object:
        return getattr(backends.get("onnx"), name)

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        self.builds += 1
        (folder / "model.onnx").symlink_to("/proc/sys/kernel/random/uuid")
        return ()


@pytest.mark.skipif(not Path("/proc/sys/kernel/random/uuid").exists(), reason="needs Linux")
def test_a_disk_that_damages_every_build_does_not_keep_fervid_building(engine_folder: Path, own_cache: Path) -> None:
    fickle = Fickle()
    with pytest.raises(OutputError, match=r"model\.onnx' does not have the SHA-256 .*; check the disk"):
        keep(engine_folder, Manifest.load(engine_folder), fickle, PLAN)  # type: ignore[arg-type]
    assert fickle.builds == 2


RUN = (
    "import logging, sys; from pathlib import Path; logging.basicConfig(format='%(message)s')\n"
    "logging.getLogger('fervid').setLevel('INFO'); from fervid import engines\n"
    "with engines.load(Path(sys.argv[1]), 'cpu', precision='fp32') as engine: print(engine.backend)"
)


def start(engine_folder: Path, **variables: str) -> subprocess.Popen[str]:
    """Start a process that loads the engine."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(engine_folder)],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_of_two_first_runs_one_compiles_and_the_other_uses_its_build(engine_folder: Path, own_cache: Path) -> None:
    both = [start(engine_folder) for _ in range(2)]
    said = []
    for process in both:
        out, errors = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, "openvino\n"), errors
        said += errors.splitlines()
    waiting = {f"waiting for process {process.pid}, which compiles tried for openvino" for process in both}
    assert said.count("compiling tried for openvino, once") == 1
    assert set(said) - {"compiling tried for openvino, once"} <= waiting
    (built,) = own_cache.iterdir()
    assert build_cache.damage(built) == ""


def test_without_locks_the_slower_of_two_builders_uses_the_build_of_the_quicker(
    engine_folder: Path, own_cache: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process completes its build while this one is about to rename its own."""
    whole, manifest = own_cache / "whole", Manifest.load(engine_folder)
    built.rename(whole)
    rename = Path.replace

    def second(path: Path, target: Path) -> Path:
        if target == built and path.name.endswith(".partial"):
            shutil.copytree(whole, built)
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", second)
    assert keep(engine_folder, manifest, backends.get("openvino"), PLAN) == built
    assert build_cache.damage(built) == ""
    assert rest(own_cache) == [built.name, "whole"]


def test_what_a_killed_build_left_is_removed_by_the_next(engine_folder: Path, own_cache: Path, built: Path) -> None:
    shutil.rmtree(built)
    remains = [built.with_name(f"{built.name}.{end}") for end in ("01234567.partial", "89abcdef.old")]
    others = [built.with_name(f"{built.name}.mine.partial"), own_cache / "another.01234567.partial"]
    for folder in (*remains, *others):
        folder.mkdir()
    built.with_name(f"{built.name}.lock").write_text("1 elsewhere")
    load(engine_folder)
    assert rest(own_cache) == sorted([built.name, *(folder.name for folder in others)])


def test_where_the_cache_cannot_be_written_the_build_lies_in_a_temporary_folder(
    engine_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder can be made in it")
    (tmp_path / "short-lived").mkdir()
    folder = tmp_path / "file" / "engines"
    process = start(engine_folder, TMPDIR=str(tmp_path / "short-lived"), FERVID_ENGINES=str(folder))
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "openvino\n"), errors
    warning, compiling = errors.splitlines()
    assert warning.startswith(f"'{folder}' cannot be created (Not a directory), so this run uses a temporary folder")
    assert "name another one in FERVID_ENGINES" in warning
    assert compiling == "compiling tried for openvino"
    assert list((tmp_path / "short-lived").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such permissions there")
@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() == 0, reason="root may read everything")
def test_a_build_that_may_not_be_read_is_made_again(engine_folder: Path, built: Path) -> None:
    (built / COMPILED).chmod(0)
    load(engine_folder)
    assert build_cache.damage(built) == ""


def test_fervid_build_replaces_a_build_in_the_cache_that_has_lost_its_description(
    engine_folder: Path, built: Path
) -> None:
    (built / COMPILED).unlink()
    build(engine_folder, backends.get("openvino"), PLAN, built)
    assert build_cache.damage(built) == ""
