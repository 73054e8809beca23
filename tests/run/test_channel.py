"""Channels keep the order and never wait for a side that has gone; a dropping one never makes its producer wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from fervid.run.channel import Channel, DroppingChannel


def feed_in_thread(channel: Channel[int], items: Iterator[int]) -> threading.Thread:
    thread = threading.Thread(target=channel.feed, args=(items,), daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("capacity", [1, 3, 100])
def test_order_and_number_are_kept(capacity: int) -> None:
    channel: Channel[int] = Channel(capacity)
    thread = feed_in_thread(channel, iter(range(500)))
    assert list(channel) == list(range(500))
    thread.join(5)
    assert not thread.is_alive()


def test_the_producer_never_runs_ahead_of_the_capacity() -> None:
    channel: Channel[int] = Channel(4)
    made = 0

    def items() -> Iterator[int]:
        nonlocal made
        while made < 100:
            made += 1
            yield made

    feed_in_thread(channel, items())
    for taken, _ in enumerate(channel, start=1):
        assert made <= taken + 4 + 1  # four wait, one is in the producer's hand


def test_an_error_arrives_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    channel: Channel[int] = Channel(8)
    feed_in_thread(channel, items())
    taken: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        taken.extend(channel)
    assert taken == [1, 2]


def test_leaving_early_ends_the_producer_and_runs_its_clean_up() -> None:
    cleaned = threading.Event()

    def items() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            cleaned.set()

    channel: Channel[int] = Channel(2)
    thread = feed_in_thread(channel, items())
    for _ in channel:
        break
    channel.cancel()
    thread.join(5)
    assert not thread.is_alive()
    assert cleaned.is_set()


def test_a_channel_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Channel(0)


def test_only_the_newest_item_is_taken_and_the_others_are_counted() -> None:
    channel: DroppingChannel[int] = DroppingChannel()
    for item in range(10):
        assert channel.put(item)
    channel.end()
    assert list(channel) == [9]
    assert channel.dropped == 9


@pytest.mark.parametrize("capacity", [1, 3, 16])
def test_a_dropping_channel_keeps_as_many_as_it_has_room_for_in_order(capacity: int) -> None:
    channel: DroppingChannel[int] = DroppingChannel(capacity)
    for item in range(20):
        channel.put(item)
    channel.end()
    assert list(channel) == list(range(20 - capacity, 20))
    assert channel.dropped == 20 - capacity


def test_a_slow_consumer_does_not_delay_the_producer_and_every_item_is_accounted_for() -> None:
    channel: DroppingChannel[int] = DroppingChannel()
    taken: list[int] = []

    def consume() -> None:
        for item in channel:
            taken.append(item)
            time.sleep(0.01)

    consumer = threading.Thread(target=consume)
    consumer.start()
    channel.feed(iter(range(5000)))
    consumer.join(5)
    assert taken == sorted(taken)
    assert taken[-1] == 4999
    assert len(taken) + channel.dropped == 5000
    assert channel.dropped > 2500


def test_an_error_arrives_after_the_newest_item() -> None:
    channel: DroppingChannel[int] = DroppingChannel()
    channel.put(1)
    channel.end(ValueError("broken"))
    taken: list[int] = []
    with pytest.raises(ValueError, match="broken"):
        taken.extend(channel)
    assert taken == [1]


def test_the_producer_learns_that_the_consumer_has_gone() -> None:
    channel: DroppingChannel[int] = DroppingChannel()
    channel.put(1)
    for _ in channel:
        break
    assert not channel.put(2)
    assert channel.dropped == 0
