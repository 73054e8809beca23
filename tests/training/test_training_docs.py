"""The document names every key of a recipe, with the bounds and defaults that hold."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fervid.training.recipe import Augmentation, Recipe

FIELDS = [
    field for table in (Recipe, Augmentation) for field in dataclasses.fields(table) if "bounds" in field.metadata
]


@pytest.fixture(scope="module")
def rows() -> list[str]:
    text = (Path(__file__).resolve().parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_key_is_documented_with_its_bounds(field: dataclasses.Field[object], rows: list[str]) -> None:
    row = next(row for row in rows if f"`{field.name}`" in row.split("|")[1])
    low, high = field.metadata["bounds"]
    assert f"{low} to {high:,}" in row or f"{low} to {high}" in row
    if field.default is not dataclasses.MISSING and field.default:
        assert f"{field.default:g}" in row
