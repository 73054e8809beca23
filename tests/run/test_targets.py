"""Results are named after their inputs, and no file has two uses in one run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fervid.errors import UsageError
from fervid.run.targets import check_distinct, main_targets, plan_jobs


def csv(_: Path) -> str:
    return ".csv"


CLIP, OTHER = Path("day1/clip.mp4"), Path("day1/other.mov")


def test_a_result_is_named_after_its_input_in_this_folder() -> None:
    assert main_targets([CLIP, OTHER], None, csv) == [Path("clip.csv"), Path("other.csv")]


def test_a_single_input_takes_the_file_that_was_named() -> None:
    assert main_targets([CLIP], "out/result.csv", csv) == [Path("out/result.csv")]


def test_a_folder_takes_all(tmp_path: Path) -> None:
    assert main_targets([CLIP, OTHER], str(tmp_path), csv) == [tmp_path / "clip.csv", tmp_path / "other.csv"]
    assert main_targets([CLIP], "new/", csv) == [Path("new/clip.csv")]


def test_a_folder_of_pictures_gives_its_name() -> None:
    assert main_targets([Path("scans/")], None, csv) == [Path("scans.csv")]


def test_standard_output_takes_one() -> None:
    assert main_targets([CLIP], "-", csv) == [None]
    with pytest.raises(UsageError, match="one input, not 2"):
        main_targets([CLIP, OTHER], "-", csv)


def test_one_file_for_several_inputs_is_refused() -> None:
    with pytest.raises(UsageError, match="one file for 2 inputs"):
        main_targets([CLIP, OTHER], "all.csv", csv)


def test_a_link_gives_its_own_name(tmp_path: Path) -> None:
    link = tmp_path / "sub-01_task-talk_video.mp4"
    link.symlink_to(tmp_path / "MD5E-s1-ab.mp4")
    assert main_targets([link], None, csv) == [Path("sub-01_task-talk_video.csv")]


def test_a_folder_gives_its_whole_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "session.1").mkdir()
    monkeypatch.chdir(tmp_path / "session.1")
    assert main_targets([Path(), Path("../session.1")], None, csv) == [Path("session.1.csv")] * 2


def planned(sources: list[Path], targets: list[Path], tables: list[Path] | None = None) -> list[str]:
    """Return the error of each source; empty where it can be read."""
    jobs = plan_jobs(sources, [(target,) for target in targets], tables or [])
    assert [job.source for job in jobs] == sources
    return [str(job.error or "") for job in jobs]


def test_only_those_that_share_a_name_are_refused_with_one_error() -> None:
    sources = [Path("P01/webcam.mp4"), Path("P02/webcam.mp4"), Path("P03/other.mp4")]
    jobs = plan_jobs(sources, [(Path("webcam.csv"),), (Path("./webcam.csv"),), (Path("other.csv"),)])
    assert jobs[0].error is jobs[1].error
    assert str(jobs[0].error).startswith(f"'{sources[0]}' and '{sources[1]}' would both be written to 'webcam.csv'; ")
    assert jobs[2].error is None


def test_of_many_that_share_a_name_three_are_named() -> None:
    errors = planned([Path(f"P{n}/a.mp4") for n in range(9)], [Path("a.csv")] * 9)
    assert errors[0].startswith(
        f"'{Path('P0/a.mp4')}', '{Path('P1/a.mp4')}', '{Path('P2/a.mp4')}' and 6 more would all"
    )


@pytest.mark.parametrize("link", ["same", "symbolic", "hard", "through a folder", "dangling"])
def test_no_result_takes_the_place_of_an_input(link: str, tmp_path: Path) -> None:
    clip, other, target = tmp_path / "clip.mp4", tmp_path / "other.mp4", tmp_path / "result.csv"
    for path in (clip, other):
        path.touch()
    if link == "same":
        target = tmp_path / "." / "clip.mp4"
    elif link == "symbolic":
        target.symlink_to(clip)
    elif link == "hard":
        os.link(clip, target)
    elif link == "through a folder":
        (tmp_path / "folder").symlink_to(tmp_path)
        target = tmp_path / "folder" / "clip.mp4"
    else:
        clip.unlink()
        target.symlink_to(clip)
    message = f"'{target}' is an input of this run and cannot be replaced; give the result another name"
    assert planned([clip, other], [tmp_path / "clip.csv", target]) == ["", message]
    with pytest.raises(UsageError, match="is an input of this run"):
        planned([clip], [tmp_path / "clip.csv"], [target])
    with pytest.raises(UsageError, match=r"SOURCE and --record both name"):
        check_distinct({"SOURCE": str(clip)}, {"--record": target})


def test_no_result_takes_the_place_of_a_picture_in_a_folder_that_is_read(tmp_path: Path) -> None:
    picture, target = tmp_path / "scans" / "a.png", tmp_path / "scans.csv"
    picture.parent.mkdir()
    picture.touch()
    os.link(picture, target)
    assert "is an input" in planned([tmp_path / "scans"], [target])[0]
    with pytest.raises(UsageError, match="SOURCE and --csv both name"):
        check_distinct({"SOURCE": str(tmp_path / "scans")}, {"--csv": target})


def test_a_table_is_no_other_result() -> None:
    sources, targets = [Path("a.jpg")], [Path("a.annotated.jpg")]
    assert "is a table of this run" in planned(sources, targets, [Path("a.annotated.jpg")])[0]
    with pytest.raises(UsageError, match=r"two tables would both be written to 't\.csv'"):
        planned(sources, targets, [Path("t.csv"), Path("t.csv")])
