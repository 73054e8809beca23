"""No file has two uses in one run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fervid.errors import UsageError
from fervid.run.targets import check_distinct, plan_jobs


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
