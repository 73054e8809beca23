"""The search for everything to hide, beside that for the faces to classify."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fervid.core.readings import Face, Frame
from fervid.detect.search import Search, Searched
from fervid.video.cuts import SceneCuts


class Lookout:
    """A search that also tells what another one takes for a face. The faces to classify are the same without it.

    Args:
        search: A new search for the faces to classify.
        lookout: A new search for everything to hide.
    """

    def __init__(self, search: Search, lookout: Search) -> None:
        self._search = search
        self._lookout = lookout
        self._found: deque[Searched] = deque()
        self._seen: deque[Sequence[Face]] = deque()
        self._cuts = SceneCuts()  # one for both, which would otherwise each look for cuts

    def add(self, frame: Frame, *, is_cut: bool | None = None) -> Iterator[Searched]:
        """Take the next frame, and yield those that both have searched. See `Search`."""
        is_cut = self._cuts.is_cut(frame.pixels) if is_cut is None else is_cut
        yield from self._both(self._search.add(frame, is_cut=is_cut), self._lookout.add(frame, is_cut=is_cut))

    def flush(self) -> Iterator[Searched]:
        """Yield the frames that still wait. See `Search`."""
        yield from self._both(self._search.flush(), self._lookout.flush())

    def _both(self, found: Iterator[Searched], seen: Iterator[Searched]) -> Iterator[Searched]:
        self._found.extend(found)
        self._seen.extend(one.faces for one in seen)
        while self._found and self._seen:
            yield replace(self._found.popleft(), seen=self._seen.popleft())
