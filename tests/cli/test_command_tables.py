"""The tables of single commands in a file of options: [timeline], [annotate], [live] and others."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from fervid.cli import cli, run
from fervid.cli.file_options import FileOption, command_tables, own_options
from fervid.errors import UsageError
from fervid.run.configuration import Configuration

TABLES = command_tables(cli)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str) -> Path:
    path = Path("fervid.toml").absolute()
    path.write_text(text, encoding="utf-8")
    return path


def value_for(option: click.Option) -> str:
    """Return a value of an option as TOML writes it."""
    if option.is_flag:
        return "true"
    if isinstance(option.type, click.Choice):
        return f'"{option.type.choices[-1]}"'
    return "2" if isinstance(option.type, click.IntRange | click.FloatRange) else '"libx264"'


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    assert run(["config", *arguments]) == 0
    rows = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    return {row[0]: " ".join(row[1].split()) for row in rows if len(row) > 1}


def test_the_commands_that_read_files_have_tables() -> None:
    assert set(TABLES) == {"timeline", "annotate", "live", "snapshot", "photo", "convert"}


@pytest.mark.parametrize("command", TABLES)
def test_every_option_of_a_command_is_taken_from_its_table_or_refused(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = own_options(cli.commands[command])
    assert options
    path = write(f"[{command}]\n" + "".join(f"{each.key} = {value_for(each)}\n" for each in options))
    rows = shown(capsys)
    for option in options:
        assert rows[f"{command}.{option.key}"].endswith(str(path))
    for key in TABLES[command].refused:
        write(f"[{command}]\n{key} = true\n")
        with pytest.raises(UsageError, match=rf"line 2, sets {key} in \[{command}\], which belongs to a single run;"):
            Configuration.load(path, TABLES)


@pytest.mark.parametrize("command", TABLES)
def test_the_command_line_can_say_the_opposite_of_every_flag_in_a_file(command: str) -> None:
    flags = [each for each in cli.commands[command].params if isinstance(each, FileOption) and each.is_flag]
    assert flags
    assert all(each.secondary_opts for each in flags)


def test_what_names_files_opens_ports_or_replaces_results_is_for_the_command_line_alone() -> None:
    refused = {f"{command}.{key}" for command, options in TABLES.items() for key in options.refused}
    assert refused >= {
        "timeline.overwrite",
        "timeline.resume",
        "timeline.output",
        "annotate.summary",
        "annotate.report",
    }
    assert refused >= {
        "live.serve",
        "live.record",
        "live.csv",
        "live.reconnect",
        "live.size",
        "photo.browse",
        "photo.csv",
    }


@pytest.mark.parametrize(
    ("command", "option", "value", "line"),
    [
        ("timeline", "--jobs", "999", "jobs = 999"),
        ("timeline", "--jobs", "4.5", "jobs = 4.5"),
        ("timeline", "--shortest", "-1", "shortest = -1"),
        ("timeline", "--csv-dialect", "exel", 'csv-dialect = "exel"'),
        ("timeline", "--format", "elam", 'format = ["csv", "elam"]'),
        ("annotate", "--crf", "true", "crf = true"),
        ("snapshot", "--countdown", "soon", 'countdown = "soon"'),
    ],
)
def test_what_the_command_line_refuses_is_refused_in_the_same_words(
    command: str, option: str, value: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key = line.partition(" ")[0]
    assert run([command, "missing.mp4", option, value]) == 2
    said = capsys.readouterr().err.splitlines()[-1].partition(f"'{option}': ")[2].rstrip(".")
    assert said
    path = write(f"blur = true\n[{command}]\n{line}\n")
    assert run([command, "missing.mp4"]) == 2
    expected = f"fervid: '{path}', line 3, is wrong: {key} in [{command}]: {said}; correct it there\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[timeline]\nrecursiv = true",
            r"line 2, has the unknown key 'recursiv' in \[timeline\]; did you mean recursive",
        ),
        ("[timelin]\njobs = 2", r"line 1, has the unknown table \[timelin\]; did you mean timeline\?"),
        ("[colours]\njobs = 2", r"unknown table \[colours\]; the tables are timeline, annotate, photo, live"),
        ("jobs = 2", r"line 1, has the unknown key 'jobs'; .* put it into one of \[timeline\], \[annotate\]"),
        ("valnce = true", r"line 1, has the unknown key 'valnce'; did you mean valence\?"),
        ("timeline = 3", r"line 1, is wrong: timeline takes a table; write \[timeline\]"),
        ("[[timeline]]\njobs = 2", r"line 1, is wrong: timeline takes a table; write \[timeline\]"),
        (
            "timeline = {min-face = 0}",
            r"line 1, is wrong: min-face in \[timeline\] takes a whole number from 1 to 10000",
        ),
        ("[photo]\nsmoothing = 'ema'", r"line 2, has the unknown key 'smoothing' in \[photo\]"),
        ("[live]\ntrust-compiled = true", r"sets trust-compiled in \[live\], which no file may"),
        ("[timeline]\nno-empty = true\nno_empty = true", r"line 3, sets no_empty in \[timeline\] twice; remove one"),
        ("[timeline]\nrecursive = 1", r"recursive in \[timeline\]: takes true or false, not 1; correct it there"),
        ("[timeline]\nformat = [['csv']]", r"format in \[timeline\]: takes a single value or a list of them"),
        ("[timeline]\njobs = [2]", r"jobs in \[timeline\]: takes a single value, not \[2\]"),
    ],
)
def test_what_is_wrong_in_a_table_is_one_line_with_file_table_and_key(text: str, message: str) -> None:
    path = write(text)
    with pytest.raises(UsageError, match=message) as caught:
        Configuration.load(path, TABLES)
    assert str(caught.value).startswith(f"'{path}'")
    assert "\n" not in str(caught.value)


def test_a_project_names_the_table_below_its_own(desk: Path) -> None:
    path = desk / "pyproject.toml"
    path.write_text("[tool.fervid.timeline]\njobs = 0\n", encoding="utf-8")
    with pytest.raises(
        UsageError, match=r"line 2, is wrong: jobs in \[tool\.fervid\.timeline\]: 0 is not in the range"
    ):
        Configuration.load(path, TABLES)


def test_a_table_comes_before_what_the_file_says_for_all_commands(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "engine").mkdir()
    path = write("every = 6\nblur = true\n[timeline]\nrate = 5\nengine = 'engine'\n[live]\nblur = false\n")
    found = Configuration.load(path, TABLES)
    assert found.values_for("timeline") == {"blur": True, "rate": 5.0, "engine": str(desk / "engine")}
    assert found.values_for("live") == {"every": 6, "blur": False}
    assert found.values_for("annotate") == {"every": 6, "blur": True}
    rows = shown(capsys, "--no-blur")
    assert rows["timeline.rate"] == f"5.0 {path}"
    assert rows["annotate.jobs"].endswith("default")
    assert "live.blur" not in rows  # the command line comes first
    assert shown(capsys)["live.blur"] == f"False {path}"


def test_a_run_takes_its_table_and_says_so(drawn_clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(
        'detector = "haar"\nbackend = "pytorch"\nend = "3f"\n'
        '[timeline]\nformat = ["csv", "elan"]\ncsv-dialect = "excel"\nvalence = true\nno-sidecar = true\n'
        "[annotate]\ncrf = 40\n"
    )
    assert run(["timeline", str(drawn_clip), "--no-valence"]) == 0
    said = capsys.readouterr().err.splitlines()[0]
    names = "format, csv_dialect, no_sidecar, detector, backend, end"
    assert said == f"fervid: options from '{path}': {names}"
    assert {each.name for each in Path().iterdir()} == {"faces.csv", "faces.eaf", "fervid.toml"}
    header = Path("faces.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header.startswith("frame;time_s")
    assert "valence" not in header


def test_an_output_that_names_a_format_comes_before_the_formats_of_a_file(
    drawn_clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write('detector = "haar"\nbackend = "pytorch"\nend = "2f"\n[timeline]\nformat = ["csv", "elan"]\n')
    assert run(["timeline", str(drawn_clip), "-o", "talk.srt"]) == 0
    assert "format" not in capsys.readouterr().err.splitlines()[0]
    assert {each.name for each in Path().iterdir()} == {"talk.srt", "fervid.toml"}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("[annotate]\ncodec = 'av1'\ncrf = 30", ["annotate", "missing.mp4", "--encoder", "libx264"]),
        ("[annotate]\nencoder = 'libx264'", ["annotate", "missing.mp4", "--codec", "av1"]),
        ("[photo]\nno-picture = true", ["photo", "missing.mp4", "-o", "made/"]),
        ("[live]\nrecord-clean = true", ["live", "missing.mp4", "--no-window"]),
    ],
)
def test_the_command_line_displaces_what_contradicts_it_in_a_file(
    text: str, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write(text)
    assert run(command) == 1
    assert "missing.mp4" in capsys.readouterr().err.splitlines()[-1]


def test_a_table_for_convert_is_read_there(capsys: pytest.CaptureFixture[str]) -> None:
    path = write('[convert]\nformat = "srt"\n[timeline]\nvalence = true\n')
    assert run(["convert", "missing.csv"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [f"fervid: options from '{path}': format", "fervid: 'missing.csv' does not exist; check the path"]
