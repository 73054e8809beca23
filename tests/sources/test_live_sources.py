"""Live sources over real connections on loopback: what arrives, and the one clear line for each fault."""

from __future__ import annotations

import gc
import io
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from source_clips import grey, noise, write_clip

from fervid.errors import SourceError, UsageError
from fervid.sources import open_live, open_source
from fervid.sources.camera import Camera, CameraInfo, list_cameras
from fervid.sources.paced import Paced
from fervid.sources.stream import Stream, without_password
from fervid.video.clock import MICROSECOND, ArrivalClock
from samples.serve import MjpegServer, TransportServer, paced

pytestmark = pytest.mark.realtime


def jpeg(level: int, size: tuple[int, int] = (64, 48)) -> bytes:
    return cv2.imencode(".jpg", grey(level, *size))[1].tobytes()


def silent_after(pictures: Iterator[bytes], until: threading.Event) -> Iterator[bytes]:
    """The pictures, and then nothing, on a connection that stays open."""
    yield from pictures
    until.wait(5)


class ByteServer:
    """Sends these bytes to the first who connects by TCP."""

    def __init__(self, content: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, args=(content,), daemon=True)
        self._thread.start()
        self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self, content: bytes) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.sendall(content)

    def __enter__(self) -> ByteServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join()


@pytest.fixture
def done() -> Iterator[threading.Event]:
    """Set at the test's end, so that no server thread waits longer."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def clip(clips: Path) -> Path:
    """A second of H.264 without pictures that refer to later ones, as cameras send it."""
    path = clips / "live.mp4"
    return path if path.exists() else write_clip(path, [noise(n) for n in range(25)])


class TestStreams:
    def test_mjpeg_over_http_gives_every_picture_with_the_time_of_its_arrival(self) -> None:
        with (
            MjpegServer(lambda: paced(map(jpeg, range(0, 250, 10)), 100)) as server,
            open_live(server.address) as stream,
        ):
            frames = list(stream)
        assert [frame.index for frame in frames] == list(range(25))
        assert [round(float(frame.image.mean()), -1) for frame in frames] == list(range(0, 250, 10))
        times = [frame.time for frame in frames]
        assert times[0] == 0
        assert all(earlier < later for earlier, later in itertools.pairwise(times))
        assert 0.2 < times[-1] < 1

    def test_a_transport_stream_over_tcp_keeps_its_own_times_whatever_its_speed(self, clip: Path) -> None:
        with TransportServer(clip, speed=5) as server, open_live(server.address) as stream:
            frames = list(stream)
        assert [frame.time for frame in frames] == pytest.approx([n * 0.04 for n in range(25)])
        with open_source(clip) as source:
            for frame, original in zip(frames, source, strict=True):
                np.testing.assert_array_equal(frame.image, original.image)

    def test_pictures_may_change_their_size(self) -> None:
        sizes = [(64, 48)] * 3 + [(96, 64)] * 3
        with (
            MjpegServer(lambda: paced((jpeg(9, size) for size in sizes), 100)) as server,
            open_live(server.address) as stream,
        ):
            assert [(frame.width, frame.height) for frame in stream] == sizes

    def test_damaged_pictures_are_left_out_and_counted_with_one_warning(self, caplog: pytest.LogCaptureFixture) -> None:
        sent = [jpeg(50), b"\xff\xd8 this is no picture", jpeg(100), b"\xff\xd8 nor this", jpeg(150)]
        with MjpegServer(lambda: paced(sent, 50)) as server, open_live(server.address) as stream:
            levels = [round(float(frame.image.mean()), -1) for frame in stream]
            assert levels == [50, 100, 150]
            assert stream.undecodable == 2
        assert [record.message for record in caplog.records] == [
            f"{server.address} sends damaged packets; what does not decode is left out and counted"
        ]

    def test_lost_packets_are_told_and_the_times_stay_right(self, clip: Path, caplog: pytest.LogCaptureFixture) -> None:
        """A transport stream that goes through a bad line, which loses some of its 188-byte packets."""
        stream, kept = io.BytesIO(), io.BytesIO()
        with av.open(str(clip)) as video, av.open(stream, "w", format="mpegts") as copy:
            out = copy.add_stream_from_template(video.streams.video[0])
            for packet in video.demux(video=0):
                if packet.dts is not None:
                    packet.stream = out
                    copy.mux(packet)
        packets = stream.getvalue()
        for place in range(0, len(packets), 188):
            if place < 50 * 188 or place // 188 % 70:
                kept.write(packets[place : place + 188])
        with ByteServer(kept.getvalue()) as server, open_live(server.address) as source:
            frames = list(source)
        assert 10 < len(frames) <= 25
        assert {round(frame.time / 0.04, 6) % 1 for frame in frames} == {0}
        assert len(caplog.records) == 1
        assert "sends damaged packets" in caplog.text

    def test_a_stream_that_stalls_says_so_after_its_patience(self, done: threading.Event) -> None:
        pictures = [jpeg(9)] * 5
        with (
            MjpegServer(lambda: silent_after(paced(pictures, 100), done)) as server,
            Stream(server.address, patience=0.3) as stream,
        ):
            frames = iter(stream)
            assert len(list(itertools.islice(frames, 4))) == 4
            with pytest.raises(SourceError, match=r"has stalled: no picture came for 0.3 s; give --reconnect"):
                list(frames)

    def test_stopping_ends_it_with_the_next_picture(self) -> None:
        endless = itertools.repeat(jpeg(9))
        with MjpegServer(lambda: paced(endless, 100)) as server, open_live(server.address) as stream:
            for frame in stream:
                if frame.index == 3:
                    stream.stop()
            assert frame.index <= 4

    def test_pictures_are_let_go_at_once_and_do_not_wait_for_the_garbage_collector(self) -> None:
        gc.collect()
        gc.disable()
        try:
            with MjpegServer(lambda: map(jpeg, range(20))) as server, Stream(server.address) as stream:
                assert len(list(stream)) == 20
                assert sum(type(thing) is av.VideoFrame for thing in gc.get_objects()) <= 2
        finally:
            gc.enable()

    def test_nobody_there(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(SourceError, match=rf"{address} refuses the connection; check the port"):
            open_live(address)

    def test_somebody_there_who_says_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with pytest.raises(SourceError, match=rf"http://127.0.0.1:{port}/x does not answer"):
                Stream(f"http://127.0.0.1:{port}/x", patience=0.2)

    def test_what_is_no_video(self) -> None:
        with (
            MjpegServer(lambda: [b"this is no picture"] * 3) as server,
            pytest.raises(SourceError, match="sends no"),
            open_live(server.address) as stream,
        ):
            list(stream)

    def test_a_password_is_never_shown(self) -> None:
        assert without_password("rtsp://me:secret@camera:554/a?b=c") == "rtsp://camera:554/a?b=c"
        with pytest.raises(SourceError) as caught:
            open_live("rtsp://me:secret@127.0.0.1:9/stream")
        assert "secret" not in str(caught.value)


class TestFiles:
    def test_frames_come_when_their_time_has_come(self, vfr: Path, vfr_times: list[int]) -> None:
        now = 100.0

        def wait(seconds: float) -> None:
            nonlocal now
            now += seconds

        with open_source(vfr) as source:
            came = [(frame.time, now - 100) for frame in Paced(source, now=lambda: now, wait=wait)]
        assert [time for time, _ in came] == pytest.approx([t / 1000 for t in vfr_times])
        for time_, at in came:
            assert at == pytest.approx(time_)

    def test_a_late_frame_is_given_at_once_and_time_is_caught_up(self, vfr: Path) -> None:
        now = 0.0
        waits: list[float] = []

        def wait(seconds: float) -> None:
            nonlocal now
            waits.append(seconds)
            now += seconds

        def clock() -> float:
            return now

        with open_source(vfr) as source:
            for frame in Paced(source, now=clock, wait=wait):
                now += 0.2 if frame.index == 0 else 0.0
        assert now == pytest.approx(1.7)
        assert len(waits) == 2  # the frames at 0.5 and 1.7 s; those before were late

    def test_stopping_wakes_it(self, vfr: Path) -> None:
        with open_live(str(vfr)) as source:
            assert source.name == str(vfr)
            threading.Timer(0.3, source.stop).start()
            begin = time.monotonic()
            assert len(list(source)) == 5
            assert time.monotonic() - begin < 0.49


class TestCameras:
    """No camera is at hand: OpenCV's hold on a file stands in for its hold on one."""

    @pytest.fixture
    def capture(self, clip: Path) -> cv2.VideoCapture:
        return cv2.VideoCapture(str(clip))

    def test_pictures_get_the_time_of_their_arrival(self, capture: cv2.VideoCapture) -> None:
        clock = itertools.count(50.0, 0.5)
        with Camera("camera 0", capture, now=lambda: next(clock)) as camera:
            frames = list(itertools.islice(camera, 5))
        assert [frame.time for frame in frames] == [0, 0.5, 1, 1.5, 2]
        assert {frame.time_base for frame in frames} == {MICROSECOND}
        assert frames[0].image.shape == (48, 64, 3)

    def test_one_that_is_unplugged_says_so_after_its_last_picture(self, capture: cv2.VideoCapture) -> None:
        taken = []
        with (
            Camera("camera 0", capture) as camera,
            pytest.raises(SourceError, match=r"camera 0 has stopped delivering .*unplug"),
        ):
            taken.extend(camera)
        assert len(taken) == 25

    def test_stopping_ends_it(self, capture: cv2.VideoCapture) -> None:
        with Camera("camera 0", capture) as camera:
            for frame in camera:
                if frame.index == 3:
                    camera.stop()
        assert frame.index == 3

    def test_one_that_is_not_there(self) -> None:
        with pytest.raises(SourceError, match=r"there is no camera 77 .*; plug it in, or see `fervid live --list`"):
            open_live("77")

    def test_a_device_that_is_no_camera(self) -> None:
        with pytest.raises(SourceError, match="'/dev/null' is not a camera"):
            open_live("/dev/null")

    def test_linux_names_them(self, tmp_path: Path) -> None:
        for node, name, index in (("video10", "Front", 0), ("video2", "Desk", 0), ("video3", "Desk", 1)):
            (tmp_path / node).mkdir()
            (tmp_path / node / "name").write_text(f"{name}\n")
            (tmp_path / node / "index").write_text(f"{index}\n")
        (tmp_path / "video4").mkdir()  # unplugged just now
        assert list_cameras(tmp_path) == [CameraInfo(2, "Desk"), CameraInfo(10, "Front")]
        assert list_cameras(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("clip.mp4", {"size": (640, 480)}, "'clip.mp4' is not a camera; leave out --size"),
        ("rtsp://host/a", {"rate": 15.0}, "is not a camera"),
        ("rtsp://host/a", {"start": True}, "'rtsp://host/a' is not a file; leave out --start and --end"),
        ("clip.mp4", {"reconnect": True}, "'clip.mp4' is not a camera or a stream; leave out --reconnect"),
    ],
)
def test_options_for_another_kind_of_source_are_refused(source: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_live(source, **options)  # type: ignore[arg-type]


def test_a_clock_of_arrivals_never_stands_still() -> None:
    clock = ArrivalClock()
    assert [clock.stamp(arrived) for arrived in (5.0, 5.0, 5.0, 6.0)] == [0, 1, 2, 1_000_000]


def test_av_reads_what_the_server_of_the_samples_sends(clip: Path) -> None:
    """The server is a tool of its own; other programs read it too."""
    with MjpegServer(lambda: paced([jpeg(9)] * 3, 100)) as server, av.open(server.address) as stream:
        assert stream.format.name == "mpjpeg"
