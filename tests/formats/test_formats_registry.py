"""The registry: formats by name and by suffix, and the errors for unknown ones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fervid import formats
from fervid.core.emotions import FERPLUS
from fervid.errors import OutputError, UsageError
from fervid.formats.base import Format, Kind, matching_suffix
from fervid.formats.context import Context
from fervid.formats.csv import CsvWriter
from fervid.formats.file_output import InPlace


def test_names_are_unique_and_so_are_suffixes_within_a_kind() -> None:
    names = formats.names()
    assert len(set(names)) == len(names)
    for kind in ("timeline", "segments", "video", "picture", "table"):
        suffixes = formats.suffixes(kind)
        assert suffixes
        assert len(set(suffixes)) == len(suffixes)


@pytest.mark.parametrize("form", formats.FORMATS, ids=lambda form: form.name)
def test_each_format_is_described_and_documented(form: Format, root: Path) -> None:
    assert form.description
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in form.suffixes)
    assert set(form.growing) <= set(form.suffixes)
    listed = ", ".join(f"`{suffix}`" for suffix in form.suffixes)
    growing = ", ".join(f"`{suffix}`" for suffix in form.growing) or "no"
    rows = (root / "docs" / "formats.md").read_text(encoding="utf-8").splitlines()
    beginning = f"| `{form.name}` | {listed} | {', '.join(form.kinds)} | {form.description}: "
    (row,) = (row for row in rows if row.startswith(beginning))
    assert row.endswith(f" | {'yes' if form.streams else 'no'} | {growing} |")


@pytest.mark.parametrize(
    ("name", "kinds", "found"),
    [
        ("talk.csv", (), "csv"),
        ("talk.csv", ("table",), "csv"),
        ("TALK.CSV", ("timeline",), "csv"),
        ("talk.json", ("table",), "json"),
        ("talk.v2.mp4", ("video",), "video"),
        ("talk.MOV", (), "video"),
        ("family.jpeg", ("picture", "video"), "picture"),
    ],
)
def test_a_suffix_names_its_format(name: str, kinds: tuple[Kind, ...], found: str) -> None:
    assert formats.by_suffix(Path("some.folder") / name, *kinds).name == found


def test_the_longest_suffix_counts_and_a_name_has_more_than_a_suffix() -> None:
    suffixes = (".csv", ".segments.csv")
    assert matching_suffix(Path("talk.segments.csv"), suffixes) == ".segments.csv"
    assert matching_suffix(Path("talk.csv"), suffixes) == ".csv"
    assert matching_suffix(Path("segments.csv"), suffixes) == ".csv"
    assert matching_suffix(Path("talk.boris.ods"), (".ods", ".boris.ods")) == ".boris.ods"
    assert matching_suffix(Path(".csv"), suffixes) == ""
    assert matching_suffix(Path("folder.csv/talk"), suffixes) == ""


@pytest.mark.parametrize(
    ("name", "kinds", "said"),
    [
        ("talk.avi", ("video",), r"'talk\.avi' does not have the suffix of a video; use \.mp4, \.m4v, \.mov"),
        ("talk.csv", ("video",), r"'talk\.csv' does not have the suffix of a video"),
        ("talk", ("timeline",), r"'talk' does not have the suffix of a timeline; use \.csv, \.jsonl, \.parquet$"),
        ("talk.gif", ("picture",), r"'talk\.gif' does not have the suffix of a picture; use \.png, \.jpg"),
        (
            "talk.json",
            (),
            r"'talk\.json' does not have the suffix of a result; use \.csv, \.jsonl, \.parquet, \.segments\.csv",
        ),
    ],
)
def test_an_unknown_suffix_is_one_clear_line_that_lists_those_there_are(
    name: str, kinds: tuple[Kind, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match=said):
        formats.create(Path(name), Context(FERPLUS), *kinds)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "kinds", "said"),
    [
        ("tsv", ("timeline",), "there is no timeline format 'tsv'; choose one of csv, jsonl, parquet$"),
        ("json", ("timeline",), "there is no timeline format 'json'"),
        ("tsv", ("table",), "there is no table format 'tsv'; choose one of csv, json$"),
        (
            "tsv",
            (),
            r"there is no format 'tsv'; choose one of csv, .*, segments, elan, .*, boris, video, picture$",
        ),
    ],
)
def test_an_unknown_name_is_one_clear_line_that_lists_those_there_are(
    name: str, kinds: tuple[Kind, ...], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        formats.by_name(name, *kinds)


def test_a_name_may_give_any_suffix_another_format_unless_the_suffix_decides(tmp_path: Path) -> None:
    with formats.create(tmp_path / "talk.txt", Context(FERPLUS), format="csv") as writer:
        assert isinstance(writer, CsvWriter)
    with pytest.raises(
        OutputError, match=r"'.*talk\.txt' does not have the suffix of a video; use \.mp4, \.m4v, \.mov, \.mkv$"
    ):
        formats.create(tmp_path / "talk.txt", Context(FERPLUS), format="video")


def test_a_name_may_not_give_another_kind(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no timeline format 'segments'"):
        formats.create(tmp_path / "talk.csv", Context(FERPLUS), "timeline", format="segments")


@pytest.mark.parametrize(
    ("name", "format", "said"),
    [
        ("me.png", None, r"a result that can be recorded live; use \.csv, \.jsonl, \.mp4$"),
        ("me.png", "picture", r"a picture that can be recorded live; record a video or a timeline instead$"),
        ("me.mkv", "video", r"a video that can be recorded live; use \.mp4$"),
    ],
)
def test_what_cannot_grow_says_what_can(tmp_path: Path, name: str, format: str | None, said: str) -> None:
    with pytest.raises(OutputError, match=rf"{name}' does not have the suffix of {said}"):
        formats.create(tmp_path / name, Context(FERPLUS), format=format, output=InPlace)


def test_an_existing_file_is_refused_unless_it_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "talk.csv").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        formats.create(tmp_path / "talk.csv", Context(FERPLUS))
    assert (tmp_path / "talk.csv").read_text() == "mine"


def test_standard_output_needs_a_name() -> None:
    with pytest.raises(UsageError, match=r"standard output has no suffix; name the format: csv, jsonl, parquet$"):
        formats.create(None, Context(FERPLUS), "timeline")


def test_the_registry_loads_no_writer() -> None:
    code = (
        "import sys, fervid.formats; loaded = {'numpy', 'av', 'cv2', 'fervid.formats.csv'} & set(sys.modules); "
        "sys.exit(f'loaded {loaded}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
