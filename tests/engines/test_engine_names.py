"""Engines are found by name or by path, without loading torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fervid import engines
from fervid.engines import DEFAULT_ENGINE
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import EngineError


def test_the_default_engine_is_shipped() -> None:
    assert DEFAULT_ENGINE in engines.shipped()
    assert Manifest.load(engines.resolve("auto")).name == DEFAULT_ENGINE


@pytest.mark.parametrize("given", ["", MANIFEST, WEIGHTS])
def test_a_folder_or_one_of_its_files(engine_folder: Path, given: str) -> None:
    assert engines.resolve(str(engine_folder / given)) == engine_folder


def test_a_name_takes_precedence_over_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "emotionnet").mkdir()
    monkeypatch.chdir(tmp_path)
    assert engines.resolve("emotionnet").parent != tmp_path
    assert engines.resolve("./emotionnet") == Path("emotionnet")


def test_an_unknown_name_gets_a_suggestion_and_the_list() -> None:
    with pytest.raises(
        EngineError, match=r"no engine 'emotionet'; did you mean emotionnet\? choose one of .*emotionnet"
    ):
        engines.resolve("emotionet")


@pytest.mark.parametrize("path", ["no/such/folder", "./nothing"])
def test_a_missing_path(path: str) -> None:
    with pytest.raises(EngineError, match="does not exist"):
        engines.resolve(path)


def test_a_file_that_is_not_an_engine(tmp_path: Path) -> None:
    (tmp_path / "model.pth").write_bytes(b"PK\x03\x04")
    with pytest.raises(EngineError, match=r"model\.pth' is not an engine"):
        engines.resolve(tmp_path / "model.pth")


def test_names_need_no_torch() -> None:
    code = (
        "import sys; from fervid import engines, networks; from fervid.engines.manifest import Manifest;"
        "Manifest.load(engines.resolve('emotionnet')); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
