"""The requests that place markers in a live analysis and list them; docs/browser.md describes them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from fervid.core.markers import Marker
from fervid.errors import SourceError
from fervid.live.group_markers import mark_together
from fervid.live.session_markers import SessionMarkers
from fervid.web.answers import body, error, printable

_MOST_BYTES: Final = 16_384
"""The largest size of a request in bytes, several times that of the longest name."""

_FIELDS: Final = {"name", "time", "source"}


def marker_routes(markers: SessionMarkers) -> list[BaseRoute]:
    """Return the routes of ``/markers`` for one source."""
    return _routes(
        lambda **fields: marker_fields(markers.place(**fields)),
        lambda: [marker_fields(marker) for marker in markers.placed],
    )


def group_marker_routes(sources: Mapping[str, SessionMarkers]) -> list[BaseRoute]:
    """Return the routes of ``/markers`` for several sources.

    Args:
        sources: The markers of each source, by the path of the source.
    """

    def place(**fields: Any) -> dict[str, Any]:
        placed = mark_together(list(sources.values()), **fields)
        each = [
            {"path": path, **marker_fields(marker)}
            for path, marker in zip(sources, placed, strict=True)
            if marker is not None
        ]
        common = {name: each[0][name] for name in ("name", "time", "placed", "source")}
        return {**common, "files": [file for fields in each for file in fields["files"]], "markers": each}

    def listed() -> list[dict[str, Any]]:
        return [
            {"path": path, **marker_fields(marker)} for path, markers in sources.items() for marker in markers.placed
        ]

    return _routes(place, listed)


def _routes(place_marker: Callable[..., dict[str, Any]], placed: Callable[[], list[dict[str, Any]]]) -> list[BaseRoute]:
    async def place(request: Request) -> Response:
        moment = time.monotonic()  # before anything else, because it is the time of the marker
        content = await body(request, _MOST_BYTES)
        if content is None:
            return error(413, f"a marker takes at most {_MOST_BYTES} bytes; shorten its name")
        try:
            fields = _parsed(content)
        except ValueError as problem:
            return error(400, str(problem))
        try:
            return JSONResponse(await run_in_threadpool(lambda: place_marker(**fields, moment=moment)))
        except SourceError as absent:  # no picture has arrived
            return error(409, str(absent))

    def listed(_: Request) -> Response:
        return JSONResponse({"markers": placed()})

    return [Route("/markers", place, methods=["POST"]), Route("/markers", listed, methods=["GET"])]


def marker_fields(marker: Marker) -> dict[str, Any]:
    """Return a marker as docs/browser.md describes it."""
    return {
        "number": marker.number,
        "name": marker.name,
        "time": round(marker.time, 3),
        "frame": marker.frame,
        "placed": None if marker.placed is None else marker.placed.isoformat(timespec="milliseconds"),
        "source": marker.source,
        "files": [printable(path.name) for path in marker.files],
    }


def _parsed(content: bytes) -> dict[str, Any]:
    """Return the arguments that a request gives; nothing at all stands for a marker without a name, placed now.

    Raises:
        ValueError: They are no object with these fields.
    """
    try:
        fields = json.loads(content, parse_int=float) if content.strip() else {}
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        raise ValueError('a marker is a JSON object such as {"name": "stimulus 3"}, with time and source if you like')
    fields = {name: value for name, value in fields.items() if value is not None}
    moment = fields.get("time", 0.0)
    if not isinstance(moment, int | float) or isinstance(moment, bool) or not math.isfinite(moment):
        raise ValueError("time must be a number of seconds; leave it out for now")
    if not all(isinstance(fields.get(name, ""), str) for name in ("name", "source")):
        raise ValueError("name and source must be texts")
    return {"source": "http", **fields}
