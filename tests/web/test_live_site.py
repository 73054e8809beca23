"""What the page of a live reading answers, to browsers and to other programs."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import av
import cv2
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from support.full_disk import largest_file
from test_server import ask, stuck
from web_lives import Looping, Served, grey, served, stays
from websockets.sync.client import ClientConnection, connect

from fervid.core.emotions import COLOURS, FER2013
from fervid.core.geometry import Box
from fervid.core.readings import FrameReading
from fervid.core.regions import Regions
from fervid.draw.painter import Painter
from fervid.formats.timeline import Timeline
from fervid.testing import FakeDetector, FakeEngine
from fervid.web.broadcast import Readings

pytestmark = pytest.mark.realtime


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Served]:
    with served(Looping(grey()), tmp_path) as opened:
        yield opened


def messages(page: Served, count: int) -> list[dict[str, object]]:
    """The first messages of the readings."""
    with connect(f"{page.ws}/readings") as socket:
        return [json.loads(socket.recv(timeout=5)) for _ in range(count)]


def picture(socket: ClientConnection) -> NDArray[np.uint8]:
    """The next picture."""
    socket.send("next")
    content = socket.recv(timeout=5)
    assert isinstance(content, bytes)
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def wait_for_faces(page: Served, seconds: float = 0.0) -> None:
    """Until so many seconds were read."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        strips = page.live.history.strips()
        if strips and strips[0].times[-1] - strips[0].times[0] >= seconds:
            return
        time.sleep(0.01)
    raise AssertionError("no face came")


class TestReadings:
    def test_every_analysed_frame_is_told(self, page: Served) -> None:
        told = messages(page, 20)
        frames = [message["frame"] for message in told]
        assert sorted(set(frames)) == frames
        assert frames[-1] - frames[0] < 25  # next to none is left out where the reader is quick
        first = told[0]
        assert (first["width"], first["height"]) == (160, 96)
        (face,) = first["faces"]
        assert face["face"] == 1
        assert face["box"] == {"x": 16.0, "y": 12.0, "width": 24.0, "height": 24.0}
        assert (face["emotion"], face["confidence"]) == ("happy", 0.9)
        assert list(face["strengths"]) == list(FER2013)
        assert sum(face["strengths"].values()) == pytest.approx(1)

    def test_each_tells_how_it_goes(self, page: Served) -> None:
        wait_for_faces(page, 0.5)
        state = messages(page, 1)[0]["state"]
        assert state["rate"] > 0
        assert 0 < state["latency_ms"] <= state["latency_p99_ms"]
        assert state | {"rate": 0, "latency_ms": 0, "latency_p99_ms": 0, "silent_s": 0, "dropped": 0} == {
            "rate": 0,
            "latency_ms": 0,
            "latency_p99_ms": 0,
            "dropped": 0,
            "silent_s": 0,
            "recording": False,
            "recordings": [],
            "recording_error": None,
            "markers": 0,
            "paused": False,
            "mirror": False,
            "smoothing_time": 0.3,
            "gap_s": page.live.history.gap,
        }

    def test_while_no_picture_comes_it_is_told_once_a_second(self, tmp_path: Path) -> None:
        source = Looping(grey())
        source.running.clear()
        with served(source, tmp_path) as page:
            first, second = messages(page, 2)
        assert "faces" not in first | second
        assert second["state"]["silent_s"] - first["state"]["silent_s"] > 0.9

    def test_an_error_that_ends_the_analysis_is_the_last_message(self, tmp_path: Path) -> None:
        """The thread of the pictures ends with it, without a traceback of its own, which pytest would report."""
        with served(Looping(grey(), 20), tmp_path, engine=FakeEngine(fails_at=10)) as page:
            with connect(f"{page.ws}/readings") as socket:
                with pytest.raises(RuntimeError, match="told to fail"):
                    for _ in page.live.results.watch(1):
                        pass
                page.page.close()
                *_, last = socket
            assert json.loads(last) == {
                "error": "unexpected RuntimeError: the engine was told to fail; "
                "set FERVID_DEBUG=1 for the traceback and report it"
            }

    def test_one_who_talks_and_one_who_leaves_amid_it_do_no_harm(self, page: Served) -> None:
        with connect(f"{page.ws}/readings") as socket:
            for _ in range(100):
                socket.send("hello")
            socket.recv(timeout=5)
        assert len(messages(page, 3)) == 3


class TestPictures:
    def test_they_may_be_asked_for_in_binary(self, page: Served) -> None:
        with connect(f"{page.ws}/picture") as viewer:
            viewer.send(b"next")
            assert isinstance(viewer.recv(timeout=5), bytes)

    def test_each_is_newer_than_the_one_before(self, page: Served) -> None:
        with connect(f"{page.ws}/picture") as socket:
            pictures = [picture(socket) for _ in range(20)]
        assert all((one != other).any() for one, other in itertools.pairwise(pictures))
        assert pictures[0].shape == (96, 160, 3)
        assert (np.ptp(pictures[0], axis=(0, 1)) > 50).all()  # a box and a label are painted on the plain ground

    def test_many_viewers_cost_one_encoding(self, page: Served) -> None:
        with ExitStack() as viewers:
            sockets = [viewers.enter_context(connect(f"{page.ws}/picture")) for _ in range(8)]
            wait_for_faces(page)
            before, first = page.site.feed.encoded, page.live.results.newest.reading.index
            for _ in range(10):
                for socket in sockets:
                    socket.send("next")
                for socket in sockets:
                    socket.recv(timeout=5)
            # Eighty pictures were received; no frame was encoded twice.
            assert 0 < page.site.feed.encoded - before <= page.live.results.newest.reading.index - first + 2

    def test_nothing_is_encoded_while_nobody_looks(self, page: Served) -> None:
        wait_for_faces(page, 0.3)
        assert page.site.feed.encoded == 0
        with connect(f"{page.ws}/picture") as socket:
            picture(socket)
            time.sleep(1.3)  # it is there, but asks no more
            before = page.site.feed.encoded
            assert before > 1
            time.sleep(0.3)
            assert page.site.feed.encoded == before

    def test_who_comes_back_gets_a_new_picture_not_an_old_one(self, page: Served) -> None:
        for _ in range(2):
            with connect(f"{page.ws}/picture") as socket:
                shown = picture(socket)
                newest = page.live.results.newest
                assert newest is not None
                assert abs(float(shown[80, 150, 0]) - newest.frame.image[80, 150, 0]) <= 20  # five pictures
            time.sleep(1.25)

    def test_while_paused_a_new_viewer_sees_the_last_picture(self, page: Served) -> None:
        wait_for_faces(page)
        page.live.paused = True
        time.sleep(0.1)
        with connect(f"{page.ws}/picture") as socket:
            assert picture(socket).shape == (96, 160, 3)

    def test_one_who_reads_nothing_slows_neither_the_others_nor_the_analysis(self, tmp_path: Path) -> None:
        noise = [np.random.default_rng(seed).integers(0, 255, (480, 640, 3), np.uint8) for seed in range(4)]
        with (
            served(Looping(noise, 30), tmp_path) as page,
            stuck(page) as viewer,
            connect(f"{page.ws}/picture") as quick,
        ):
            for _ in range(30):
                ask(viewer)
            for _ in range(30):
                picture(quick)
            assert page.live.results.newest.reading.index > max(20, 2 * page.live.dropped)

    def test_a_wide_picture_is_scaled_and_its_boxes_with_it(self, tmp_path: Path) -> None:
        wide = [np.full((1080, 1920, 3), 90, np.uint8)]
        detector = stays(Box(900.0, 450.0, 300.0, 300.0))
        with served(Looping(wide, 10), tmp_path, detector=detector) as page, connect(f"{page.ws}/picture") as socket:
            small = picture(socket)
            large = httpx.post(f"{page.http}/snapshot").content
        assert small.shape == (720, 1280, 3)
        column = small[400, :, 2].astype(int)  # the red of a line through the box
        assert abs(np.flatnonzero(column > 180)[0] - 900 * 1280 / 1920) <= 4
        assert cv2.imdecode(np.frombuffer(large, np.uint8), cv2.IMREAD_COLOR).shape == (1080, 1920, 3)

    def test_the_regions_are_outlined_in_pictures_of_every_size_where_asked(self, tmp_path: Path) -> None:
        wide, regions = [np.full((1080, 1920, 3), 90, np.uint8)], Regions.of("960,0,960,1080")
        with (
            served(Looping(wide, 10), tmp_path, detector=FakeDetector(lambda _: []), choice=regions) as page,
            connect(f"{page.ws}/picture") as socket,
        ):
            small = picture(socket)
            snapshot = httpx.post(f"{page.http}/snapshot").content
            page.site._controls.save_picture()
        (saved,) = tmp_path.glob("*.jpg")
        large = cv2.imdecode(np.frombuffer(snapshot, np.uint8), cv2.IMREAD_COLOR)
        for image in (small, large, cv2.imread(str(saved))):
            white = np.flatnonzero(image[image.shape[0] // 2].min(axis=1) > 200)
            assert white.min() == pytest.approx(image.shape[1] / 2, abs=8)
            assert white.max() == pytest.approx(image.shape[1], abs=8)

    def test_one_that_cannot_be_painted_is_one_line_and_the_next_one_comes(
        self, page: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        paint, painted = Painter.paint, itertools.count()

        def paint_or_fail(painter: Painter, image: NDArray[np.uint8], reading: FrameReading) -> None:
            if next(painted) < 3:
                raise ValueError("no colour left")
            paint(painter, image, reading)

        monkeypatch.setattr(Painter, "paint", paint_or_fail)
        with connect(f"{page.ws}/picture") as socket:
            assert picture(socket).shape == (96, 160, 3)
        assert [record.getMessage() for record in caplog.records if record.name.startswith("fervid")] == [
            "a picture for the page could not be painted (ValueError: no colour left)"
        ]


class TestWhatIsAsked:
    def test_what_is_not_there_is_told_as_every_error(self, page: Served) -> None:
        assert httpx.get(f"{page.http}/nothing").json() == {"error": "not found"}
        refused = httpx.get(f"{page.http}/record")
        assert (refused.status_code, refused.json()) == (405, {"error": "method not allowed"})
        assert refused.headers["Allow"] == "POST"

    def test_names_with_bytes_that_are_no_text_are_told_as_far_as_they_are(self, tmp_path: Path) -> None:
        source = Looping(grey())
        source.name = "caf\udce9.mp4"
        with served(source, tmp_path) as page:
            assert httpx.get(f"{page.http}/setup").json()["source"] == "caf?.mp4"

    def test_the_page_and_its_parts(self, page: Served) -> None:
        html = httpx.get(f"{page.http}/")
        assert html.headers["Content-Type"].startswith("text/html")
        assert "http" not in html.text.replace("http-equiv", "")  # nothing comes from elsewhere
        for name, kind in (("style.css", "text/css"), ("live.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
            assert httpx.get(f"{page.http}/{name}").headers["Content-Type"].startswith(kind)
        assert httpx.get(f"{page.http}/photo.html").status_code == 404
        assert httpx.get(f"{page.http}/../answers.py").status_code == 404

    def test_setup_has_the_palette(self, page: Served) -> None:
        setup = httpx.get(f"{page.http}/setup").json()
        assert setup["classes"] == list(FER2013)
        assert setup["colours"]["happy"] == "#{:02x}{:02x}{:02x}".format(*COLOURS["happy"])
        assert (setup["source"], setup["detector"], setup["engine"]) == ("looping", "fake", "fake (cpu)")

    def test_history_is_the_last_minute_of_each_face(self, page: Served) -> None:
        wait_for_faces(page, 0.5)
        (face,) = httpx.get(f"{page.http}/history").json()["faces"]
        assert face["face"] == 1
        assert len(face["times"]) >= 5
        assert face["times"] == sorted(face["times"])
        assert face["strengths"]["happy"] == [0.9] * len(face["times"])

    def test_the_csv_is_a_timeline_of_every_frame(self, page: Served, tmp_path: Path) -> None:
        wait_for_faces(page, 0.5)
        answer = httpx.get(f"{page.http}/timeline.csv")
        assert 'filename="live-' in answer.headers["Content-Disposition"]
        (tmp_path / "t.csv").write_bytes(answer.content)
        timeline = Timeline.load(tmp_path / "t.csv")
        assert timeline.classes == FER2013
        indices = [frame.index for frame in timeline.frames]
        assert indices[0] == 0
        assert len(indices) >= 20
        assert indices[-1] - len(indices) <= 2 + page.live.dropped
        assert {face.emotion for face in timeline.readings} == {"happy"}

    def test_a_snapshot_is_the_newest_picture_and_stored_nowhere(self, page: Served, tmp_path: Path) -> None:
        wait_for_faces(page)
        answer = httpx.post(f"{page.http}/snapshot")
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Disposition"].endswith('.jpg"')
        assert cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR).shape == (96, 160, 3)
        assert list(tmp_path.iterdir()) == []

    def test_before_the_first_picture_there_is_no_snapshot(self, tmp_path: Path) -> None:
        source = Looping(grey())
        source.running.clear()
        with served(source, tmp_path) as page:
            answer = httpx.post(f"{page.http}/snapshot")
            assert (answer.status_code, answer.json()) == (
                409,
                {"error": "no picture has arrived yet; try again when one is shown"},
            )
            assert Timeline.load(saved(tmp_path, httpx.get(f"{page.http}/timeline.csv"))).frames == ()

    def test_a_recording_is_made_and_can_be_fetched(self, page: Served, tmp_path: Path) -> None:
        begun = httpx.post(f"{page.http}/record").json()
        assert begun["recording"]
        video, table = begun["files"]
        assert httpx.get(f"{page.http}/recordings/{video}").status_code == 404  # it is not complete
        time.sleep(0.5)
        assert messages(page, 1)[0]["state"]["recording"]
        assert httpx.post(f"{page.http}/record").json() == {"recording": False, "files": [video, table]}
        assert messages(page, 1)[0]["state"]["recordings"] == [video, table]
        for name in (video, table):
            assert httpx.get(f"{page.http}/recordings/{name}").content == (tmp_path / name).read_bytes()
        assert len(Timeline.load(tmp_path / table).frames) > 10
        with av.open(str(tmp_path / video)) as clip:
            assert len(list(clip.decode(video=0))) > 10
        (tmp_path / "mine.txt").write_text("mine")
        for name in ("mine.txt", "..%2Fmine.txt", "%2Fetc%2Fpasswd"):
            assert httpx.get(f"{page.http}/recordings/{name}").status_code == 404

    def test_what_cannot_be_recorded_is_one_line(self, tmp_path: Path) -> None:
        with served(Looping(grey()), tmp_path / "missing") as page:
            answer = httpx.post(f"{page.http}/record")
            assert answer.status_code == 500
            assert "missing" in answer.json()["error"]
            assert not messages(page, 1)[0]["state"]["recording"]

    @pytest.mark.skipif(os.name == "nt", reason="limits the size of files, as Unix can")
    def test_a_recording_that_fails_is_told_to_the_viewers_and_ends_alone(self, tmp_path: Path) -> None:
        noise = [np.random.default_rng(seed).integers(0, 255, (96, 160, 3), np.uint8) for seed in range(9)]
        with largest_file(20_000), served(Looping(noise, 30), tmp_path) as page:
            begun = httpx.post(f"{page.http}/record").json()
            with connect(f"{page.ws}/readings") as socket:
                while (state := json.loads(socket.recv(timeout=20))["state"])["recording_error"] is None:
                    pass
                assert begun["files"][0] in state["recording_error"]
                assert "cannot be written" in state["recording_error"]
                assert not state["recording"]
                assert json.loads(socket.recv(timeout=5))["faces"]

    def test_pause_mirror_and_smoothing(self, page: Served) -> None:
        def post(path: str) -> dict[str, object]:
            return httpx.post(f"{page.http}/{path}").json()["state"]

        assert (post("pause")["paused"], post("pause")["paused"]) == (True, False)
        assert (post("mirror")["mirror"], page.live.mirror) == (True, True)
        assert post("smoothing/longer")["smoothing_time"] == 0.5
        assert post("smoothing/shorter")["smoothing_time"] == 0.3
        assert httpx.get(f"{page.http}/pause").status_code == 405


class TestMarkers:
    def test_one_is_placed_listed_and_counted(self, page: Served) -> None:
        wait_for_faces(page)
        placed = httpx.post(f"{page.http}/markers", json={"name": "stimulus 3", "source": "trial.py"}).json()
        assert (placed["number"], placed["name"], placed["source"], placed["files"]) == (
            1,
            "stimulus 3",
            "trial.py",
            [],
        )
        newest = page.live.results.newest
        assert newest is not None
        assert placed["time"] == pytest.approx(newest.frame.time, abs=1)
        assert datetime.fromisoformat(placed["placed"]).tzinfo is not None
        unnamed = httpx.post(f"{page.http}/markers").json()
        assert (unnamed["name"], unnamed["source"]) == ("marker 2", "http")
        earlier = httpx.post(f"{page.http}/markers", json={"time": 0, "name": "=a\x00b"}).json()
        assert (earlier["time"], earlier["name"]) == (0, "=a b")
        assert httpx.get(f"{page.http}/markers").json() == {"markers": [placed, unnamed, earlier]}
        assert messages(page, 1)[0]["state"]["markers"] == 3

    def test_those_of_a_recording_are_files_of_it(self, page: Served, tmp_path: Path) -> None:
        wait_for_faces(page)
        files = httpx.post(f"{page.http}/record").json()["files"]
        placed = httpx.post(f"{page.http}/markers", json={"name": "go"}).json()
        of_each = [f"{name}.markers.csv" for name in files]
        assert placed["files"] == of_each
        assert httpx.post(f"{page.http}/record").json()["files"] == [*files, *of_each]
        assert ",go," in httpx.get(f"{page.http}/recordings/{of_each[1]}").text

    def test_what_is_no_marker_is_refused_in_one_line(self, page: Served) -> None:
        wait_for_faces(page)
        for body, status, line in (
            (b"[1]", 400, 'a marker is a JSON object such as {"name": "stimulus 3"}'),
            (b"{", 400, "a marker is a JSON object"),
            (b'{"title": "go"}', 400, "a marker is a JSON object"),
            (b'{"name": 3}', 400, "name and source must be texts"),
            (b'{"time": "now"}', 400, "time must be a number of seconds"),
            (b'{"time": true}', 400, "time must be a number of seconds"),
            (b'{"time": 1' + b"0" * 400 + b"}", 400, "time must be a number of seconds"),
            (b'{"time": -1}', 400, "a marker cannot be placed at -0:00:01.000; give a time from 0 to 0:00:"),
            (b'{"name": "' + b"x" * 20_000 + b'"}', 413, "a marker takes at most 16384 bytes"),
        ):
            answer = httpx.post(f"{page.http}/markers", content=body)
            assert answer.status_code == status
            assert line in answer.json()["error"]
        assert page.site._controls.markers.placed == ()

    def test_before_the_first_picture_there_is_no_time(self, tmp_path: Path) -> None:
        source = Looping(grey())
        source.running.clear()
        with served(source, tmp_path) as page:
            answer = httpx.post(f"{page.http}/markers")
        assert (answer.status_code, answer.json()) == (
            409,
            {"error": "no picture has arrived yet; place the marker again when one is shown"},
        )

    def test_pages_of_other_sites_place_none(self, page: Served) -> None:
        wait_for_faces(page)
        answer = httpx.post(f"{page.http}/markers", headers={"Origin": "http://evil.example"})
        assert answer.status_code == 403
        assert page.site._controls.markers.placed == ()


def saved(folder: Path, answer: httpx.Response) -> Path:
    """The answer as a file."""
    path = folder / "saved.csv"
    path.write_bytes(answer.content)
    return path


def test_readings_older_than_a_minute_are_let_go(page: Served) -> None:
    readings = Readings(FER2013, dict)
    wait_for_faces(page)
    frame = page.live.results.newest.frame
    for index in range(200):
        readings.write(frame, FrameReading(index, float(index), ()))
        readings.write(frame, FrameReading(index, float(index), (), analysed=False))
    frames = readings.timeline().frames
    assert [(frame.index, frame.time) for frame in frames] == [(index, float(index)) for index in range(139, 200)]
