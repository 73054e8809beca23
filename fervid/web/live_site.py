"""The page of a live analysis: its picture, its readings and its controls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from fervid.core.closing import Closing
from fervid.live.controls import Controls
from fervid.live.file_names import timed_stem
from fervid.live.history import SPAN_S
from fervid.live.recorder import Recorder
from fervid.run.option_flags import with_flags
from fervid.web.answers import application, attached, converse, error, messages, printable, setup
from fervid.web.broadcast import Readings, strip_fields
from fervid.web.feed import Feed
from fervid.web.jpeg import kept
from fervid.web.marker_requests import marker_routes
from fervid.web.page_files import page_routes

_STATE_EVERY_S: Final = 1.0
"""The seconds between two messages about the state while no picture arrives."""


class LiveSite(Closing):
    """A site that shows a live analysis; docs/browser.md describes its interface.

    Args:
        controls: The controls of the analysis.
        classes: The names of the classes, in the order of the engine.
        detector: The name of the detector, shown to people.
        engine: The name of the engine, shown to people.

    Attributes:
        app: The ASGI application.
        feed: The pictures.
        source: The name of the source.
        markers: The markers of the session.
    """

    def __init__(self, controls: Controls, classes: tuple[str, ...], *, detector: str, engine: str) -> None:
        self._controls = controls
        self._live = controls.live
        self.feed = Feed(self._live)
        self.source = printable(self._live.source.name)
        self.markers = controls.markers
        self._readings = Readings(classes, self._state)
        self._recorder: Recorder | None = None
        self._lock = threading.Lock()
        self._recorded: dict[str, Path] = {}
        self._setup = setup(classes, source=self.source, detector=detector, engine=engine, span=SPAN_S, live=True)
        actions = {
            "pause": controls.toggle_pause,
            "mirror": controls.toggle_mirror,
            "smoothing/longer": controls.lengthen_smoothing,
            "smoothing/shorter": controls.shorten_smoothing,
        }
        self.app = application(
            [
                *page_routes("live.html"),
                Route("/setup", self._get_setup),
                Route("/history", self._history),
                Route("/timeline.csv", self._timeline),
                Route("/recordings/{name}", self._recording),
                Route("/snapshot", self._snapshot, methods=["POST"]),
                Route("/record", self._record, methods=["POST"]),
                *marker_routes(controls.markers),
                *(Route(f"/{name}", self._action(act), methods=["POST"]) for name, act in actions.items()),
                WebSocketRoute("/picture", self._send_pictures),
                WebSocketRoute("/readings", self._send_readings),
            ]
        )

    def start(self) -> None:
        """Start broadcasting."""
        self._recorder = self._live.record(self._readings)
        self.feed.start()

    def close(self) -> None:
        """Stop broadcasting and release waiting viewers. May be called twice."""
        if self._recorder is not None:
            self._live.end_recording(self._recorder)
        self.feed.close()

    def _state(self) -> dict[str, Any]:
        live, meter = self._live, self.feed.meter.read(self._live.dropped)
        failure = self._controls.recording_failure
        return {
            "rate": round(meter.rate, 1),
            "latency_ms": round(meter.latency * 1000, 1),
            "latency_p99_ms": round(meter.latency_p99 * 1000, 1),
            "dropped": meter.dropped,
            "silent_s": round(max(0.0, self.feed.silent), 1),
            "recording": self._controls.recording,
            "recordings": list(self._recorded),
            "recording_error": None if failure is None else printable(with_flags(failure)),
            "markers": self._controls.markers.count,
            "paused": live.paused,
            "mirror": live.mirror,
            "smoothing_time": live.smoothing_time,
            "gap_s": round(live.history.gap, 3),
        }

    async def _send_pictures(self, socket: WebSocket) -> None:
        """Send a picture for each message, as soon as there is one that this viewer has not seen."""
        await socket.accept()
        asked = asyncio.Event()

        async def listen() -> None:
            async for _ in messages(socket):
                asked.set()

        async def speak() -> None:
            number, picture = 0, None
            while True:
                await asked.wait()
                asked.clear()
                number, picture = await self.feed.next(number)
                if picture is None:
                    return
                await socket.send_bytes(picture)

        await converse(socket, speak(), listen())

    async def _send_readings(self, socket: WebSocket) -> None:
        """Send the newest reading whenever there is one, and the state for each second without one.

        If an error ends the analysis, it is the last message.
        """
        await socket.accept()
        relay = self._readings.relay

        async def listen() -> None:
            async for _ in messages(socket):
                """Messages of the viewer have no meaning here."""

        async def speak() -> None:
            number = 0
            while not relay.ended:
                number, message = await relay.after(number, _STATE_EVERY_S)
                if message is not None:
                    await socket.send_text(message.json)
                else:
                    await socket.send_json({"state": self._state()})
            if (failure := self._live.failure) is not None:
                await socket.send_json({"error": printable(with_flags(failure))})

        await converse(socket, speak(), listen())

    def _get_setup(self, _: Request) -> Response:
        return JSONResponse(self._setup)

    def _history(self, _: Request) -> Response:
        return JSONResponse({"faces": [strip_fields(strip) for strip in self._live.history.strips()]})

    def _timeline(self, _: Request) -> Response:
        return attached(self._readings.timeline().encode("csv"), "text/csv", f"{self._named()}.csv")

    def _snapshot(self, _: Request) -> Response:
        result = self._live.results.newest
        if result is None:
            return error(409, "no picture has arrived yet; try again when one is shown")
        return attached(kept(result.frame, result.reading, self._live.painter()), "image/jpeg", f"{self._named()}.jpg")

    def _record(self, _: Request) -> Response:
        with self._lock:  # if two viewers press the button, one starts and the other ends the recording
            files = self._controls.toggle_recording()
            recording = self._controls.recording
            if not recording:
                self._recorded |= {printable(path.name): path for path in files}
        return JSONResponse({"recording": recording, "files": [printable(path.name) for path in files]})

    def _recording(self, request: Request) -> Response:
        name = request.path_params["name"]
        path = self._recorded.get(name)
        if path is None or not path.is_file():
            return error(404, f"this run has no recording '{name}'")
        return FileResponse(path, filename=name)

    def _named(self) -> str:
        """Return the name for a file created now."""
        return timed_stem(datetime.now(), self._controls.label)

    def _action(self, act: Callable[[], None]) -> Callable[[Request], Response]:
        def answer(_: Request) -> Response:
            act()
            return JSONResponse({"state": self._state()})

        return answer
