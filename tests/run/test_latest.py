"""The newest items win: the producer never waits, and what has no room is dropped and counted."""

from __future__ import annotations

import threading
import time

import pytest

from fervid.run.latest import Latest


def test_only_the_newest_is_taken_and_the_others_are_counted() -> None:
    latest: Latest[int] = Latest()
    for item in range(10):
        assert latest.put(item)
    latest.end()
    assert list(latest) == [9]
    assert latest.dropped == 9


@pytest.mark.parametrize("capacity", [1, 3, 16])
def test_as_many_as_there_is_room_for_stay_in_order(capacity: int) -> None:
    latest: Latest[int] = Latest(capacity)
    for item in range(20):
        latest.put(item)
    latest.end()
    assert list(latest) == list(range(20 - capacity, 20))
    assert latest.dropped == 20 - capacity


def test_a_slow_consumer_makes_no_producer_wait_and_every_item_is_accounted_for() -> None:
    latest: Latest[int] = Latest()
    taken: list[int] = []

    def consume() -> None:
        for item in latest:
            taken.append(item)
            time.sleep(0.01)

    consumer = threading.Thread(target=consume)
    consumer.start()
    latest.feed(iter(range(5000)))
    consumer.join(5)
    assert taken == sorted(taken)
    assert taken[-1] == 4999
    assert len(taken) + latest.dropped == 5000
    assert latest.dropped > 2500


def test_an_error_arrives_after_the_newest_item() -> None:
    latest: Latest[int] = Latest()
    latest.put(1)
    latest.end(ValueError("broken"))
    taken: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        taken.extend(latest)
    assert taken == [1]


def test_a_consumer_that_has_gone_is_told_to_the_producer() -> None:
    latest: Latest[int] = Latest()
    latest.put(1)
    for _ in latest:
        break
    assert not latest.put(2)
    assert latest.dropped == 0
