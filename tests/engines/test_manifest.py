"""Manifests are read strictly, and errors name the file and the key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.names import is_safe_name
from fervid.engines.manifest import FORMAT, MANIFEST, InputSpec, Manifest
from fervid.errors import EngineError


def write(folder: Path, document: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / MANIFEST).write_text(document if isinstance(document, str) else json.dumps(document))
    return folder


def test_a_dumped_manifest_loads_unchanged(tmp_path: Path, manifest: Manifest) -> None:
    assert Manifest.load(write(tmp_path, manifest.dump())) == manifest


NAMES = st.from_regex(r"[^\W_][\w .+&'()-]{0,40}", fullmatch=True).filter(is_safe_name)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    colour = draw(st.sampled_from(["grey", "rgb"]))
    channels = {"grey": 1, "rgb": 3}[colour]
    return Manifest(
        name=draw(NAMES),
        network="emotionnet",
        classes=tuple(draw(st.lists(NAMES, min_size=2, max_size=9, unique=True))),
        input=InputSpec(draw(st.integers(1, 1024)), colour, (0.5,) * channels, (0.25,) * channels),
        temperature=draw(st.floats(1e-3, 1e3)),
        data_set="",
        recipe=draw(NAMES),
        accuracy=draw(st.dictionaries(st.text(), st.floats(0, 1))),
        sha256="a" * 64,
        fervid="0.1.0",
    )


@given(manifests())
def test_any_valid_manifest_survives(tmp_path_factory: pytest.TempPathFactory, whole: Manifest) -> None:
    assert Manifest.load(write(tmp_path_factory.mktemp("any"), whole.dump())) == whole


@pytest.mark.parametrize("key", ["name", "network", "classes", "input", "temperature", "sha256", "accuracy", "format"])
def test_a_missing_key(tmp_path: Path, manifest: Manifest, key: str) -> None:
    document = json.loads(manifest.dump())
    del document[key]
    with pytest.raises(EngineError, match=f"lacks the key {key}"):
        Manifest.load(write(tmp_path, document))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", 3),
        ("name", "../../elsewhere"),
        ("name", "/tmp/elsewhere"),
        ("name", "[/bold]"),
        ("name", "a\x1b[31m"),
        ("recipe", "../elsewhere"),
        ("classes", ["happy", "sad\n"]),
        ("classes", "happy"),
        ("classes", ["happy", 1]),
        ("classes", ["happy"]),
        ("classes", ["happy", "happy"]),
        ("temperature", 0),
        ("temperature", -1.0),
        ("temperature", "1"),
        ("temperature", True),
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("sha256", "abc"),
        ("sha256", "Z" * 64),
        ("accuracy", [0.5]),
        ("accuracy.public_test", "high"),
        ("input", 48),
        ("input.size", 48.0),
        ("input.size", 0),
        ("input.size", True),
        ("input.colour", "blue"),
        ("input.mean", [0.5, 0.5]),
        ("input.mean", 0.5),
        ("input.std", []),
        ("input.std", [0.0]),
    ],
)
def test_a_wrong_value(tmp_path: Path, manifest: Manifest, key: str, value: Any) -> None:
    document = json.loads(manifest.dump())
    table, _, inner = key.rpartition(".")
    (document[table] if table else document)[inner] = value
    with pytest.raises(EngineError, match=f"wrong value for {key} ") as caught:
        Manifest.load(write(tmp_path, document))
    assert str(tmp_path / MANIFEST) in caught.value.problem


@pytest.mark.parametrize(("table", "key"), [("", "colour"), ("input.", "bits")])
def test_an_unknown_key(tmp_path: Path, manifest: Manifest, table: str, key: str) -> None:
    document = json.loads(manifest.dump())
    (document["input"] if table else document)[key] = 1
    with pytest.raises(EngineError, match=f"unknown key {table}{key}"):
        Manifest.load(write(tmp_path, document))


def test_another_format_is_reported_before_other_keys(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=f"format {FORMAT + 1}, but this fervid reads format {FORMAT}"):
        Manifest.load(write(tmp_path, {"format": FORMAT + 1, "layers": []}))


@pytest.mark.parametrize("text", ["", "{", "[1]", "nothing", '{"format": 1}}'])
def test_no_json_or_no_object(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        EngineError, match=r"is not JSON \(line 1|does not hold a JSON object|an object of keys"
    ) as caught:
        Manifest.load(write(tmp_path, text))
    assert str(tmp_path) in caught.value.problem


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EngineError, match="is not text"):
        Manifest.load(tmp_path)


def test_a_folder_without_one(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"manifest\.json' cannot be read"):
        Manifest.load(tmp_path)
