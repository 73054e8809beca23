"""Any number of watchers see the newest item, and none makes another wait."""

from __future__ import annotations

import threading
import time

import pytest

from fervid.run.board import Board


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
