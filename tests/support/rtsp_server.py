"""An RTSP server (RFC 2326) on loopback that sends a drawn clip with its beeps, as network cameras send theirs.

Pictures are H.264 (RFC 6184), sound is G.711 at 8 kHz (RFC 3551), both over the connection itself. Sender reports of
RTCP (RFC 3550) say how the two clocks belong together.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import numpy as np

from fervid.core.closing import Closing
from support.beeps import FPS, beeps, drawn_picture

_SOUND_RATE = 8000
_VIDEO_CLOCK = 90_000
_BLOCK_S = 0.02
_NTP_EPOCH = 2_208_988_800
_VIDEO, _SOUND = 0, 2
"""The channels of the connection; those of RTCP are one higher."""

_REQUEST = re.compile(rb"([A-Z_]+) \S+ RTSP/1.0\r\n(.*?)\r\n\r\n", re.DOTALL)

_SDP = f"""v=0
o=- 0 0 IN IP4 127.0.0.1
s=drawn
c=IN IP4 0.0.0.0
t=0 0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/{_VIDEO_CLOCK}
a=fmtp:96 packetization-mode=1
a=control:track1
m=audio 0 RTP/AVP 0
a=control:track2
"""


class RtspServer(Closing):
    """A server of one connection, which gets the clip once, at its own speed.

    Args:
        at: The times of the beeps, in seconds.
        seconds: The duration.
    """

    def __init__(self, at: Sequence[float], seconds: float) -> None:
        self._packets = sorted([*_video_packets(seconds), *_sound_packets(at, seconds)], key=lambda each: each[0])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._playing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="rtsp", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address to connect to."""
        return f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/drawn"

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            answering = threading.Thread(target=self._answer, args=(connection,), name="rtsp-answers", daemon=True)
            answering.start()
            if self._playing.wait(10):
                self._play(connection)
            connection.shutdown(socket.SHUT_RDWR)
            answering.join(10)

    def _answer(self, connection: socket.socket) -> None:
        waiting = b""
        try:
            while received := connection.recv(4096):
                waiting += received
                while (request := _REQUEST.search(waiting)) is not None:
                    waiting = waiting[request.end() :]
                    connection.sendall(_response(request[1].decode(), request[2].decode()))
                    if request[1] == b"PLAY":
                        self._playing.set()
        except OSError:  # the reader has disconnected
            return

    def _play(self, connection: socket.socket) -> None:
        begin, today = time.monotonic(), time.time() + _NTP_EPOCH
        try:
            for channel, source in ((_VIDEO, 1), (_SOUND, 2)):
                report = struct.pack(">BBHIIIIII", 0x80, 200, 6, source, int(today), int(today % 1 * 2**32), 0, 0, 0)
                connection.sendall(_framed(channel + 1, report))
            for due, channel, packet in self._packets:
                time.sleep(max(0.0, begin + due - time.monotonic()))
                connection.sendall(_framed(channel, packet))
        except OSError:  # the reader has disconnected
            return


def _framed(channel: int, packet: bytes) -> bytes:
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet


def _rtp(kind: int, number: int, time: int, source: int, payload: bytes, *, marker: bool = False) -> bytes:
    return struct.pack(">BBHII", 0x80, kind | (0x80 if marker else 0), number, time, source) + payload


def _video_packets(seconds: float) -> Iterator[tuple[float, int, bytes]]:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FPS), Fraction(FPS)
    encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "g": "10"}
    number = 0
    for index in range(round(seconds * FPS)):
        frame = drawn_picture(index)
        frame.pts, frame.time_base = index, Fraction(1, FPS)
        for packet in encoder.encode(frame):
            units = [unit.rstrip(b"\0") for unit in bytes(packet).split(b"\0\0\1") if unit.strip(b"\0")]
            for place, unit in enumerate(units):
                stamp, is_last = index * _VIDEO_CLOCK // FPS, place == len(units) - 1
                yield index / FPS, _VIDEO, _rtp(96, number, stamp, 1, unit, marker=is_last)
                number += 1


def _sound_packets(at: Sequence[float], seconds: float) -> Iterator[tuple[float, int, bytes]]:
    encoder = av.CodecContext.create("pcm_mulaw", "w")
    encoder.sample_rate, encoder.format, encoder.layout = _SOUND_RATE, "s16", "mono"
    samples = np.round(beeps(at, seconds, rate=_SOUND_RATE) * 32767).astype(np.int16)
    size = round(_BLOCK_S * _SOUND_RATE)
    for number in range(len(samples) // size):
        block = np.ascontiguousarray(samples[None, number * size : (number + 1) * size])
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _SOUND_RATE, number * size, Fraction(1, _SOUND_RATE)
        for packet in encoder.encode(frame):
            # Microphones deliver a block when it has ended.
            yield (number + 1) * _BLOCK_S, _SOUND, _rtp(0, number, number * size, 2, bytes(packet))


def _response(method: str, headers: str) -> bytes:
    number = re.search(r"CSeq: *(\d+)", headers)
    lines = ["RTSP/1.0 200 OK", f"CSeq: {number[1] if number else 0}", "Session: 1"]
    body = ""
    if method == "OPTIONS":
        lines.append("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
    elif method == "DESCRIBE":
        body = _SDP.replace("\n", "\r\n")
        lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
    elif method == "SETUP":
        lines += [line for line in headers.split("\r\n") if line.startswith("Transport:")]
    return "\r\n".join([*lines, "", body]).encode()
