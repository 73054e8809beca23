"""Results are named after their inputs, in the folders that these lie in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from fervid.errors import UsageError
from fervid.run.result_names import name_targets
from fervid.run.results import Results, one_for_each
from fervid.sources import expand
from fervid.sources.inputs import Input


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def named(inputs: Sequence[str], output: str | None = None) -> list[str | None]:
    """Return the first results of inputs that need not exist, as POSIX writes them."""
    targets = name_targets([Input.named(Path(text)) for text in inputs], output, lambda _: ".csv")
    return [None if target is None else target.as_posix() for (target,) in targets]


def expanded(inputs: Sequence[str], *, recursive: bool = False) -> list[str]:
    """Return the first results of inputs that exist, in the folder out."""
    found = [item for item in expand(inputs, recursive=recursive) if isinstance(item, Input)]
    return [str(target) for (target,) in name_targets(found, "out/", lambda _: ".csv")]


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def test_a_result_is_named_after_its_input_in_this_folder() -> None:
    assert named(["day1/clip.mp4", "day1/other.mov"]) == ["clip.csv", "other.csv"]


def test_a_single_input_takes_the_file_that_was_named() -> None:
    assert named(["day1/clip.mp4"], "out/result.csv") == ["out/result.csv"]


def test_a_folder_takes_all(desk: Path) -> None:
    (desk / "there").mkdir()
    assert named(["day1/clip.mp4", "day1/other.mov"], "there") == ["there/clip.csv", "there/other.csv"]
    assert named(["day1/clip.mp4"], "new/") == ["new/clip.csv"]


def test_a_folder_of_pictures_gives_its_name(desk: Path) -> None:
    (desk / "session.1").mkdir()
    assert named(["session.1/"]) == ["session.1.csv"]


def test_standard_output_takes_one() -> None:
    assert named(["clip.mp4"], "-") == [None]
    with pytest.raises(UsageError, match="one input, not 2"):
        named(["clip.mp4", "other.mov"], "-")


def test_one_file_for_several_inputs_is_refused() -> None:
    with pytest.raises(UsageError, match="one file for 2 inputs"):
        named(["clip.mp4", "other.mov"], "all.csv")


def test_a_link_gives_its_own_name(desk: Path) -> None:
    link = desk / "sub-01" / "task-talk_video.mp4"
    link.parent.mkdir()
    link.symlink_to(desk / "MD5E-s1-ab.mp4")
    assert named(["sub-01/task-talk_video.mp4", "sub-02/other.mp4"]) == [
        "sub-01/task-talk_video.csv",
        "sub-02/other.csv",
    ]


@pytest.mark.parametrize(
    ("inputs", "results"),
    [
        (["P01/webcam.mp4", "P02/webcam.mp4"], ["P01/webcam.csv", "P02/webcam.csv"]),
        (["P01/webcam.mp4", "P02/cam.mp4"], ["P01/webcam.csv", "P02/cam.csv"]),
        (["day/P01/a/x.mp4", "day/P02/x.mp4"], ["P01/a/x.csv", "P02/x.csv"]),
        (["x.mp4", "P02/x.mp4"], ["x.csv", "P02/x.csv"]),
        (["./P01/x.mp4", "../other/x.mp4"], ["desk/P01/x.csv", "other/x.csv"]),
        (["/data/P01/x.mp4", "/data/P02/x.mp4"], ["P01/x.csv", "P02/x.csv"]),
        (["/dev/stdin", "P01/x.mp4"], ["stdin.csv", "x.csv"]),
    ],
    ids=str,
)
def test_results_repeat_the_folders_below_the_one_that_all_inputs_share(
    inputs: list[str], results: list[str], desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk / "desk").mkdir()
    monkeypatch.chdir(desk / "desk")
    assert named(inputs) == results
    assert named(inputs, "out/") == [f"out/{result}" for result in results]


@pytest.mark.parametrize(
    ("inputs", "results"),
    [
        (["study"], ["out/P01/webcam.csv"]),
        (["study/P01"], ["out/webcam.csv"]),
        (["study/P01/webcam.mp4"], ["out/webcam.csv"]),
        (["study/*/webcam.*"], ["out/P01/webcam.csv"]),
        (["**/*.mp4"], ["out/study/P01/webcam.csv"]),
        (["study", "more"], ["out/study/P01/webcam.csv", "out/more/webcam.csv"]),
        (["study/", "scans"], ["out/study/P01/webcam.csv", "out/scans.csv"]),
    ],
    ids=str,
)
def test_a_folder_or_a_pattern_gives_the_same_names_whatever_lies_in_it(inputs: list[str], results: list[str]) -> None:
    touch("study/P01/webcam.mp4", "scans/1.png")
    if "more" in inputs:
        touch("more/webcam.mp4")
    assert [Path(result).as_posix() for result in expanded(inputs, recursive=True)] == results


def test_where_results_would_share_a_name_the_suffix_tells_them_apart(desk: Path) -> None:
    touch("a.mp4", "b.mov", "b.mp4", "P01/b.mp4", "c.d.mp4", "c.d.mov")
    assert expanded(["."], recursive=True) == [
        *("out/a.csv", "out/b.mov.csv", "out/b.mp4.csv", "out/c.d.mov.csv", "out/c.d.mp4.csv", "out/P01/b.csv")
    ]


def test_results_beside_each_other_share_no_name_either() -> None:
    """A video and a picture whose annotated copies differ, but whose timelines would not."""
    touch("a.mp4", "a.jpg", "b.mp4")
    jobs = Results(annotate=True).plan([Input.named(Path(name)) for name in ("a.jpg", "a.mp4", "b.mp4")], None)
    assert [[target.name for target in job.targets if target is not None] for job in jobs] == [
        ["a.jpg.annotated.jpg", "a.jpg.csv"],
        ["a.mp4.annotated.mp4", "a.mp4.csv"],
        ["b.annotated.mp4", "b.csv"],
    ]
    assert [job.error for job in jobs] == [None] * 3


def test_names_that_clash_all_the_same_are_refused() -> None:
    touch("b.mov", "b.mp4", "b.mp4.mkv")
    jobs = Results().plan([Input.named(Path(name)) for name in ("b.mov", "b.mp4", "b.mp4.mkv")], None)
    assert jobs[0].error is None
    assert "'b.mp4' and 'b.mp4.mkv' would both be written to 'b.mp4.csv'" in str(jobs[1].error)


@pytest.mark.parametrize(
    ("name", "forms", "files"),
    [
        ("talk.csv", ("csv",), ["talk.csv"]),
        ("talk.CSV", ("csv",), ["talk.CSV"]),
        ("talk", ("csv",), ["talk.csv"]),
        ("talk.v2", ("csv",), ["talk.v2.csv"]),
        ("talk", ("csv", "jsonl"), ["talk.csv", "talk.jsonl"]),
        ("talk.csv", ("csv", "jsonl"), ["talk.csv", "talk.jsonl"]),
        ("talk.csv", ("jsonl",), ["talk.csv.jsonl"]),
    ],
)
def test_a_named_format_gives_its_suffix_to_the_name(name: str, forms: tuple[str, ...], files: list[str]) -> None:
    assert one_for_each(forms, Path("out") / name) == tuple(Path("out") / file for file in files)
    assert one_for_each(forms, None) == (None,) * len(forms)
