"""Talking on a WebSocket."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from fervid.web.answers import application, converse, printable


def test_one_who_breaks_off_while_being_sent_to_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Both sides of the talk fail then; neither may be left for the event loop to complain of."""

    async def listening() -> None:
        """The other side has gone."""

    async def speaking() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise WebSocketDisconnect(1006) from None

    async def talk() -> None:
        gone = WebSocket({"type": "websocket"}, nothing, nothing)
        gone.application_state = gone.application_state.DISCONNECTED
        await converse(gone, speaking(), listening())

    gc.collect()
    caplog.clear()  # of what an earlier test left behind
    asyncio.run(talk())
    gc.collect()
    assert caplog.records == []


def test_a_fault_of_fervid_in_a_talk_is_logged_and_closes_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    async def speaking() -> None:
        raise KeyError("nose")

    async def talk() -> None:
        socket = WebSocket({"type": "websocket", "path": "/live", "headers": []}, nothing, send)
        socket.client_state = socket.application_state = WebSocketState.CONNECTED
        await converse(socket, speaking(), asyncio.sleep(60))

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message["type"])

    sent: list[str] = []
    asyncio.run(talk())
    assert caplog.messages == ["/live failed: KeyError: 'nose'"]
    assert sent == ["websocket.close"]


def test_a_fault_of_fervid_in_a_request_is_logged_and_named(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Request) -> Response:
        raise KeyError("nose")

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application([Route("/faces", fail)]), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://fervid") as client:
            return await client.get("/faces")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert answer.json() == {"error": "unexpected KeyError; see the messages of fervid where it runs"}
    assert "GET /faces failed: KeyError: 'nose'" in caplog.messages


async def nothing(*_: object) -> None: ...


def test_bytes_of_a_name_that_are_no_text_are_left_out() -> None:
    assert printable("caf\udce9.mp4") == "caf?.mp4"
    assert printable("café.mp4") == "café.mp4"
