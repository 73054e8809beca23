"""A detector's model is found, fetched whole, or its absence is explained."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from fervid.detect import assets as models
from fervid.errors import DetectorError

Offer = Callable[[dict[str, bytes] | None], None]
SHORT = models.MODELS["mediapipe"]


@pytest.fixture
def whole(assets: Path) -> dict[str, bytes]:
    """The real models by file name."""
    return {model.file: (assets / model.file).read_bytes() for model in models.MODELS.values()}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models in the cache, and no FERVID_ASSETS."""
    monkeypatch.delenv("FERVID_ASSETS", raising=False)
    monkeypatch.setenv("FERVID_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "detectors"


def test_the_table_holds_what_the_files_are(whole: dict[str, bytes]) -> None:
    for model in models.MODELS.values():
        assert len(whole[model.file]) == model.size
        assert model.licence == "Apache-2.0"


def test_the_cache_is_used_without_fetching(cache: Path, whole: dict[str, bytes], index: Offer) -> None:
    index(None)
    cache.mkdir(parents=True)
    (cache / SHORT.file).write_bytes(whole[SHORT.file])
    assert models.find("mediapipe") == models.located("mediapipe") == cache / SHORT.file


def test_fervid_assets_comes_before_the_cache(
    cache: Path, whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (cache, tmp_path / "mine"):
        folder.mkdir(parents=True)
        (folder / SHORT.file).write_bytes(whole[SHORT.file])
    monkeypatch.setenv("FERVID_ASSETS", str(tmp_path / "mine"))
    assert models.find("mediapipe") == tmp_path / "mine" / SHORT.file


@pytest.mark.parametrize(("content", "problem"), [(None, "is missing"), (b"damaged", "sha256 differs")])
def test_fervid_assets_without_the_model_is_an_error_that_names_the_file(
    content: bytes | None, problem: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / SHORT.file).write_bytes(content)
    monkeypatch.setenv("FERVID_ASSETS", str(tmp_path))
    assert models.located("mediapipe") is None
    with pytest.raises(DetectorError, match=re.escape(str(tmp_path / SHORT.file))) as caught:
        models.find("mediapipe")
    assert problem in caught.value.problem
    assert "unset FERVID_ASSETS" in caught.value.remedy


@pytest.mark.parametrize("before", [None, b"damaged"])
def test_a_missing_or_damaged_model_is_fetched_once_and_said_in_one_line(
    before: bytes | None,
    cache: Path,
    whole: dict[str, bytes],
    index: Offer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    index(whole)
    if before is not None:
        cache.mkdir(parents=True)
        (cache / SHORT.file).write_bytes(before)
    with caplog.at_level(logging.INFO):
        assert models.find("mediapipe").read_bytes() == whole[SHORT.file]
        assert models.find("mediapipe-full").is_file()
    assert caplog.messages == ["fetching the face detector (35 MB, once)"]
    assert sorted(path.name for path in cache.iterdir()) == sorted(whole), "something temporary was left behind"


FIND = (
    "import logging; logging.basicConfig(level=logging.INFO, format='%(message)s'); "
    "from fervid.detect import assets; print(assets.find('mediapipe').read_bytes() and assets.find('mediapipe'))"
)


def test_of_two_processes_one_fetches_and_the_other_waits(cache: Path, whole: dict[str, bytes], index: Offer) -> None:
    index(whole)
    both = [
        subprocess.Popen([sys.executable, "-c", FIND], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = []
    for process in both:
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert out.strip() == str(cache / SHORT.file)
        said += errors.splitlines()
    assert said.count("fetching the face detector (35 MB, once)") == 1
    numbers = "|".join(str(process.pid) for process in both)
    others = [line for line in said if not line.startswith("fetching")]
    assert all(
        re.fullmatch(f"waiting for process ({numbers}), which fetches the face detector", line) for line in others
    )
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == whole


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such permissions there")
def test_other_users_may_read_what_was_fetched(cache: Path, whole: dict[str, bytes], index: Offer) -> None:
    index(whole)
    before = os.umask(0o022)
    try:
        assert models.find("mediapipe").stat().st_mode & 0o777 == 0o644
    finally:
        os.umask(before)


@pytest.mark.parametrize("name", [model.file for model in models.MODELS.values()])
def test_a_wheel_with_another_model_is_refused(name: str, cache: Path, whole: dict[str, bytes], index: Offer) -> None:
    index({**whole, name: b"something else"})
    with pytest.raises(DetectorError, match=rf"{name}, which pip downloaded, .* \(sha256 differs\)"):
        models.find("mediapipe")
    assert not (cache / name).exists()


def test_a_wheel_without_the_model_is_refused(cache: Path, index: Offer) -> None:
    index({})
    with pytest.raises(DetectorError, match="not as expected"):
        models.find("mediapipe")


def test_without_a_network_the_error_says_what_to_do(cache: Path, index: Offer) -> None:
    index(None)
    with pytest.raises(DetectorError, match="No matching distribution found") as caught:
        models.find("mediapipe")
    assert "\n" not in str(caught.value)
    assert "pip download" in caught.value.remedy
    assert "FERVID_ASSETS" in caught.value.remedy


def test_without_pip_the_error_says_so(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    folder = "Scripts" if sys.platform == "win32" else "bin"
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / folder / "python"))
    with pytest.raises(DetectorError, match="No module named pip"):
        models.find("mediapipe")


def test_where_the_cache_cannot_be_written_the_model_lies_in_a_temporary_folder(
    tmp_path: Path, whole: dict[str, bytes], index: Offer, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(whole)
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "short-lived").mkdir()
    monkeypatch.setenv("FERVID_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "short-lived"))
    done = subprocess.run([sys.executable, "-c", FIND], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(tmp_path / "short-lived")
    fetching, warning = done.stderr.splitlines()
    assert fetching == "fetching the face detector (35 MB, once)"
    assert warning.startswith(f"'{tmp_path / 'file' / 'cache' / 'detectors'}' cannot be created (Not a directory)")
    assert warning.endswith("name another one in FERVID_CACHE to keep models and compiled engines")
    assert list((tmp_path / "short-lived").iterdir()) == []
