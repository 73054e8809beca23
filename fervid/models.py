"""The two things that take long to load, a detector and an engine, kept open over many sources."""

from __future__ import annotations

import logging

from fervid import detect, engines, smooth
from fervid.analyser import Analyser
from fervid.closing import Closing
from fervid.settings import Settings
from fervid.track.tracker import OverlapTracker

_log = logging.getLogger(__name__)


class Models(Closing):
    """The detector and the engine that `settings` ask for, loaded.

    Raises:
        DetectorError: The detector cannot be had.
        EngineError: The engine is missing, damaged or does not fit its manifest.
        UsageError: Backend, device and precision contradict each other or the engine.
        DeviceError: The device is not there.
        MissingPackageError: A package or a system library is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.engine = engines.load(
            settings.engine, settings.device, backend=settings.backend, precision=settings.precision
        )
        try:
            self.detector = detect.create(settings)
        except BaseException:
            self.engine.close()
            raise
        _log.debug("detector %s", self.detector.name)

    def analyser(self) -> Analyser:
        """An analyser with a fresh tracker and smoother, for one source."""
        return Analyser(
            self.detector,
            OverlapTracker(),
            self.engine,
            smooth.create(self._settings),
            every=self._settings.every,
            batch=self._settings.batch,
        )

    def close(self) -> None:
        """Let go of both. May be called twice."""
        self.detector.close()
        self.engine.close()
