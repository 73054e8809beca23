"""Any number of threads or tasks see the newest item, and none makes another wait."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from fervid.run.board import Board, Ended, Relay, watch_together


def test_a_watcher_gets_the_newest_once_and_none_while_nothing_is_new() -> None:
    board: Board[int] = Board()
    watch = board.watch(0.01)
    assert next(watch) is None
    board.post(1)
    board.post(2)
    assert next(watch) == 2
    assert next(watch) is None
    board.post(3)
    assert next(watch) == 3


def test_each_watcher_sees_for_itself_and_a_late_one_the_newest() -> None:
    board: Board[str] = Board()
    board.post("a")
    first = board.watch(0.01)
    assert next(first) == "a"
    assert next(board.watch(0.01)) == "a"
    assert next(first) is None


def test_the_end_comes_after_the_last_item() -> None:
    board: Board[int] = Board()
    watch = board.watch(0.01)
    board.post(1)
    board.end()
    assert list(watch) == [1]
    assert list(board.watch(0.01)) == [1]


def test_an_error_reaches_every_watcher_after_the_last_item() -> None:
    board: Board[int] = Board()
    board.post(1)
    board.end(ValueError("broken"))
    for _ in range(2):
        watch = board.watch(0.01)
        assert next(watch) == 1
        with pytest.raises(ValueError, match="broken"):
            next(watch)


def test_a_slow_watcher_misses_items_and_a_fast_one_does_not_wait_for_it() -> None:
    board: Board[int] = Board()
    seen: dict[float, list[int]] = {0.0: [], 0.05: []}

    def watch(pause: float) -> None:
        for item in board.watch(1):
            if item is not None:
                seen[pause].append(item)
                time.sleep(pause)

    watchers = [threading.Thread(target=watch, args=(pause,)) for pause in seen]
    for watcher in watchers:
        watcher.start()
    for item in range(50):
        board.post(item)
        time.sleep(0.005)
    board.end()
    for watcher in watchers:
        watcher.join(5)
    assert seen[0.0][-1] == seen[0.05][-1] == 49
    assert len(seen[0.05]) < 20 < len(seen[0.0])


def test_each_task_gets_the_newest_item_that_it_has_not_seen() -> None:
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


def test_an_item_that_is_forgotten_is_given_to_no_task() -> None:
    relay: Relay[int] = Relay()

    async def go() -> None:
        relay.post(1)
        relay.forget()
        assert await relay.after(0, patience=0.01) == (0, None)
        relay.post(2)
        assert await relay.after(0) == (2, 2)

    asyncio.run(go())


def test_no_task_waits_after_the_end() -> None:
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


def test_several_boards_are_watched_together_until_the_last_has_ended() -> None:
    boards: list[Board[str]] = [Board(), Board()]
    watch = watch_together(boards, 0.01)
    boards[0].post("a")
    boards[1].post("b")
    assert next(watch) == {0: "a", 1: "b"}
    assert next(watch) == {}
    boards[1].post("c")
    assert next(watch) == {1: "c"}
    error = ValueError("broken")
    boards[0].end(error)
    assert next(watch) == {0: Ended(error)}
    boards[1].post("d")
    boards[1].end()
    assert list(watch) == [{1: "d"}, {1: Ended(None)}]


def test_a_board_that_is_silent_delays_no_other() -> None:
    boards: list[Board[int]] = [Board(), Board()]
    posting = threading.Thread(target=lambda: boards[1].post(1))
    watch = watch_together(boards, 30)
    posting.start()
    begin = time.monotonic()
    while 1 not in next(watch):
        pass
    posting.join()
    assert time.monotonic() - begin < 10
