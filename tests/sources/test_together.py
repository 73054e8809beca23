"""Several sources are opened at once; where one cannot be opened, the others are closed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from fervid.errors import SourceError
from fervid.sources.paced import Paced
from fervid.sources.together import open_together
from fervid.testing import FakeSource


def test_sources_are_opened_at_once_and_returned_in_order() -> None:
    all_here = threading.Barrier(3, timeout=10)  # which breaks if one waits for another
    sources = [Paced(FakeSource([0.0])) for _ in range(3)]

    def connect(place: int) -> Callable[[], Paced]:
        def opening() -> Paced:
            all_here.wait()
            return sources[place]

        return opening

    assert open_together([connect(place) for place in range(3)]) == sources


def test_a_single_source_is_opened_in_the_calling_thread() -> None:
    threads = []

    def connect() -> Paced:
        threads.append(threading.current_thread())
        return Paced(FakeSource([0.0]))

    open_together([connect])
    assert threads == [threading.current_thread()]


def test_where_one_cannot_be_opened_the_others_are_closed_even_those_that_open_later() -> None:
    early, late, has_failed = FakeSource([0.0]), FakeSource([0.0]), threading.Event()

    def connect_late() -> Paced:
        has_failed.wait(10)
        return Paced(late)

    def fail() -> Paced:
        raise SourceError("there is no camera 7", "plug it in")

    with pytest.raises(SourceError, match="no camera 7"):
        open_together([lambda: Paced(early), fail, connect_late])
    has_failed.set()
    for thread in threading.enumerate():
        if thread.name == "fervid-open":
            thread.join(10)
    assert early.closed
    assert late.closed
