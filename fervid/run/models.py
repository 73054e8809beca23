"""What takes long to load, detectors and an engine, kept open over many sources."""

from __future__ import annotations

import logging

from fervid import detect, engines, smooth
from fervid.core.closing import Closing
from fervid.detect.base import Detector
from fervid.run.analyser import Analyser
from fervid.settings import Settings
from fervid.track.tracker import OverlapTracker

_log = logging.getLogger(__name__)


# What might be a face is hidden: not to hide one is worse than to hide a cushion.
_LOOKOUT_SCORE = 0.3


class Models(Closing):
    """The detector and the engine that `settings` ask for, loaded; with ``blur`` also the lookout for what to hide.

    Args:
        settings: Which.
        depth: How thoroughly faces are looked for, as for `detect.create`.

    Raises:
        DetectorError: The detector cannot be had.
        EngineError: The engine is missing, damaged or does not fit its manifest.
        UsageError: Backend, device and precision contradict each other or the engine.
        DeviceError: The device is not there.
        MissingPackageError: A package or a system library is not installed.
    """

    def __init__(self, settings: Settings, *, depth: int = 0) -> None:
        self._settings = settings
        self.lookout: Detector | None = None
        self.engine = engines.load(
            settings.engine, settings.device, backend=settings.backend, precision=settings.precision
        )
        try:
            self.detector = detect.create(settings, depth=depth)
        except BaseException:
            self.engine.close()
            raise
        try:
            if settings.blur:
                self.lookout = self._create_lookout(max(1, depth))
        except BaseException:
            self.close()
            raise
        _log.debug("detector %s", self.detector.name)

    def analyser(self, *, live: bool = False) -> Analyser:
        """An analyser with a fresh tracker and smoother, for one source.

        Args:
            live: For pictures that do not wait: the lookout looks at parts of them in turn.
        """
        lookout = self.lookout
        if live and lookout is not None:
            lookout = detect.for_live(lookout)
        return Analyser(
            self.detector,
            OverlapTracker(),
            self.engine,
            smooth.create(self._settings),
            every=self._settings.every,
            batch=self._settings.batch,
            lookout=lookout,
        )

    def close(self) -> None:
        """Let go of all. May be called twice."""
        if self.lookout is not None:
            self.lookout.close()
        self.detector.close()
        self.engine.close()

    def _create_lookout(self, depth: int) -> Detector:
        """A detector like the one that reads, but for all that might be a face, however small."""
        score = min(_LOOKOUT_SCORE, self._settings.min_score)
        like = self._settings.replace(detector=self.detector.name, min_score=score, min_face=1, eyes=False)
        return detect.create(like, depth=depth)
