"""Results are named after their inputs and never share a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fervid.errors import UsageError
from fervid.run.targets import targets


def csv(_: Path) -> str:
    return ".csv"


CLIP, OTHER = Path("day1/clip.mp4"), Path("day1/other.mov")


def test_a_result_is_named_after_its_input_in_this_folder() -> None:
    assert targets([CLIP, OTHER], None, csv) == [Path("clip.csv"), Path("other.csv")]


def test_a_single_input_takes_the_file_that_was_named() -> None:
    assert targets([CLIP], "out/result.csv", csv) == [Path("out/result.csv")]


def test_a_folder_takes_all(tmp_path: Path) -> None:
    assert targets([CLIP, OTHER], str(tmp_path), csv) == [tmp_path / "clip.csv", tmp_path / "other.csv"]
    assert targets([CLIP], "new/", csv) == [Path("new/clip.csv")]


def test_a_folder_of_pictures_gives_its_name() -> None:
    assert targets([Path("scans/")], None, csv) == [Path("scans.csv")]


def test_standard_output_takes_one() -> None:
    assert targets([CLIP], "-", csv) == [None]
    with pytest.raises(UsageError, match="one input, not 2"):
        targets([CLIP, OTHER], "-", csv)


def test_one_file_for_several_inputs_is_refused() -> None:
    with pytest.raises(UsageError, match="one file for 2 inputs"):
        targets([CLIP, OTHER], "all.csv", csv)


def test_two_inputs_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="would both be written to"):
        targets([Path("day1/clip.mp4"), Path("day2/clip.mp4")], None, csv)
