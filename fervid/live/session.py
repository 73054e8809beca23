"""A live analysis with its models, source, controls and recordings."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.core.closing import Closing
from fervid.core.readings import Frame, FrameReading
from fervid.live.analysis import LiveAnalysis
from fervid.live.controls import Controls, SavedFile
from fervid.live.view import View, play
from fervid.run.models import Models
from fervid.settings import Settings
from fervid.sources import LiveSource

_PATIENCE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Recordings:
    """Recordings that begin with the session.

    Attributes:
        video: The file for the picture; None to record none.
        csv: The file for the timeline; None to write none.
        clean: Leave boxes and labels out of recorded videos, also of those that begin later.
        overwrite: Replace files that exist.
    """

    video: Path | None = None
    csv: Path | None = None
    clean: bool = False
    overwrite: bool = False


class LiveSession(Closing):
    """A camera, a stream or a file that is read at its own speed. Frames that come too fast are dropped.

    >>> session = fervid.live("clip.mp4")
    >>> for frame, reading in session:
    ...     if reading.faces:
    ...         break
    >>> print(session.controls.save_picture())  # named by date and time
    live-...jpg

    Iterate over it for the newest frame and its reading. Leaving the loop or the ``with`` block ends the session and
    completes the recordings; so does dropping the last reference to the session.

    Args:
        settings: The options of the analysis. `batch` has no effect, because no frame waits for another.
        connect: Opens the source. It is called when the models are loaded, because a source does not wait.
        recordings: The recordings that begin with the session.
        mirror: Mirror the pictures.
        outline: Outline the regions, and the faces that were left out.
        on_saved: Called with each file as soon as it is complete.

    Attributes:
        classes: The names of the classes, in the order of the engine.
        detector: The name of the detector.
        engine: The name of the engine, its backend and its device.
        live: The analysis, which counts dropped frames and can be paused.
        controls: Records, saves pictures, mirrors and pauses while the session runs.

    Raises:
        FervidError: The models cannot be loaded, or the source cannot be opened.
    """

    def __init__(
        self,
        settings: Settings,
        connect: Callable[[], LiveSource],
        recordings: Recordings = Recordings(),
        *,
        mirror: bool = False,
        outline: bool = False,
        on_saved: Callable[[SavedFile], None] = lambda _: None,
    ) -> None:
        self._recordings = recordings
        with ExitStack() as opening:
            models = opening.enter_context(Models(settings.replace(batch=1)))
            source = opening.enter_context(connect())
            self.live = LiveAnalysis(
                source,
                models.analyser(live=True),
                blur=settings.blur,
                mirror=mirror,
                choice=settings.regions if outline else None,
            )
            resources = opening.pop_all()
        self.classes = models.engine.manifest.classes
        self.detector = models.detector.name
        self.engine = f"{models.engine.manifest.name}, {models.engine.backend} on {models.engine.device}"
        self.controls = Controls(self.live, self.classes, clean=recordings.clean, on_saved=on_saved)
        self._finalizer = weakref.finalize(self, _close, self.live, self.controls, resources)

    @property
    def dropped(self) -> int:
        """The number of frames so far that came too fast to be read."""
        return self.live.dropped

    def start(self) -> None:
        """Begin the recordings, then the analysis.

        Open windows and pages before this call, so that one that cannot be opened leaves no file behind.

        Raises:
            OutputError: A recording cannot begin, for example because its file exists.
        """
        if self._recordings.video is not None:
            self.controls.record(self._recordings.video, overwrite=self._recordings.overwrite)
        if self._recordings.csv is not None:
            self.controls.write_timeline(self._recordings.csv, format="csv", overwrite=self._recordings.overwrite)
        self.live.start()

    def __iter__(self) -> Iterator[tuple[Frame, FrameReading]]:
        """Yield the newest frame and its reading whenever there is a new one; close the session at the end.

        Raises:
            FervidError: The source fails, or a recording cannot be written.
        """
        with self:
            for result in self.live.results.watch(_PATIENCE_S):
                if result is not None:
                    yield result.frame, result.reading

    def play(self, view: View, until: Callable[[], bool] = lambda: False) -> None:
        """Show the newest picture in a loop; see `fervid.live.view.play`."""
        play(self.live, view, until)

    def close(self) -> None:
        """End the threads, complete the recordings, and close models and source. May be called more than once.

        Raises:
            FervidError: A recording cannot be completed; the others are.
        """
        self._finalizer()


def _close(live: LiveAnalysis, controls: Controls, resources: ExitStack) -> None:
    with resources:
        try:
            live.close()
        finally:
            controls.report()
