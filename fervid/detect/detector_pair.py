"""A detector with the one that looks for small faces."""

from __future__ import annotations

from fervid import detect
from fervid.core.closing import Closing
from fervid.detect.base import DetectorOptions
from fervid.detect.search import Search
from fervid.detect.vigilance import RECORDED, Vigilance


class DetectorPair(Closing):
    """A detector with the one that looks for small faces, kept open for many searches.

    Args:
        options: The options of the detector.

    Attributes:
        near: The detector.
        far: The detector that looks for small faces; None if `near` does so too.

    Raises:
        DetectorError: A model cannot be had or does not load.
        MissingPackageError: A package or a system library is not installed.
        UsageError: No detector has that name.
    """

    def __init__(self, options: DetectorOptions) -> None:
        self._options = options
        self.near = detect.create(options)
        try:
            self.far = detect.create_scout(options, self.near)
        except BaseException:
            self.near.close()
            raise

    def search(self, vigilance: Vigilance = RECORDED) -> Search:
        """Return a new search, as `detect.create_search` does."""
        return detect.create_search(self.near, self.far, self._options, vigilance)

    def close(self) -> None:
        """Close both detectors. May be called more than once."""
        self.near.close()
        if self.far is not None:
            self.far.close()
