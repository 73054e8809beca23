"""The page of a report: it holds its data, asks nobody for more, and no name in it can do harm."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from support.drawn_timelines import face, frames, save
from support.footage import Footage
from support.live_recordings import record_live
from test_timelines_found import entry, write_manifest

from fervid.core.emotions import COLOURS, FER2013, UNCERTAIN
from fervid.core.geometry import Box
from fervid.errors import OutputError, SourceError
from fervid.report import study_data
from fervid.report.portraits import Portraits
from fervid.report.recording import Moment
from fervid.report.report_file import write_report
from fervid.settings import Settings

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u2028'\""


class Parsed(HTMLParser):
    """The elements of a page, and the texts of those with an id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.texts: dict[str, str] = {}
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.addresses += [given[name] or "" for name in ("src", "href") if name in given]
        self._within = given.get("id") or tag

    def handle_data(self, data: str) -> None:
        self.texts[self._within] = self.texts.get(self._within, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    @property
    def study(self) -> dict[str, Any]:
        """The data of the page."""
        found: dict[str, Any] = json.loads(self.texts["study"])
        return found


def written(results: Path, target: Path, **options: Any) -> Parsed:
    write_report([results], target, **options)
    return Parsed(target.read_text(encoding="utf-8"))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    save(tmp_path / "results" / "P01" / "webcam.csv", frames(8))
    return tmp_path / "results"


def test_the_page_holds_every_face_with_its_totals(results: Path, tmp_path: Path) -> None:
    page = written(results, tmp_path / "report.html")
    (recording,) = page.study["recordings"]
    assert (recording["name"], recording["classes"], recording["frames"]) == ("P01/webcam", list(FER2013), 200)
    (shown,) = recording["faces"]
    assert shown["seconds"] == {"happy": 4.0, "sad": 4.0}
    assert shown["segments"] == 4
    assert page.study["colours"]["sad"] == "#{:02x}{:02x}{:02x}".format(*COLOURS["sad"])
    assert list(page.study["colours"]) == [*FER2013, UNCERTAIN]
    for kind in ("bands", "segments"):
        assert base64.b64decode(page.texts[f"{kind}-0-1"])


def test_the_page_asks_no_network(results: Path, tmp_path: Path) -> None:
    page = written(results, tmp_path / "report.html")
    assert {address.partition(":")[0] for address in page.addresses} == {"data"}
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; img-src data:; media-src 'self' file:; ")
    for name in ("style", "script"):
        (content,) = re.findall(rf"<{name}(?: type=\"module\")?>(.*?)</{name}>", text, re.DOTALL)
        assert base64.b64encode(hashlib.sha256(content.encode()).digest()).decode() in policy
        assert "http://" not in content.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in content


def test_equal_studies_give_equal_pages(results: Path, tmp_path: Path) -> None:
    written(results, tmp_path / "one.html")
    written(results, tmp_path / "other.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "other.html").read_bytes()


def test_names_of_strangers_stay_text(tmp_path: Path) -> None:
    results = tmp_path / "a&b<i>"
    save(results / f"{HOSTILE.replace('/', '')}.csv", frames(1, 5))
    damage = entry(
        HOSTILE, f"{HOSTILE.replace('/', '')}.csv", damage=HOSTILE, engine=HOSTILE, settings={HOSTILE: HOSTILE}
    )
    failed = entry(HOSTILE + "2", "b.csv", outcome="failed", written={}, error=HOSTILE)
    write_manifest(results, damage, failed)
    plain = written(save(tmp_path / "plain" / "a.csv", frames(1, 5)), tmp_path / "plain.html")
    page = written(results, tmp_path / "report.html")
    assert page.tags == plain.tags
    assert page.study["recordings"][0]["damage"] == HOSTILE
    assert page.study["failures"] == [[HOSTILE + "2", HOSTILE]]
    assert page.texts["title"] == "a&b<i>: fervid report"


def test_a_portrait_is_cut_from_the_video_and_the_video_is_addressed_from_the_page(
    footage: Footage, tmp_path: Path
) -> None:
    save(tmp_path / "study" / "results" / "day 1" / "smile.csv", frames(2, 30))
    shutil.copy(footage["smile.mp4"], tmp_path / "study" / "results" / "day 1" / "smile.mp4")
    page = written(tmp_path / "study" / "results", tmp_path / "study" / "report.html")
    (recording,) = page.study["recordings"]
    assert recording["videos"] == [{"src": "results/day%201/smile.mp4", "offset": 0}]
    kind, _, content = recording["faces"][0]["portrait"].partition(",")
    assert kind == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (96, 96)
    assert is_red(recording["faces"][0]["portrait"])  # skin
    hidden = written(tmp_path / "study" / "results", tmp_path / "study" / "other.html", portraits=False)
    assert hidden.study["recordings"][0]["faces"][0]["portrait"] is None


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="one source"),
        pytest.param({"input": "clip.mp4", "started": "2026-11-26T18:30:05.250Z"}, id="several sources"),
    ],
)
def test_a_live_recording_is_shown_on_the_clock_of_its_timeline(
    footage: Footage, tmp_path: Path, fields: dict[str, str]
) -> None:
    (tmp_path / "results").mkdir()
    shutil.copy(footage["smile.mp4"], tmp_path / "results" / "clip.mp4")  # has a clock of its own
    record_live(tmp_path / "results" / "talk.mp4", 75.32, **fields)
    (recording,) = written(tmp_path / "results", tmp_path / "report.html").study["recordings"]
    assert (recording["start"], recording["video"]) == (75.32, "talk.mp4")
    assert recording["videos"] == [{"src": "results/talk.mp4", "offset": 75.32}]
    assert is_red(recording["faces"][0]["portrait"])


@pytest.mark.parametrize("tag", ["-1e308", "nan", "soon", "9" * 400])
def test_a_begin_that_no_recording_can_have_is_none(tmp_path: Path, tag: str) -> None:
    record_live(tmp_path / "own.mp4", 0)
    tagged = tmp_path / "results" / "talk.mp4"
    save(tagged.with_suffix(".csv"), frames(2))
    options = {"movflags": "use_metadata_tags"}
    with av.open(str(tmp_path / "own.mp4")) as source, av.open(str(tagged), "w", options=options) as target:
        target.metadata["fervid_begin"] = tag
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)
    (recording,) = written(tmp_path / "results", tmp_path / "report.html").study["recordings"]
    assert [video["offset"] for video in recording["videos"]] == [0]
    assert recording["faces"][0]["portrait"] is not None


@pytest.mark.parametrize("place", [".", "results"])  # found by the manifest, and by its name
def test_a_timeline_that_was_read_from_a_live_recording_has_the_clock_of_the_video(tmp_path: Path, place: str) -> None:
    record_live(tmp_path / "talk.mp4", 75.32)
    save(tmp_path / "results" / "talk.csv", frames(2))
    write_manifest(tmp_path / "results", entry(str(tmp_path / "talk.mp4"), "talk.csv"))
    (tmp_path / "talk.mp4").replace(tmp_path / place / "talk.mp4")
    (recording,) = written(tmp_path / "results", tmp_path / "report.html").study["recordings"]
    assert [video["offset"] for video in recording["videos"]] == [0]


def test_a_portrait_is_turned_as_the_recording_was(footage: Footage, tmp_path: Path) -> None:
    """A box in a frame that is turned over shows the opposite place of the frame, turned over."""
    size, upright = (640, 360), [Moment(1, 0.5, Box(150, 70, 120, 120))]
    opposite = [Moment(1, 0.5, Box(size[0] - 270, size[1] - 190, 120, 120))]
    (plain,) = Portraits(footage["smile.mp4"], {}).take(upright)
    (turned,) = Portraits(footage["smile.mp4"], {"rotate": 180}).take(opposite)
    assert np.abs(pixels(plain) - pixels(turned)[::-1, ::-1]).mean() < 4
    beside = [Moment(1, 0.5, Box(size[1] - 190, 150, 120, 120))]
    (aside,) = Portraits(footage["smile.mp4"], {"rotate": 90}).take(beside)
    assert np.abs(pixels(plain) - np.rot90(pixels(aside))).mean() < 4


def is_red(portrait: str) -> bool:
    """True if a portrait has more red than blue in it."""
    picture = Image.open(io.BytesIO(base64.b64decode(portrait.partition(",")[2]))).convert("RGB")
    red, _, blue = picture.resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return bool(red > blue + 20)


def pixels(portrait: str | None) -> np.ndarray:
    """The pixels of a portrait."""
    assert portrait is not None
    content = base64.b64decode(portrait.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(content)).convert("L")).astype(float)


def test_a_face_that_was_to_be_hidden_is_shown_blurred_or_not_at_all(footage: Footage, tmp_path: Path) -> None:
    save(tmp_path / "results" / "smile.csv", frames(2, 30))
    shutil.copy(footage["smile.mp4"], tmp_path / "smile.mp4")
    write_manifest(tmp_path / "results", entry(str(tmp_path / "smile.mp4"), "smile.csv", settings={"blur": True}))
    (recording,) = written(tmp_path / "results", tmp_path / "one.html").study["recordings"]
    assert (recording["videos"], recording["hidden"], recording["faces"][0]["portrait"]) == ([], True, None)
    (tmp_path / "results" / "smile.annotated.mp4").touch()
    (recording,) = written(tmp_path / "results", tmp_path / "other.html").study["recordings"]
    assert [video["src"] for video in recording["videos"]] == ["results/smile.annotated.mp4"]


def test_portraits_are_bounded(footage: Footage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = frames(1, 30, lambda n, time: tuple(face(n, time, face_id=number) for number in range(1, 6)))
    for name in ("smile", "lean"):
        save(tmp_path / "results" / f"{name}.csv", crowd)
        shutil.copy(footage["smile.mp4"], tmp_path / "results" / f"{name}.mp4")
    monkeypatch.setattr(study_data, "MOST_PORTRAITS", 5)
    monkeypatch.setattr(study_data, "MOST_PORTRAITS_EACH", 3)
    page = written(tmp_path / "results", tmp_path / "report.html")
    pictures = [[face["portrait"] is not None for face in shown["faces"]] for shown in page.study["recordings"]]
    assert pictures == [[True] * 3 + [False] * 2, [True] * 2 + [False] * 3]


def test_a_video_that_is_missing_or_broken_is_no_reason_to_have_no_report(results: Path, tmp_path: Path) -> None:
    missing = write_report([results], tmp_path / "one.html")
    assert missing == "the videos of 1 of 1 recording were not found (P01/webcam)"
    (results / "P01" / "webcam.mp4").write_text("no video")
    assert write_report([results], tmp_path / "other.html") == ""


def test_the_options_that_differ_from_their_defaults_are_named(results: Path, tmp_path: Path) -> None:
    settings = {"every": 1, "rate": 5.0, "certain": Settings().certain}
    write_manifest(results, entry("webcam.mp4", "P01/webcam.csv", settings=settings, engine="compact-fer2013"))
    page = written(results, tmp_path / "report.html")
    (run,) = page.study["runs"]
    assert (run["changed"], run["engine"], page.study["recordings"][0]["run"]) == (["rate"], "compact-fer2013", 0)


def test_nothing_is_left_of_a_report_that_fails(results: Path, tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        write_report([results], tmp_path / "there.html")
    with pytest.raises(OutputError, match="does not have the suffix of a page"):
        write_report([results], tmp_path / "report.pdf")
    with (results / "P01" / "webcam.csv").open("a") as file:
        file.write("oops\n")
    with pytest.raises(SourceError, match="line 202"):
        write_report([results], tmp_path / "report.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "there.html"]
