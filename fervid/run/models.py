"""The detectors and the engine, which take long to load and are kept open for many sources."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from fervid import detect, engines, smooth
from fervid.core.closing import Closing
from fervid.core.regions import EVERYWHERE
from fervid.detect.base import Detector
from fervid.detect.detector_pair import DetectorPair
from fervid.detect.lookout import Lookout
from fervid.detect.orientation_check import OrientationCheck
from fervid.detect.search import Search, Searched
from fervid.detect.vigilance import LIVE, LIVE_LOOKOUT, LOOKOUT, RECORDED, STILL, STILL_LOOKOUT, Vigilance
from fervid.engines.manifest import Manifest
from fervid.run.analyser import Analyser
from fervid.run.sampling import EveryNth, PerSecond
from fervid.settings import Settings
from fervid.smooth.base import Unsmoothed
from fervid.track.base import Tracker
from fervid.track.main_faces import MainFaces
from fervid.track.recogniser import FaceRecogniser
from fervid.track.returning import ReturningTracker
from fervid.track.tracker import MotionTracker, StillFaces

_log = logging.getLogger(__name__)

# The lookout has a low threshold, because missing a face to hide is worse than hiding a cushion.
_LOOKOUT_SCORE = 0.3


@dataclass(frozen=True, slots=True)
class ModelNames:
    """The names of the models of a run, by which their results are compared.

    Attributes:
        engine: The name of the engine.
        engine_sha256: The SHA-256 digest of its weights.
        detector: The name of the detector.
        backend: The library that runs the engine; None before it is chosen.
        device: The device that the engine runs on; None before it is chosen.
    """

    engine: str
    engine_sha256: str
    detector: str
    backend: str | None = None
    device: str | None = None

    @classmethod
    def expected(cls, settings: Settings) -> ModelNames:
        """Return the names of the models that these settings choose, without loading them.

        Where ``auto`` finds no MediaPipe, the detector that is loaded differs.

        Raises:
            EngineError: There is no such engine, or its manifest is damaged.
        """
        manifest = Manifest.load(engines.resolve(settings.engine))
        detector = detect.preferred(settings) if settings.detector == "auto" else settings.detector
        return cls(manifest.name, manifest.sha256, detector)


class Models(Closing):
    """The loaded detectors and the engine, and with ``blur`` other detectors for everything to hide.

    With ``reidentify``, the network that recognises faces is loaded too.

    Args:
        settings: The options of the analysis, which choose the models.

    Attributes:
        engine: The engine.

    Raises:
        DetectorError: The detector, or the network that recognises faces, is not available.
        EngineError: The engine is missing, damaged or does not fit its manifest.
        UsageError: Backend, device and precision contradict each other or the engine.
        DeviceError: The device does not exist.
        MissingPackageError: A package or a system library is not installed.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._recogniser = FaceRecogniser() if settings.reidentify else None
        with ExitStack() as stack:
            self.engine = engines.load(
                settings.engine,
                settings.device,
                backend=settings.backend,
                precision=settings.precision,
                trust_compiled=settings.trust_compiled,
            )
            stack.callback(self.engine.close)
            self._detectors = stack.enter_context(DetectorPair(settings))
            self._lookout: DetectorPair | None = None
            if settings.blur:
                self._lookout = stack.enter_context(DetectorPair(_lookout_options(settings, self.detector.name)))
            self._resources = stack.pop_all()
        _log.debug("detector %s", self.detector.name)

    @property
    def detector(self) -> Detector:
        """The detector."""
        return self._detectors.near

    @property
    def scout(self) -> Detector | None:
        """The detector that looks for small faces; None if `detector` does so itself."""
        return self._detectors.far

    @property
    def names(self) -> ModelNames:
        """The names of the engine and of the detector."""
        engine = self.engine
        manifest = engine.manifest
        return ModelNames(manifest.name, manifest.sha256, self.detector.name, engine.backend, engine.device)

    def orientation_check(self) -> OrientationCheck | None:
        """Return a check of whether one source is upright; None where a turned picture would prove nothing.

        That is so with a cascade, which tells no tilt, and with regions, in which the faces of a turned picture do not
        lie.
        """
        if self.detector.name not in detect.FOLLOWING or self._settings.regions:
            return None
        fast = self._settings.replace(search="fast")
        return OrientationCheck(lambda: detect.create_search(self.detector, self.scout, fast))

    def analyser(self, *, live: bool = False, watch: Callable[[Searched], None] | None = None) -> Analyser:
        """Return an analyser for one source, with a new tracker and a new smoother.

        Args:
            live: True for a live source, whose frames do not wait for each other.
            watch: As for `Analyser`.
        """
        rate = self._settings.rate
        return Analyser(
            self._search(LIVE, LIVE_LOOKOUT) if live else self._search(RECORDED, LOOKOUT),
            self._tracker(),
            self.engine,
            smooth.create(self._settings, self.engine.manifest.classes),
            sampling=EveryNth(self._settings.every) if rate is None else PerSecond(rate),
            batch=self._settings.batch,
            certain=self._certain(self._settings.smoothing),
            regions=self._settings.regions,
            hindsight=not live,
            watch=watch,
        )

    def still_analyser(self, watch: Callable[[Searched], None] | None = None) -> Analyser:
        """Return an analyser for one picture, which stands alone.

        Args:
            watch: As for `Analyser`.
        """
        return Analyser(
            self._search(STILL, STILL_LOOKOUT),
            StillFaces(self._settings.faces),
            self.engine,
            Unsmoothed(),
            certain=self._certain("none"),
            regions=self._settings.regions,
            watch=watch,
        )

    def lookout_search(self, vigilance: Vigilance = LOOKOUT) -> Search:
        """Return a new search for everything to hide.

        Args:
            vigilance: The effort to miss nothing.

        Raises:
            ValueError: Nothing is to be hidden.
        """
        if self._lookout is None:
            raise ValueError("models without blur have no lookout")
        return self._lookout.search(vigilance)

    def close(self) -> None:
        """Close detectors and engine. May be called more than once."""
        self._resources.close()

    def _search(self, vigilance: Vigilance, lookout: Vigilance) -> Search:
        search = self._detectors.search(vigilance)
        return search if self._lookout is None else Lookout(search, self.lookout_search(lookout))

    def _certain(self, smoothing: str) -> float:
        """Return the least certainty of a reading whose emotion is named, with this smoother."""
        return smooth.CERTAIN[smoothing] if self._settings.certain is None else self._settings.certain

    def _tracker(self) -> Tracker:
        tracker: Tracker = MotionTracker()
        if self._recogniser is not None:
            tracker = ReturningTracker(tracker, self._recogniser.describe)
        most = self._settings.faces
        return tracker if most is None else MainFaces(tracker, most)


def _lookout_options(settings: Settings, detector: str) -> Settings:
    """Return the options of a detector of the same kind, but with a low threshold and for faces of any size."""
    score = min(_LOOKOUT_SCORE, settings.min_score)
    return settings.replace(detector=detector, min_score=score, min_face=1, eyes=False, regions=EVERYWHERE)
