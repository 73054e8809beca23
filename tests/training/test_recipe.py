"""A recipe is read strictly: every mistake is named with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from fervid.errors import RecipeError
from fervid.training.recipe import Augmentation, Recipe, load

SHORTEST = 'network = "emotionnet"\nepochs = 3\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_the_shortest_one(tmp_path: Path) -> None:
    recipe = load(write(tmp_path, SHORTEST))
    assert recipe == Recipe(name="mine", network="emotionnet", epochs=3)
    assert recipe.augmentation == Augmentation(), "what a recipe does not name is left out"


def test_a_whole_number_is_a_number_too(tmp_path: Path) -> None:
    recipe = load(write(tmp_path, SHORTEST + "max_rate = 1\n[augmentation]\nrotation = 12\n"))
    assert isinstance(recipe.max_rate, float)
    assert recipe.augmentation.rotation == 12.0


def test_the_recipe_of_the_shipped_engine(root: Path) -> None:
    recipe = load(root / "training" / "emotionnet.toml")
    assert recipe.name == recipe.network == "emotionnet"


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("epoch = 3", "unknown key epoch"),
        ('split = "private_test"', "unknown key split"),
        ('validation = "private_test"', "unknown key validation"),
        ('name = "other"', "unknown key name"),
        ("batch = 64.0", "wrong value for batch"),
        ("batch = true", "wrong value for batch"),
        ('max_rate = "high"', "wrong value for max_rate"),
        ("max_rate = nan", "has max_rate = nan"),
        ("momentum = 1", r"has momentum = 1\.0"),
        ("batch = 1", "has batch = 1"),
        ("seed = -1", "has seed = -1"),
        ("augmentation = 1", "wrong value for augmentation"),
        ("[augmentation]\nflip = 0.5", r"unknown key augmentation\.flip"),
        ("[augmentation]\nmirror = 1.5", r"has augmentation\.mirror = 1\.5"),
        ("[augmentation]\nmirror = '0.5'", r"wrong value for augmentation\.mirror"),
        ("[optimizer]\nrate = 1", "unknown key optimizer"),
    ],
)
def test_a_wrong_key(tmp_path: Path, line: str, match: str) -> None:
    path = write(tmp_path, SHORTEST + line + "\n")
    with pytest.raises(RecipeError, match=match) as caught:
        load(path)
    assert str(path) in caught.value.problem


@pytest.mark.parametrize("absent", ["network", "epochs"])
def test_a_missing_key(tmp_path: Path, absent: str) -> None:
    text = "".join(line + "\n" for line in SHORTEST.splitlines() if not line.startswith(absent))
    with pytest.raises(RecipeError, match=f"lacks the key {absent}"):
        load(write(tmp_path, text))


def test_an_unknown_network(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="unknown network 'vgg'"):
        load(write(tmp_path, 'network = "vgg"\nepochs = 3\n'))


@pytest.mark.parametrize("content", [b"network =", b"\xff\xfe", b"a = 1\na = 2"])
def test_no_toml(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(RecipeError, match=r"mine\.toml is not TOML"):
        load(tmp_path / "mine.toml")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        load(tmp_path / "mine.toml")
    with pytest.raises(RecipeError, match="cannot be read"):
        load(tmp_path)


def test_changes_keep_to_the_bounds(recipe: Recipe) -> None:
    assert recipe.replace(epochs=5, seed=9).epochs == 5
    with pytest.raises(RecipeError, match="epochs = 0"):
        recipe.replace(epochs=0)
