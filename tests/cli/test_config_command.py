"""Options in a file: the nearest one counts, the command line wins, and what is wrong in it is one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fervid.cli import cli, run
from fervid.cli.file_options import command_tables
from fervid.core.timecodes import Timecode
from fervid.errors import UsageError
from fervid.run.configuration import Configuration
from fervid.settings import OPTIONS

Shown = Callable[..., dict[str, tuple[str, str]]]


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder within the folder of a study; it is the current one."""
    (tmp_path / "study" / "day1").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "study" / "day1")
    return tmp_path / "study"


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    """Return the value of each option and its origin, as fervid config shows them."""

    def show(*arguments: str) -> dict[str, tuple[str, str]]:
        assert run(["config", *arguments]) == 0
        rows = [line.split() for line in capsys.readouterr().out.splitlines()]
        return {row[0]: (row[1] if len(row) > 2 else "", row[-1]) for row in rows if row and row[0] in OPTIONS}

    return show


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def load(path: Path) -> Configuration:
    return Configuration.load(path, command_tables(cli))


def test_without_a_file_all_options_have_their_defaults(shown: Shown) -> None:
    found = shown()
    assert found.keys() == OPTIONS.keys()
    assert found["min_face"] == ("24", "default")
    assert {origin for _, origin in found.values()} == {"default"}


@pytest.mark.skipif(os.name == "nt", reason="the current folder cannot be removed there")
def test_a_current_folder_that_is_gone_has_no_file(shown: Shown, desk: Path) -> None:
    (desk / "day1").rmdir()
    assert shown()["min_face"] == ("24", "default")


def test_each_option_says_where_it_comes_from(shown: Shown, desk: Path) -> None:
    path = write(desk / "fervid.toml", 'min-face = 40\nmin_score = 1\nstart = "1:30"\nblur = true\n')
    found = shown("--min-face", "50", "--no-eyes")
    assert found["min_face"] == ("50", "line")
    assert found["min_score"] == ("1.0", str(path))
    assert found["blur"] == ("True", str(path))
    assert found["detector"] == ("auto", "default")
    assert shown("--no-blur")["blur"][0] == "False"


@pytest.mark.parametrize("line", ['region = "10%,0,50%,100%"', 'regions = [["10%", 0, "50%", "100%"]]'])
def test_regions_come_from_a_file_or_from_the_command_line(shown: Shown, desk: Path, line: str) -> None:
    path = write(desk / "fervid.toml", line)
    assert shown()["regions"] == ("10%,0,50%,100%", str(path))
    assert shown("--region", "0,0,5,5")["regions"] == ("0,0,5,5", "line")


def test_a_region_of_a_file_that_is_wrong_is_one_line(desk: Path) -> None:
    path = write(desk / "fervid.toml", 'region = "left"')
    with pytest.raises(UsageError, match=f"'{path}', line 1, is wrong: region takes rectangles X,Y,W,H") as caught:
        load(path)
    assert str(caught.value).endswith("not 'left'; correct it there")


def test_the_nearest_file_counts_and_projects_of_others_do_not(shown: Shown, desk: Path) -> None:
    write(desk / "pyproject.toml", '[project]\nname = "x"\n[tool.fervid]\nmin-face = 40\n')
    assert shown()["min_face"][0] == "40"
    write(desk / "day1" / "pyproject.toml", "[tool.ruff]\n")
    assert shown()["min_face"][0] == "40"
    write(desk / "day1" / "pyproject.toml", "what others broke [[[")
    assert shown()["min_face"][0] == "40"
    write(desk / "fervid.toml", "min-face = 41")
    assert shown()["min_face"][0] == "41"
    write(desk / "day1" / "fervid.toml", "min-score = 0.4")
    assert shown()["min_face"][0] == "24"
    assert shown("--config", "../pyproject.toml")["min_face"][0] == "40"


def test_the_command_line_wins_over_the_opposite_in_a_file(shown: Shown, desk: Path) -> None:
    write(desk / "fervid.toml", "every = 6")
    assert shown()["every"][0] == "6"
    found = shown("--rate", "5")
    assert (found["every"], found["rate"][0]) == (("1", "default"), "5.0")
    write(desk / "fervid.toml", "rate = 5")
    assert shown("--every", "2")["rate"][0] == ""


def test_a_file_with_both_of_two_exclusive_options_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(desk / "fervid.toml", "every = 6\nrate = 5")
    assert run(["config"]) == 2
    assert "--every and --rate exclude each other" in capsys.readouterr().err


def test_paths_are_relative_to_the_file(desk: Path) -> None:
    (desk / "engine").mkdir()
    path = write(desk / "fervid.toml", 'detector-model = "m.tflite"\nengine = "engine"\nend = 3\n')
    assert load(path).values == {
        "detector_model": desk / "m.tflite",
        "engine": str(desk / "engine"),
        "end": Timecode(seconds=3.0),
    }
    write(path, 'engine = "emotionnet"')
    assert load(path).values == {"engine": "emotionnet"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nmin_fase = 3", r"', line 1, has the unknown key 'x'; fervid config lists the options"),
        ("min-fase = 3", r"', line 1, has the unknown key 'min-fase'; did you mean min-face\?"),
        ("\nmin_fase = 3", r"', line 2, has the unknown key 'min_fase'; did you mean min_face\?"),
        (
            "min-face = 0",
            r"', line 1, is wrong: min-face takes a whole number from 1 to 10000, not 0; correct it there",
        ),
        (
            'min-face = "24"',
            r"', line 1, is wrong: min-face takes a whole number from 1 to 10000, not '24'; correct it",
        ),
        ('detector = "harr"', r"is wrong: detector takes one of auto, .*, not 'harr'; did you mean haar\?"),
        ("start = 00:01:30", r"is wrong: start takes seconds, hh:mm:ss.sss, or a frame as 120f, not datetime.time"),
        ("blur = 1", r"is wrong: blur takes True or False, not 1"),
        ("min-face = 30\nmin_face = 31", r"', line 2, sets min_face twice; remove one"),
        ("trust-compiled = true", r"sets trust-compiled, which no file may; give it on the command line"),
        ("min-face 30", r"' is not valid TOML \("),
        ("rate = nan", r"is wrong: rate takes a number from 0.001 to 1000, not nan"),
        (f"min-face = {'9' * 5000}", r"' is not valid TOML \("),
        ("a." * 300 + "b = 1", r"' has a line with more than 256 dots"),
    ],
)
def test_what_is_wrong_is_one_line_with_file_and_key(
    text: str, message: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(desk / "fervid.toml", text)
    with pytest.raises(UsageError, match=message):
        load(path)
    assert run(["timeline", "missing.mp4"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"fervid: '{path}'")
    assert said.count("\n") == 1


def test_a_file_that_is_named_must_be_one(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", "missing.mp4", "--config", "nothing.toml"]) == 2
    assert capsys.readouterr().err == (
        "fervid: 'nothing.toml' cannot be read (No such file or directory); "
        "give the path of a file with options of fervid\n"
    )
    for text in ("", "tool = 3", "[tool]\nfervid = 'x'"):
        path = write(desk / "pyproject.toml", text)
        with pytest.raises(UsageError, match=r"has no table \[tool\.fervid\]; add it, or name another file"):
            load(path)


def test_a_run_uses_the_file_and_says_so(drawn_clip: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(desk / "fervid.toml", 'detector = "haar"\nbackend = "pytorch"\nend = "6f"\nrate = 10\n')
    assert run(["timeline", str(drawn_clip), "--rate", "10"]) == 0
    said = capsys.readouterr().err.splitlines()[0]
    assert said == f"fervid: options from '{desk / 'fervid.toml'}': detector, backend, end"
    rows = Path("faces.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {row.partition(",")[0] for row in rows} == {"0", "3"}
