"""The timelines of a study, and their videos: found by the manifest or by name; nothing is passed over silently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.drawn_timelines import frames, save

from fervid.errors import SourceError, UsageError
from fervid.report.timelines import FoundStudy, find_timelines

READ = frames(1, 5)


def entry(name: str, result: str, **fields: Any) -> dict[str, Any]:
    """An entry of a manifest."""
    return {"outcome": "complete", "input": name, "results": [result], "written": {result: 1}, "settings": {}} | fields


def write_manifest(folder: Path, *entries: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(each) + "\n" for each in entries]
    (folder / "fervid-run.jsonl").write_text("".join(lines), encoding="utf-8")


def names(study: FoundStudy) -> list[str]:
    return [timeline.name for timeline in study.timelines]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three timelines of two participants, and a table of another kind."""
    for name in ("P2/webcam.csv", "P10/webcam.csv", "P10/session/webcam.csv"):
        save(tmp_path / "results" / name, READ)
    (tmp_path / "results" / "summary.csv").write_text("file,seconds\na,1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


def test_timelines_come_in_natural_order_and_other_tables_are_named(study: Path) -> None:
    found = find_timelines([study])
    assert names(found) == ["P2/webcam", "P10/session/webcam", "P10/webcam"]
    assert (found.name, found.passed_over) == ("results", ("summary.csv",))


def test_an_interrupted_timeline_counts_only_if_there_is_no_complete_one(study: Path) -> None:
    save(study / "P2" / "webcam.partial.csv", READ)
    save(study / "P3" / "webcam.partial.csv", READ)
    found = find_timelines([study])
    assert [(timeline.name, timeline.is_partial) for timeline in found.timelines[:2]] == [
        ("P2/webcam", False),
        ("P3/webcam", True),
    ]
    assert found.passed_over == ("P2/webcam.partial.csv", "summary.csv") or set(found.passed_over) == {
        "P2/webcam.partial.csv",
        "summary.csv",
    }


def test_the_manifest_tells_the_video_wherever_the_study_is_read_from(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = study.parent / "videos" / "day 1" / "cam.mov"
    video.parent.mkdir(parents=True)
    video.touch()
    write_manifest(study, entry("videos/day 1/cam.mov", "P2/webcam.csv", settings={"blur": True}))
    for place in (study.parent, study):
        monkeypatch.chdir(place)
        found = find_timelines([study / "P2"]).timelines[0]
        assert found.video is not None
        assert found.video.resolve() == video.resolve()
        assert found.is_blurred
    moved = video.rename(study.parent / "cam.mov")
    assert find_timelines([study / "P2"]).timelines[0].video is None
    assert find_timelines([study / "P2"], moved.parent).timelines[0].video == moved


def test_without_a_manifest_the_name_tells_the_video(study: Path) -> None:
    for name in ("webcam.mp4", "P2/webcam.mkv", "elsewhere/talk.mp4"):
        (study.parent / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        (study.parent / "videos" / name).touch()
    save(study / "talk.csv", READ)
    found = {timeline.name: timeline.video for timeline in find_timelines([study], study.parent / "videos").timelines}
    videos = study.parent / "videos"
    assert found == {
        "P2/webcam": videos / "P2" / "webcam.mkv",
        "P10/webcam": videos / "webcam.mp4",
        "P10/session/webcam": videos / "webcam.mp4",
        "talk": videos / "elsewhere" / "talk.mp4",
    }


def test_the_failures_of_a_run_are_told_with_their_reason(study: Path) -> None:
    failed = entry("a.mp4", "a.csv", outcome="failed", written={}, error="'a.mp4' is empty")
    begun = {"outcome": "begun", "input": "b.mp4", "results": ["b.csv"]}
    again = [{"outcome": "begun", "input": "c.mp4", "results": ["c.csv"]}, entry("c.mp4", "c.csv")]
    write_manifest(study, failed, begun, *again)
    assert find_timelines([study]).failures == (
        ("a.mp4", "'a.mp4' is empty"),
        ("b.mp4", "the run ended before it was done"),
    )


def test_what_is_no_timeline_is_an_error_when_it_is_named(study: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"'.*summary.csv' is no timeline"):
        find_timelines([study / "summary.csv"])
    with pytest.raises(SourceError, match="'missing' does not exist"):
        find_timelines([Path("missing")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="there is no timeline in 'empty'"):
        find_timelines([Path("empty")])
    with pytest.raises(UsageError, match="'nowhere' is no folder"):
        find_timelines([study], Path("nowhere"))


def test_a_manifest_from_a_stranger_breaks_nothing(study: Path) -> None:
    odd = {"outcome": "complete", "input": 7, "written": {"P2/webcam.csv": 1}, "settings": [], "undecodable": "x"}
    write_manifest(study, odd, {"written": 3})
    record = find_timelines([study]).timelines[0].record
    assert record is not None
    assert (record.text("input"), dict(record.settings), record.count("undecodable")) == ("", {}, None)


def test_without_a_manifest_the_sidecar_tells_how_it_was_made(study: Path) -> None:
    video = study.parent / "cam.mov"
    video.touch()
    facts = {"fervid": "1", "result": "webcam.csv", "input": "cam.mov", "settings": {"rate": 5}, "engine": "swift"}
    (study / "P2" / "webcam.csv.json").write_text(json.dumps(facts))
    found = find_timelines([study]).timelines[0]
    assert found.record is not None
    assert (found.record.text("engine"), dict(found.record.settings)) == ("swift", {"rate": 5})
    assert found.video is not None
    assert found.video.resolve() == video
