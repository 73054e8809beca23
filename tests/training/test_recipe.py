"""A recipe is read strictly: every mistake is named with its file and key."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.toml_files import parse_value
from fervid.errors import RecipeError
from fervid.training import toml
from fervid.training.recipe import Augmentation, Recipe

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHORTEST = 'network = "emotionnet"\nepochs = 3\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_the_shortest_one(tmp_path: Path) -> None:
    recipe = Recipe.load(write(tmp_path, SHORTEST))
    assert recipe == Recipe(name="mine", network="emotionnet", epochs=3)
    assert recipe.augmentation == Augmentation(), "what a recipe does not name is left out"


@pytest.mark.parametrize(("digits", "message"), [(400, "out of bounds"), (5000, "not valid TOML")])
def test_a_number_of_any_length_is_refused_in_one_line(digits: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=message) as caught:
        Recipe.load(write(tmp_path, SHORTEST + f"rate = {'9' * digits}\n"))
    assert len(str(caught.value)) < 300
    assert parse_value("9" * 5000) == "9" * 5000


def test_a_whole_number_is_a_number_too(tmp_path: Path) -> None:
    recipe = Recipe.load(write(tmp_path, SHORTEST + "rate = 1\n[augmentation]\nrotation = 12\n"))
    assert isinstance(recipe.rate, float)
    assert recipe.augmentation.rotation == 12.0


def test_the_recipe_of_the_shipped_engine(root: Path) -> None:
    recipe = Recipe.load(root / "training" / "emotionnet.toml")
    assert recipe.name == recipe.network == "emotionnet"


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("epoch = 3", "unknown key epoch"),
        ('split = "private_test"', "unknown key split"),
        ('validation = "private_test"', "unknown key validation"),
        ('name = "other"', "unknown key name"),
        ("batch = 64.0", "invalid value for batch"),
        ("batch = true", "invalid value for batch"),
        ('rate = "high"', "invalid value for rate"),
        ("rate = nan", "has rate = nan"),
        ("momentum = 1", r"has momentum = 1\.0"),
        ("batch = 1", "has batch = 1"),
        ("seed = -1", "has seed = -1"),
        ("augmentation = 1", "invalid value for augmentation"),
        ("[augmentation]\nflip = 0.5", r"unknown key augmentation\.flip"),
        ("[augmentation]\nmirror = 1.5", r"has augmentation\.mirror = 1\.5"),
        ("[augmentation]\nmirror = '0.5'", r"invalid value for augmentation\.mirror"),
        ("[optimizer]\nrate = 1", r"line 3, has an invalid value for optimizer; make it a string"),
        ("# a remark\n\nlables = 'class'", "line 5, has the unknown key lables; did you mean labels"),
        ("labels = 'majorty'", "line 3, has labels = 'majorty', which is unknown; did you mean majority"),
        (
            "[augmentation]\nmiror = 1",
            r"line 4, has the unknown key augmentation\.miror; did you mean augmentation\.mirr",
        ),
        ("[distillation]\nteachers = 'one'", r"invalid value for distillation\.teachers; make it a list of strings"),
        ("frozen = 1", "invalid value for frozen; make it true or false"),
        ("grow = [32, 4.5]", "invalid value for grow; make it a list of integers"),
        ("grow = [32, 4]", r"line 3, has grow = \[32, 4\]; use widths"),
    ],
)
def test_a_wrong_key(tmp_path: Path, line: str, match: str) -> None:
    path = write(tmp_path, SHORTEST + line + "\n")
    with pytest.raises(RecipeError, match=match) as caught:
        Recipe.load(path)
    assert str(path) in caught.value.problem


@pytest.mark.parametrize("absent", ["network", "epochs"])
def test_a_missing_key(tmp_path: Path, absent: str) -> None:
    text = "".join(line + "\n" for line in SHORTEST.splitlines() if not line.startswith(absent))
    with pytest.raises(RecipeError, match=f"lacks the key {absent}"):
        Recipe.load(write(tmp_path, text))


def test_an_unknown_network(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="network = 'vgg', which is unknown"):
        Recipe.load(write(tmp_path, 'network = "vgg"\nepochs = 3\n'))


@pytest.mark.parametrize("content", [b"network =", b"a = 1\na = 2"])
def test_no_toml(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(RecipeError, match=r"mine\.toml' is not valid TOML"):
        Recipe.load(tmp_path / "mine.toml")


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b'network = "fcnn"\n# caf\xe9\nepochs = 3\n')
    with pytest.raises(RecipeError, match=r"mine\.toml', line 2, is not UTF-8; save the file as UTF-8"):
        Recipe.load(tmp_path / "mine.toml")


def test_a_mark_of_the_encoding_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('network = "fcnn"\nepochs = 3\n', encoding="utf-8-sig")
    assert Recipe.load(tmp_path / "mine.toml").epochs == 3


@pytest.mark.parametrize("text", ['"ratee" = 1', "augmentation = { mirror = 2 }", "[[augmentation]]"])
def test_every_way_to_write_a_key_has_a_line(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, f'network = "fcnn"\nepochs = 3\n{text}\n')
    with pytest.raises(RecipeError, match=r"mine\.toml, line 3, has"):
        Recipe.load(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        Recipe.load(tmp_path / "mine.toml")
    with pytest.raises(RecipeError, match="cannot be read"):
        Recipe.load(tmp_path)


def test_changes_keep_to_the_bounds(recipe: Recipe) -> None:
    assert recipe.replace(epochs=5, seed=9).epochs == 5
    with pytest.raises(RecipeError, match="epochs = 0"):
        recipe.replace(epochs=0)


def test_values_that_are_set_come_before_those_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, SHORTEST + "[augmentation]\nmirror = 0.5\n")
    recipe = Recipe.load(path, {"epochs": 7, "augmentation.rotation": 12, "grow": [32, 48]})
    assert (recipe.epochs, recipe.grow) == (7, (32, 48))
    assert (recipe.augmentation.mirror, recipe.augmentation.rotation) == (0.5, 12.0)
    with pytest.raises(RecipeError, match=r"mine\.toml with --set epochs has epochs = 0"):
        Recipe.load(path, {"epochs": 0})
    with pytest.raises(RecipeError, match=r"with --set lables has the unknown key lables; did you mean labels"):
        Recipe.load(path, {"lables": "class"})
    with pytest.raises(RecipeError, match=r"with --set augment\.mirror has the unknown key augment; did you mean augm"):
        Recipe.load(path, {"augment.mirror": 1})
    with pytest.raises(RecipeError, match=r"no key epochs\.most"):
        Recipe.load(path, {"epochs.most": 1})


def test_a_table_for_tuning_is_no_part_of_the_recipe(tmp_path: Path) -> None:
    path = write(tmp_path, SHORTEST + "[tune]\nrate = { low = 0.001, high = 0.1 }\n")
    assert Recipe.load(path) == Recipe(name="mine", network="emotionnet", epochs=3)


def test_what_is_written_is_read_again(root: Path, tmp_path: Path) -> None:
    for path in sorted((root / "training").glob("*.toml")):
        recipe = Recipe.load(path)
        again = tmp_path / path.name
        again.write_text(recipe.dump(), encoding="utf-8")
        assert Recipe.load(again) == recipe


def test_no_recipe_names_the_test_set(root: Path) -> None:
    paths = sorted((root / "training").glob("*.toml"))
    assert paths
    for path in paths:
        assert "private" not in path.read_text(encoding="utf-8").lower(), path.name


@given(st.dictionaries(st.sampled_from(["rate", "momentum", "std", "seed"]), st.floats(0.001, 0.9)))
def test_any_values_within_bounds_survive(values: dict[str, float]) -> None:
    changes = {key: int(value * 100) if key == "seed" else value for key, value in values.items()}
    recipe = Recipe(name="any", network="fcnn", epochs=1).replace(**changes)
    assert toml.read(Recipe, tomllib.loads(recipe.dump()), toml.Origin("it")) == dataclasses.replace(recipe, name="")


def test_a_name_that_would_leave_its_folder(tmp_path: Path) -> None:
    (tmp_path / "-x].toml").write_text('network = "fcnn"\nepochs = 1\n')
    with pytest.raises(RecipeError, match=r"cannot name an engine; rename the file"):
        Recipe.load(tmp_path / "-x].toml")


@pytest.mark.parametrize(
    "text",
    [
        "network = " + "[" * 20_000 + "]" * 20_000,
        "network = " + "{a=" * 10_000 + "1" + "}" * 10_000,
        ".".join(["a"] * 200) + " = 1",
        "[" + ".".join(["a"] * 200) + "]",
        "[tune]\nrate = [[[[[[[[[1]]]]]]]]]",
    ],
    ids=["arrays", "inline tables", "keys", "headers", "search space"],
)
def test_a_recipe_that_is_nested_deeply_is_an_error_of_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "deep.toml").write_text(text)
    with pytest.raises(RecipeError, match=r"deep\.toml' has more than 8 tables or arrays within each other"):
        Recipe.load(tmp_path / "deep.toml")


def test_a_key_of_thousands_of_parts_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text(".".join(["a"] * 10_000) + " = 1")
    with pytest.raises(RecipeError, match=r"deep\.toml' has a line with more than 256 dots"):
        Recipe.load(tmp_path / "deep.toml")


def test_a_recipe_of_enormous_size_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "long.toml").write_text(".".join(["a"] * 500_000) + " = 1")
    with pytest.raises(RecipeError, match=r"long\.toml' cannot be read \(it is larger than 64 kB\)"):
        Recipe.load(tmp_path / "long.toml")


def test_a_value_on_the_command_line_may_be_nested_as_deeply_as_anyone_likes() -> None:
    deep = "[" * 20_000 + "]" * 20_000
    assert parse_value(deep) == deep
    assert parse_value("[1, [2]]") == [1, [2]]
