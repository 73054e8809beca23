"""The table ``[tune]`` is read strictly: every mistake is named with its file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from fervid.errors import RecipeError
from fervid.training.recipe import Recipe
from fervid.training.tune.parameter import Choices, Range
from fervid.training.tune.space import Space, default, own_values, read

RECIPE = 'network = "fcnn"\nepochs = 8\n\n[tune]\n'


def space_of(folder: Path, table: str, recipe: str = RECIPE) -> Space:
    path = folder / "mine.toml"
    path.write_text(recipe + table)
    return read(path, Recipe.load(path))


def test_numbers_and_choices(tmp_path: Path) -> None:
    table = """
rate = { low = 0.001, high = 1, log = true }
epochs = { low = 4, high = 8 }
batch = { choices = [64, 128] }
optimizer = { choices = ["sgd", "adamw"] }
frozen = { choices = [true, false] }
augmentation.rotation = { low = 0, high = 20 }
"""
    assert space_of(tmp_path, table) == {
        "rate": Range(low=0.001, high=1.0, log=True),
        "epochs": Range(low=4, high=8, whole=True),
        "batch": Choices((64, 128)),
        "optimizer": Choices(("sgd", "adamw")),
        "frozen": Choices((True, False)),
        "augmentation.rotation": Range(low=0.0, high=20.0),
    }


def test_a_table_within_the_table_names_the_same_keys(tmp_path: Path) -> None:
    assert space_of(tmp_path, "[tune.augmentation]\nmirror = { low = 0, high = 1 }") == {
        "augmentation.mirror": Range(low=0.0, high=1.0)
    }


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("rat = { low = 0.1, high = 1 }", "line 5, [tune] has the unknown key rat; did you mean rate?"),
        ("\nname = { choices = ['a', 'b'] }", "line 6, [tune] has the unknown key name"),
        ("rate = { low = 0.1, high = 11 }", "line 5, [tune] has rate = 11.0, which is out of bounds; use 0 to 10"),
        ("batch = { low = 1, high = 64 }", "line 5, [tune] has batch = 1"),
        ("batch = { low = 2.5, high = 64 }", "line 5, [tune] has an invalid value for batch; make it an integer"),
        ("rate = { low = 0.2, high = 0.1 }", "line 5, [tune] has rate from 0.2 to 0.1; make low smaller than high"),
        ("rate = { low = 0, high = 0.1, log = true }", "line 5, [tune] has rate from 0.0 to 0.1"),
        ("rate = { low = 0.1 }", "line 5, [tune] has an invalid value for rate; make it { low = ..., high = ... }"),
        ("rate = { low = 0.1, high = 1, log = 1 }", "line 5, [tune] has an invalid value for rate"),
        ("rate = { low = 0.1, high = 1, step = 2 }", "line 5, [tune] has an invalid value for rate"),
        ("rate = { low = 'a', high = 1 }", "line 5, [tune] has an invalid value for rate; make it a number"),
        ("rate = 0.1", "line 5, [tune] has an invalid value for rate; make it { low"),
        (
            "optimizer = { choices = ['sgd', 'adm'] }",
            "line 5, [tune] has optimizer = 'adm', which is unknown; did you mean adam?",
        ),
        ("optimizer = { choices = ['sgd'] }", "line 5, [tune] has too few distinct choices for optimizer"),
        ("batch = { choices = [64, 64] }", "line 5, [tune] has too few distinct choices for batch"),
        ("batch = { choices = 64 }", "line 5, [tune] has an invalid value for batch"),
        (
            "optimizer = { low = 'adam', high = 'sgd' }",
            "line 5, [tune] has bounds for optimizer, which is not a number",
        ),
        ("frozen = { low = false, high = true }", "line 5, [tune] has bounds for frozen, which is not a number"),
        ("grow = { choices = [[32, 48], [48]] }", "line 5, [tune] has grow, which is not a single value"),
        ("augmentation = { low = 0, high = 1 }", "line 5, [tune] has an invalid value for augmentation"),
        ("augmentation.flip = { low = 0, high = 1 }", "line 5, [tune] has the unknown key augmentation.flip"),
        ("labels = { choices = ['class', 'majority'] }", "line 5, [tune] has labels, which cannot be tuned"),
        ("seed = { low = 1, high = 9 }", "line 5, [tune] has seed, which cannot be tuned"),
        ("split = { choices = ['public_test', 'private_test'] }", "line 5, [tune] has the unknown key split"),
        ("", "line 4, has nothing to tune"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, table: str, problem: str) -> None:
    with pytest.raises(RecipeError) as caught:
        space_of(tmp_path, table)
    assert f"{tmp_path / 'mine.toml'}, {problem}" in str(caught.value)


def test_tune_that_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="line 3, has nothing to tune"):
        space_of(tmp_path, "tune = 3", recipe='network = "fcnn"\nepochs = 8\n')


def test_without_a_table_there_is_a_default_that_holds_the_recipe_itself(tmp_path: Path) -> None:
    space = space_of(tmp_path, "", recipe='network = "fcnn"\nepochs = 9\nbatch = 48\nrate = 0.7\n')
    assert list(space) == ["rate", "batch", "optimizer", "epochs"]
    assert space["epochs"] == Range(low=5, high=9, whole=True)
    recipe = Recipe.load(tmp_path / "mine.toml")
    assert own_values(recipe, space) == {"rate": 0.7, "batch": 48, "optimizer": "sgd", "epochs": 9}
    assert "epochs" not in default(recipe.replace(epochs=1))
    assert default(recipe.replace(rate=0)), "a rate of 0 has no logarithm"


def test_a_recipe_outside_the_space_has_no_place_in_it(tmp_path: Path) -> None:
    space = space_of(tmp_path, "batch = { choices = [16, 32] }")
    assert own_values(Recipe.load(tmp_path / "mine.toml"), space) is None
