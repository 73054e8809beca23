"""Serve a video as a network stream, in a loop: ``python samples/serve.py VIDEO [--port 8090] [--rate 30]``.

It prints the command that opens the stream. The stream is MJPEG over HTTP, as many network cameras send it.
"""

from __future__ import annotations

import argparse
import itertools
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import av
import cv2

from fervid.core.closing import Closing

_BOUNDARY: Final = "picture"


class MjpegServer(Closing):
    """An HTTP server on loopback that sends JPEG frames, to each connection from the beginning.

    Args:
        pictures: Called for each connection. Yields each JPEG file when it is due; the stream ends with it.
        port: The port to listen on; 0 for any free port.
    """

    def __init__(self, pictures: Callable[[], Iterable[bytes]], port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
                self.end_headers()
                try:
                    for picture in pictures():
                        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                        self.wfile.write(head.encode() + picture + b"\r\n")
                except OSError:  # the reader has disconnected
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="mjpeg", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address to connect to."""
        return f"http://127.0.0.1:{self._server.server_port}/stream"

    def close(self) -> None:
        """Stop listening. Open connections last until their reader disconnects."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class TransportServer(Closing):
    """A TCP server on loopback that sends a video and its sound as an MPEG transport stream, as they are encoded.

    Each connection gets the video once, from the beginning and at its own speed.

    Args:
        path: An H.264 video, whose sound is AAC where it has any.
        speed: The factor by which it is sent faster than its own speed.
    """

    def __init__(self, path: Path, speed: float = 1.0) -> None:
        self._path = path
        self._speed = speed
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="mpegts", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address to connect to."""
        return f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            with connection:
                try:
                    self._send(connection)
                except OSError:  # the reader has disconnected
                    continue

    def _send(self, connection: socket.socket) -> None:
        with (
            connection.makefile("wb", buffering=0) as file,
            av.open(str(self._path)) as video,
            av.open(file, "w", format="mpegts", options={"flush_packets": "1"}) as stream,
        ):
            read = [video.streams.video[0], *video.streams.audio]
            written = {each.index: stream.add_stream_from_template(each) for each in read}
            begin = time.monotonic()
            for packet in video.demux(read):
                if packet.dts is None or packet.time_base is None:
                    continue
                due = begin + float(packet.dts * packet.time_base) / self._speed
                time.sleep(max(0.0, due - time.monotonic()))
                packet.stream = written[packet.stream_index]
                stream.mux(packet)


def jpegs(path: Path, size: tuple[int, int] | None = None) -> list[bytes]:
    """Return the frames of a video as JPEG files.

    Args:
        path: The video.
        size: Width and height in pixels; None for those of the video.
    """
    with av.open(str(path)) as video:
        images = (frame.reformat(*(size or (None, None))).to_ndarray(format="bgr24") for frame in video.decode(video=0))
        return [cv2.imencode(".jpg", image)[1].tobytes() for image in images]


def paced(pictures: Iterable[bytes], rate: float) -> Iterator[bytes]:
    """Yield each picture when it is due, at `rate` pictures a second."""
    begin = time.monotonic()
    for place, picture in enumerate(pictures):
        time.sleep(max(0.0, begin + place / rate - time.monotonic()))
        yield picture


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the video that the command line names, until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Serve a video as an MJPEG stream over HTTP, in a loop.")
    parser.add_argument("video", type=Path, metavar="VIDEO")
    parser.add_argument("--port", type=int, default=8090, help="port to listen on (default: 8090)")
    parser.add_argument("--rate", type=float, default=30.0, help="frames a second (default: 30)")
    options = parser.parse_args(arguments)
    pictures = jpegs(options.video)
    try:
        opened = MjpegServer(lambda: paced(itertools.cycle(pictures), options.rate), options.port)
    except OSError as error:
        parser.error(f"port {options.port} cannot be used ({error.strerror}); give another --port, or 0 for any")
    with opened as server:
        sys.stdout.write(f"fervid live {server.address}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
