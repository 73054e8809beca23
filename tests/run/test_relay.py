"""The newest item, from a thread to tasks."""

from __future__ import annotations

import asyncio
import threading
import time

from fervid.run.relay import Relay


def test_each_task_gets_the_newest_that_it_has_not_seen() -> None:
    relay: Relay[str] = Relay()

    async def go() -> None:
        relay.post("a")
        relay.post("b")
        assert await relay.after(0) == (2, "b")
        assert await relay.after(2, patience=0.01) == (2, None)
        relay.post("c")
        assert await relay.after(0) == await relay.after(2) == (3, "c")

    asyncio.run(go())


def test_a_thread_wakes_all_tasks_at_once() -> None:
    relay: Relay[int] = Relay()

    def work() -> None:
        while relay.waiting < 50:
            time.sleep(0.001)
        relay.post(7)

    async def go() -> None:
        threading.Thread(target=work).start()
        assert await asyncio.gather(*(relay.after(0) for _ in range(50))) == [(1, 7)] * 50
        assert relay.waiting == 0

    asyncio.run(go())


def test_what_is_forgotten_is_given_to_nobody() -> None:
    relay: Relay[int] = Relay()

    async def go() -> None:
        relay.post(1)
        relay.forget()
        assert await relay.after(0, patience=0.01) == (0, None)
        relay.post(2)
        assert await relay.after(0) == (2, 2)

    asyncio.run(go())


def test_at_the_end_nobody_waits() -> None:
    relay: Relay[int] = Relay()

    async def go() -> None:
        waiting = asyncio.ensure_future(relay.after(0))
        await asyncio.sleep(0.01)
        threading.Thread(target=relay.end).start()
        assert await asyncio.wait_for(waiting, 1) == (0, None)
        assert await relay.after(0) == (0, None)
        assert relay.ended

    asyncio.run(go())
    relay.post(1)  # the loop has gone; nobody is hurt
    relay.end()
