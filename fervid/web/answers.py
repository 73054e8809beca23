"""What all sites answer alike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from fervid import __version__
from fervid.core.emotions import colour
from fervid.errors import FervidError, SourceError, UsageError

_log = logging.getLogger(__name__)

_GOING_AWAY: Final = 1001

_STATUS: Final[dict[type[Exception], int]] = {UsageError: 400, SourceError: 422}

Talk = Coroutine[Any, Any, None]
"""One side of a conversation."""


def application(routes: Sequence[BaseRoute]) -> Starlette:
    """An application whose errors are JSON: an object with the one line that the user shall read as `error`."""
    return Starlette(
        routes=routes, exception_handlers={FervidError: _failed, HTTPException: _refused, Exception: _unexpected}
    )


def error(status: int, line: str) -> Response:
    """The answer where something cannot be done."""
    return JSONResponse({"error": printable(line)}, status)


def printable(name: str) -> str:
    """`name` as UTF-8 can have it: names of files may have bytes that are no text."""
    return name.encode(errors="replace").decode()


def setup(classes: Sequence[str], **more: Any) -> Mapping[str, Any]:
    """What a page must know from the beginning: classes, their colours, the version, and `more`."""
    colours = {name: "#{:02x}{:02x}{:02x}".format(*colour(name)) for name in classes}
    return {"version": __version__, "classes": list(classes), "colours": colours, **more}


def attached(content: str | bytes, kind: str | None, name: str) -> Response:
    """Content to be saved under `name`, which must be plain ASCII."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def messages(socket: WebSocket) -> AsyncIterator[None]:
    """Each message of the other side, text or not: that it has come, not what it says; until it goes."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        yield


async def converse(socket: WebSocket, speaking: Talk, listening: Talk) -> None:
    """Speak and listen on an accepted WebSocket until either is done, or the other side has gone; then close it."""
    tasks = {asyncio.ensure_future(speaking), asyncio.ensure_future(listening)}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    # Both are asked: when the other side goes, the one that was to be cancelled may have failed by itself.
    for failure in (task.exception() for task in tasks if not task.cancelled()):
        if failure is not None and not isinstance(failure, WebSocketDisconnect):
            _log.error("%s failed: %s: %s", socket.url.path, type(failure).__name__, failure)
    if socket.application_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect):  # it has gone by itself
            await socket.close(_GOING_AWAY)


async def _failed(_: Request, failure: Exception) -> Response:
    return error(_STATUS.get(type(failure), 500), str(failure))


async def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)
    answer = error(refusal.status_code, refusal.detail.lower())
    answer.headers.update(refusal.headers or {})
    return answer


async def _unexpected(request: Request, failure: Exception) -> Response:
    _log.error("%s %s failed: %s: %s", request.method, request.url.path, type(failure).__name__, failure)
    return error(500, f"unexpected {type(failure).__name__}; see the messages of fervid where it runs")
