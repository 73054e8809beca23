"""The controls of a live analysis, for the keys of a window, the buttons of a page, and programs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fervid import formats
from fervid.core.failures import to_fervid_error
from fervid.core.markers import Marker
from fervid.errors import FervidError, OutputError
from fervid.formats.base import Kind, Writer
from fervid.formats.context import Context
from fervid.formats.file_output import InPlace
from fervid.formats.marker_files import MarkerFile
from fervid.live.analysis import LiveAnalysis
from fervid.live.file_names import timed_stem, unused_paths
from fervid.live.recorder import OnFailure, Recorder
from fervid.live.session_markers import SessionMarkers

_log = logging.getLogger(__name__)

_SMOOTHING_TIMES: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
"""The steps of the smoothing time, in seconds."""

_RECORDED_SUFFIXES: Final = (".mp4", ".csv")
"""The suffixes of a recording that `toggle_recording` starts: the video and its timeline."""

_PICTURE_SUFFIX: Final = ".jpg"
"""The suffix of a picture that `save_picture` writes."""


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that is complete.

    Attributes:
        path: The file.
        missing: The number of frames that it lacks, because they could not be written in time.
    """

    path: Path
    missing: int = 0


class Controls:
    """The actions that users may take during a live analysis: record, mark, save a picture, pause, mirror, smooth.

    Any thread may call them, and several at once. Files get the date and time as their name, such as
    ``live-20261121-193005.mp4``. A recording that `toggle_recording` started and that fails, for example because the
    disk is full, ends alone; the error is logged and becomes `recording_failure`.

    Args:
        live: The analysis to control.
        classes: The names of the classes, in the order of the engine.
        folder: The folder for the files.
        label: A part of the names of files, which tells this source from others; empty for none.
        facts: The facts to write beside timelines, ready for JSON; None to write none.
        clean: Leave boxes and labels out of recorded videos.
        on_saved: Called with each file as soon as it is complete.
        now: Returns the time of day, for the names of files.

    Attributes:
        live: As given.
        label: As given.
        markers: The markers of the session.
    """

    def __init__(
        self,
        live: LiveAnalysis,
        classes: tuple[str, ...],
        *,
        folder: Path = Path(),
        label: str = "",
        facts: Mapping[str, Any] | None = None,
        clean: bool = False,
        on_saved: Callable[[SavedFile], None] = lambda _: None,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self.live = live
        self.markers = SessionMarkers(live, now)
        self._classes = classes
        self.label = label
        self._folder = folder
        self._facts = facts
        self._clean = clean
        self._on_saved = on_saved
        self._now = now
        self._lock = threading.Lock()
        # A lock of its own, because completing a recording takes a while, and nobody should wait for it to pause.
        self._switching = threading.Lock()
        self._ending: list[threading.Thread] = []
        self._failure: FervidError | None = None
        self._recording: list[Recorder] = []
        self._begin = 0.0
        self._timelines: list[Recorder] = []

    @property
    def recording(self) -> bool:
        """True while the picture is recorded."""
        return bool(self._recording)

    @property
    def recorded_seconds(self) -> float:
        """The duration of the recording so far, in seconds; 0 while nothing is recorded."""
        return time.monotonic() - self._begin if self._recording else 0.0

    @property
    def recording_failure(self) -> FervidError | None:
        """The error that ended the last recording; None if there was none, or another recording has begun."""
        return self._failure

    def record(self, target: Path, *, overwrite: bool = False) -> None:
        """Record the picture from now on, until `toggle_recording` or the end.

        Args:
            target: The file of the video.
            overwrite: Replace a file that exists.

        Raises:
            OutputError: The file exists, or cannot be written.
        """
        with self._lock:
            self._start(self._open(target, "video", overwrite=overwrite))

    def write_timeline(self, target: Path, *, format: str | None = None, overwrite: bool = False) -> None:
        """Write the timeline from now on, until the end.

        Args:
            target: The file of the timeline.
            format: The name of the format; None to choose it by the suffix of the target.
            overwrite: Replace a file that exists.

        Raises:
            OutputError: The file exists, or cannot be written.
        """
        with self._lock:
            writer = self._open(target, "timeline", format=format, overwrite=overwrite)
            recorder = self.live.record(writer)
            self._timelines.append(recorder)
            self.markers.begin(recorder, from_zero=False)

    def mark(self, name: str = "", *, time: float | None = None, source: str = "python") -> Marker:
        """Place a marker; see `SessionMarkers.place` for arguments and errors."""
        return self.markers.place(name, time=time, source=source)

    def toggle_recording(self) -> list[Path]:
        """Start recording the picture and its timeline, or stop.

        Returns:
            The files; complete if the recording was stopped, and then with those of its markers.

        Raises:
            OutputError: A file cannot be written.
        """
        with self._lock:
            if self._recording:
                paths, errors = self._stop()
                if errors:
                    raise errors[0]
                return paths
            paths = self._unused(*_RECORDED_SUFFIXES)
            with ExitStack() as opening:  # if one file cannot be opened, the others are discarded
                writers = [opening.enter_context(self._open(path)) for path in paths]
                opening.pop_all()
            self._start(*writers, on_failure=self._handle_failure)
            return paths

    def save_picture(self) -> Path | None:
        """Save the newest picture with its boxes and labels.

        Returns:
            The file; None if no frame has arrived yet.

        Raises:
            OutputError: The file cannot be written.
        """
        result = self.live.results.newest
        if result is None:
            return None
        with self._lock:
            (target,) = self._unused(_PICTURE_SUFFIX)
            with formats.create(target, Context(self._classes, painter=self.live.painter())) as writer:
                writer.write(result.frame, result.reading)
                path = writer.finish()
        if path is not None:
            self._on_saved(SavedFile(path))
        return path

    def toggle_pause(self) -> None:
        """Pause the analysis, or resume it."""
        with self._switching:
            self.live.paused = not self.live.paused

    def toggle_mirror(self) -> None:
        """Mirror the pictures, or stop mirroring them."""
        with self._switching:
            self.live.mirror = not self.live.mirror

    def lengthen_smoothing(self) -> None:
        """Go to the next longer smoothing time. Has no effect without smoothing."""
        with self._switching:
            if (now := self.live.smoothing_time) is not None:
                self.live.smoothing_time = next((step for step in _SMOOTHING_TIMES if step > now + 1e-6), now)

    def shorten_smoothing(self) -> None:
        """Go to the next shorter smoothing time. Has no effect without smoothing."""
        with self._switching:
            if (now := self.live.smoothing_time) is not None:
                self.live.smoothing_time = next((step for step in reversed(_SMOOTHING_TIMES) if step < now - 1e-6), now)

    def report(self) -> None:
        """Call `on_saved` with the files that were recorded until the end. Call this when `live` has finished."""
        for thread in self._ending:
            thread.join()
        with self._lock:
            recorders = (*self._recording, *self._timelines)
            for recorder in recorders:
                self._report(recorder.target, recorder.dropped)
            for recorder in recorders:
                try:
                    self._report(self.markers.end(recorder))
                except OutputError as error:
                    _log.error("%s", error)

    def _start(self, *writers: Writer, on_failure: OnFailure | None = None) -> None:
        self._begin = time.monotonic()
        self._failure = None
        self._recording = self.live.record_together(writers, on_failure)
        for place, recorder in enumerate(self._recording):
            self.markers.begin(recorder, from_zero=place == 0)  # the video

    def _stop(self) -> tuple[list[Path], list[FervidError]]:
        """Stop recording, and return the files that are complete and the errors of the others."""
        recorders, self._recording = self._recording, []
        self.live.detach(recorders)
        paths = []
        errors = []
        endings = [(self.live.end_recording, recorder) for recorder in recorders]
        endings += [(self.markers.end, recorder) for recorder in recorders]
        for end, recorder in endings:
            try:
                path = end(recorder)
            except Exception as error:  # the other files are completed all the same
                errors.append(to_fervid_error(error))
                continue
            if path is not None:
                paths.append(path)
                self._report(path, recorder.dropped if path == recorder.target else 0)
        return paths, errors

    def _handle_failure(self, recorder: Recorder, error: Exception) -> None:
        """End a recording that has failed, in a thread of its own, because its other file may take long to complete."""
        ending = threading.Thread(
            target=self._end_failed, args=(recorder, to_fervid_error(error)), name="fervid-end-recording", daemon=True
        )
        self._ending.append(ending)
        ending.start()

    def _end_failed(self, recorder: Recorder, failure: FervidError) -> None:
        with self._lock:
            if recorder in self._recording:  # otherwise somebody has stopped it meanwhile, and been told
                self._stop()
                self._failure = failure
                _log.error("the recording has ended: %s", failure)

    def _report(self, path: Path | None, missing: int = 0) -> None:
        if path is not None and path.exists():
            self._on_saved(SavedFile(path, missing))

    def _open(self, target: Path, *kinds: Kind, format: str | None = None, overwrite: bool = False) -> Writer:
        """Return the writer of a file that survives a kill."""
        painter = None if self._clean else self.live.painter()
        has_sound = self.live.sound.source is not None
        context = Context(self._classes, painter=painter, provenance=self._facts, sound=has_sound)
        MarkerFile.check(target, overwrite=overwrite)
        return formats.create(target, context, *kinds, format=format, output=InPlace, overwrite=overwrite)

    def _unused(self, *suffixes: str) -> list[Path]:
        return unused_paths(self._folder, timed_stem(self._now(), self.label), suffixes)
