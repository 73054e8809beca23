"""Talking on a WebSocket."""

from __future__ import annotations

import asyncio
import gc

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect

from fervid.web.answers import converse, printable


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

    asyncio.run(talk())
    gc.collect()
    assert caplog.records == []


async def nothing(*_: object) -> None: ...


def test_bytes_of_a_name_that_are_no_text_are_left_out() -> None:
    assert printable("caf\udce9.mp4") == "caf?.mp4"
    assert printable("café.mp4") == "café.mp4"
