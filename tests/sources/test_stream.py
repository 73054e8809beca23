"""Network streams over real connections on loopback: the frames, and one clear message for each fault."""

from __future__ import annotations

import gc
import io
import itertools
import socket
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from support.clips import grey, write_clip

from fervid.errors import SourceError, UsageError
from fervid.sources import open_live, open_source
from fervid.sources.stream import Stream
from samples.serve import MjpegServer, TransportServer, paced

pytestmark = pytest.mark.realtime


def jpeg(level: int, size: tuple[int, int] = (64, 48)) -> bytes:
    return cv2.imencode(".jpg", grey(level, *size))[1].tobytes()


def silent_after(pictures: Iterator[bytes], until: threading.Event) -> Iterator[bytes]:
    """Yield the pictures, and then nothing, on a connection that stays open."""
    yield from pictures
    until.wait(5)


class ByteServer:
    """A TCP server that sends some bytes to the first connection."""

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
    """An event that is set when the test ends, so that server threads end too."""
    event = threading.Event()
    yield event
    event.set()


def test_mjpeg_over_http_yields_every_frame_with_its_arrival_time() -> None:
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


def test_a_transport_stream_over_tcp_keeps_its_times_at_any_speed(clip: Path) -> None:
    with TransportServer(clip, speed=5) as server, open_live(server.address) as stream:
        frames = list(stream)
    assert [frame.time for frame in frames] == pytest.approx([n * 0.04 for n in range(25)])
    with open_source(clip) as source:
        for frame, original in zip(frames, source, strict=True):
            np.testing.assert_array_equal(frame.image, original.image)


def test_tags_that_are_not_utf_8_do_not_stop_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv", [grey(50)] * 5, tags={"title": "Café"}, tag_encoding="latin-1")
    assert b"Caf\xe9" in path.read_bytes()
    with ByteServer(path.read_bytes()) as server, open_live(server.address) as stream:
        assert len(list(stream)) == 5


def test_the_frame_size_may_change() -> None:
    sizes = [(64, 48)] * 3 + [(96, 64)] * 3
    with (
        MjpegServer(lambda: paced((jpeg(9, size) for size in sizes), 100)) as server,
        open_live(server.address) as stream,
    ):
        assert [(frame.width, frame.height) for frame in stream] == sizes


def test_damaged_frames_are_left_out_and_counted_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    sent = [jpeg(50), b"\xff\xd8 this is no picture", jpeg(100), b"\xff\xd8 nor this", jpeg(150)]
    with MjpegServer(lambda: paced(sent, 50)) as server, open_live(server.address) as stream:
        levels = [round(float(frame.image.mean()), -1) for frame in stream]
        assert levels == [50, 100, 150]
        assert stream.undecodable == 2
    assert [record.message for record in caplog.records] == [
        f"{server.address} sends damaged packets; frames that do not decode are left out and counted"
    ]


def test_lost_packets_are_reported_and_the_times_stay_right(clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Some of the 188-byte packets of a transport stream are lost on the way."""
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


def test_a_stalled_stream_is_an_error_after_its_patience(done: threading.Event) -> None:
    pictures = [jpeg(9)] * 5
    with (
        MjpegServer(lambda: silent_after(paced(pictures, 100), done)) as server,
        Stream(server.address, patience=0.3) as stream,
    ):
        frames = iter(stream)
        assert len(list(itertools.islice(frames, 4))) == 4
        with pytest.raises(SourceError, match=r"has stalled: no frame for 0.3 s; give reconnect=True"):
            list(frames)


def test_stop_ends_the_loop_at_the_next_frame() -> None:
    endless = itertools.repeat(jpeg(9))
    with MjpegServer(lambda: paced(endless, 100)) as server, open_live(server.address) as stream:
        for frame in stream:
            if frame.index == 3:
                stream.stop()
        assert frame.index <= 4


def test_decoded_frames_are_freed_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        with MjpegServer(lambda: map(jpeg, range(20))) as server, Stream(server.address) as stream:
            assert len(list(stream)) == 20
            assert sum(type(thing) is av.VideoFrame for thing in gc.get_objects()) <= 2
    finally:
        gc.enable()


def test_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(SourceError, match=rf"{address} refuses the connection; check the port"):
        open_live(address)


def test_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(SourceError, match=rf"http://127.0.0.1:{port}/x does not answer"):
            Stream(f"http://127.0.0.1:{port}/x", patience=0.2)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "requires a password; put it into the address"),
        (403, "requires a password; put it into the address"),
        (404, "does not exist; check the address"),
        (503, "cannot be reached (Server returned 5XX Server Error reply); check the address and the network"),
    ],
)
def test_what_a_server_refuses_is_named(status: int, words: str) -> None:
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(status)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/a"
        with pytest.raises(SourceError) as caught:
            open_live(address)
        server.shutdown()
        thread.join()
    assert str(caught.value).startswith(f"{address} {words}")


def test_a_stream_without_video() -> None:
    with (
        MjpegServer(lambda: [b"this is no picture"] * 3) as server,
        pytest.raises(SourceError, match="sends no"),
        open_live(server.address) as stream,
    ):
        list(stream)


def test_a_password_is_never_shown() -> None:
    """Not even in the traceback that users send with a report, where FFmpeg quotes the address."""
    for address in ("rtsp://me:secret@127.0.0.1:9/a?key=secret", "http://me:a/secret@127.0.0.1:9/a"):
        with pytest.raises(SourceError) as caught:
            open_live(address)
        assert "secret" not in "".join(traceback.format_exception(caught.value))
    for options in ({"size": (640, 480)}, {"stream": 2}):
        with pytest.raises(UsageError, match=r"'rtsp://camera/' is not a"):
            open_live("rtsp://me:secret@camera/?key=secret", **options)
    with pytest.raises(SourceError, match="'rtsp://camera/a' is an address"):
        open_source(Path("rtsp://me:secret@camera/a"))


def test_what_stalls_shows_no_password_either() -> None:
    until = threading.Event()
    with MjpegServer(lambda: silent_after(paced([jpeg(9)] * 3, 100), until)) as server:
        address = server.address.replace("://", "://me:secret@")
        with Stream(address, patience=0.4) as stream, pytest.raises(SourceError, match="has stalled") as caught:
            list(stream)
        until.set()
    assert stream.name == server.address
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_the_server_of_the_samples_works_with_pyav(clip: Path) -> None:
    """The server can be used with other programs too."""
    with MjpegServer(lambda: paced([jpeg(9)] * 3, 100)) as server, av.open(server.address) as stream:
        assert stream.format.name == "mpjpeg"
