"""The real parts that receive from each live output, for the tests of all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer
from support.drawn_timelines import CLASSES, face

from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.outlets.base import Origin

ORIGIN = Origin(CLASSES, "compact, PyTorch on CPU", "/home/someone/patient 17.mp4")
PATIENCE_S = 10.0


def frame(index: int, when: float, size: tuple[int, int] = (640, 360)) -> Frame:
    """A grey frame, as bright as its index modulo 256."""
    width, height = size
    return Frame(
        np.full((height, width, 3), index % 256, np.uint8), index, round(when * 1_000_000), Fraction(1, 1_000_000)
    )


def reading(index: int, when: float, *faces: FaceReading, analysed: bool = True) -> FrameReading:
    """The reading of a frame."""
    return FrameReading(index, when, faces, analysed=analysed)


def happy(index: int, when: float) -> tuple[Frame, FrameReading, float]:
    """A frame with a happy face that arrives when it is taken, 100 seconds after the clock of the machine began."""
    return frame(index, when), reading(index, when, face(index, when)), 100 + when


class OscServer:
    """A program that receives OSC messages.

    Attributes:
        port: Its port.
        messages: The address and the arguments of each message so far, in order; those of a datagram come at once.
    """

    def __init__(self) -> None:
        dispatcher = Dispatcher()
        dispatcher.set_default_handler(lambda address, *arguments: self._datagram.append((address, arguments)))
        self._datagram: list[tuple[str, tuple[Any, ...]]] = []
        self.messages: list[tuple[str, tuple[Any, ...]]] = []
        # One thread, so that the messages stay in order.
        self._server = ThreadingOSCUDPServer(("127.0.0.1", 0), dispatcher)
        self._server.process_request = self._process  # type: ignore[method-assign]
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="osc-server")
        self._thread.start()

    def _process(self, request: Any, address: Any) -> None:
        self._server.finish_request(request, address)
        self.messages.extend(self._datagram)
        self._datagram.clear()

    def values(self, address: str) -> list[tuple[Any, ...]]:
        """Return the arguments of all messages so far with this address."""
        return [arguments for found, arguments in list(self.messages) if found == address]

    def wait_for(self, address: str, count: int) -> list[tuple[Any, ...]]:
        """Return the arguments of so many messages with this address as soon as they are there."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.values(address)) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        return self.values(address)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def osc_server() -> Iterator[OscServer]:
    server = OscServer()
    try:
        yield server
    finally:
        server.close()


class MemoryCamera:
    """A device of pyvirtualcam that keeps what it shows. One program alone can have it open.

    Attributes:
        shown: The pictures so far, (height, width, 3) uint8, blue green red.
        opened: The size and the rate with which it was opened, each time.
        closed: How often it was closed.
    """

    def __init__(self) -> None:
        self.shown: list[NDArray[np.uint8]] = []
        self.opened: list[tuple[int, int, float]] = []
        self.closed = 0

    def backend(self) -> type:
        """Return the class that pyvirtualcam opens it with."""
        camera = self

        class Backend:
            def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None) -> None:
                if camera.closed < len(camera.opened):
                    raise RuntimeError("the device is in use")
                self._size = (height, width, 3)
                camera.opened.append((width, height, fps))

            def send(self, picture: NDArray[np.uint8]) -> None:
                camera.shown.append(picture.reshape(self._size).copy())

            def close(self) -> None:
                camera.closed += 1

            def device(self) -> str:
                return "memory"

            def native_fourcc(self) -> int | None:
                return None

        return Backend


def plug_in(monkeypatch: pytest.MonkeyPatch) -> MemoryCamera:
    """Make a camera in memory the only device of pyvirtualcam."""
    import pyvirtualcam

    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {})
    camera = MemoryCamera()
    pyvirtualcam.register_backend("memory", camera.backend())
    return camera
