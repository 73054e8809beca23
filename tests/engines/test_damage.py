"""Two thousand damaged files give two thousand clear errors: no crash, no hang, no wrong prediction."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from written_engines import write_engine

from fervid import engines
from fervid.engines import backends
from fervid.engines.backends import Plan
from fervid.engines.build import build
from fervid.engines.manifest import Manifest
from fervid.errors import DeviceError, EngineError

CASES = 2000

Damage = Callable[[bytes, np.random.Generator], bytes]


def cut(content: bytes, chance: np.random.Generator) -> bytes:
    # At least two bytes are cut off, because a missing line end does no harm.
    return content[: chance.integers(0, len(content) - 2)]


def wrong_byte(content: bytes, chance: np.random.Generator) -> bytes:
    place = chance.integers(0, len(content) - 1)
    return content[:place] + b"\xff" + content[place + 1 :] if content[place] != 255 else content[:place]


def zeros(content: bytes, chance: np.random.Generator) -> bytes:
    begin = chance.integers(0, len(content) - 1)
    end = min(len(content), begin + int(chance.integers(1, 4096)))
    return content[:begin] + bytes(end - begin) + content[end:] if any(content[begin:end]) else content[:begin]


def replaced(content: bytes, chance: np.random.Generator) -> bytes:
    """Return noise of the same length."""
    return chance.bytes(len(content))


DAMAGES: tuple[Damage, ...] = (cut, wrong_byte, zeros, replaced)


@pytest.fixture
def small(tmp_path: Path, manifest: Manifest) -> Path:
    """Return an engine of a quarter of a megabyte, whose files can be read thousands of times in seconds."""
    return write_engine(tmp_path / "trained", dataclasses.replace(manifest, network="simple-conv"))


@pytest.fixture
def folders(small: Path, tmp_path: Path) -> dict[str, Path]:
    """Return the trained engine and the engines compiled from it by each backend that can build here."""
    found = {"pytorch": small}
    for name in ("openvino", "onnx", "tensorrt-rtx"):
        found[name] = build(small, backends.get(name), Plan(precision="fp32"), tmp_path / name).folder
    return found


def test_every_damage_is_one_clear_line(folders: dict[str, Path], tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    files = [(name, path) for name, folder in folders.items() for path in sorted(folder.iterdir())]
    for number in range(CASES):
        name, path = files[number % len(files)]
        damage = DAMAGES[number // len(files) % len(DAMAGES)]
        whole = tmp_path / "whole"
        shutil.copyfile(path, whole)
        path.write_bytes(damage(path.read_bytes(), chance))
        where = f"case {number}: {damage.__name__} on {name}'s {path.name}"
        try:
            with pytest.raises(EngineError) as caught:
                engines.load(path.parent, backend=name)
        except pytest.fail.Exception as error:
            raise AssertionError(f"{where} was not noticed") from error
        assert path.name in caught.value.problem, where
        assert caught.value.remedy, where
        assert "\n" not in str(caught.value), where
        shutil.copyfile(whole, path)
    for name, folder in folders.items():
        try:
            engines.load(folder, backend=name).close()
        except DeviceError:
            assert name == "tensorrt-rtx"  # it only runs on a GPU, but damage is found without one
