"""What one can do while it runs, whether by the keys of a window, the buttons of a page, or a program."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from fervid import formats
from fervid.draw.painter import Painter
from fervid.errors import FervidError
from fervid.formats.base import Context, Kind, Writer
from fervid.formats.output import InPlace
from fervid.live.analysis import Live
from fervid.live.recorder import Recorder

_SMOOTHING_TIMES: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
"""What the smoothing time steps through, in seconds."""

_RECORDED: Final = (".mp4", ".csv")
"""The suffixes of the files of a recording that is begun here, the picture's first."""

_SAVED: Final = ".jpg"
"""The suffix of a picture that is saved."""


def stem_at(now: datetime) -> str:
    """Return the name of a file that is begun `now`, without its suffix."""
    return f"live-{now:%Y%m%d-%H%M%S}"


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that is complete.

    Attributes:
        path: The file.
        missing: The number of frames that are missing in it, because they could not be written in time.
    """

    path: Path
    missing: int = 0


class Controls:
    """Recording, taking pictures, pausing, mirroring and smoothing; any thread may.

    Files that are begun here are named by date and time, as ``live-20261121-193005.mp4``.

    Args:
        live: The analysis to control.
        classes: The names of the classes, in the order of the engine.
        folder: The folder for the files.
        clean: Leave boxes and labels out of recorded videos.
        on_saved: Called with each file as soon as it is complete.
        now: The time of day, for the names.

    Attributes:
        live: As given.
    """

    def __init__(
        self,
        live: Live,
        classes: tuple[str, ...],
        *,
        folder: Path = Path(),
        clean: bool = False,
        on_saved: Callable[[Saved], None] = lambda _: None,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self.live = live
        self._classes = classes
        self._folder = folder
        self._clean = clean
        self._on_saved = on_saved
        self._now = now
        self._lock = threading.Lock()
        self._take: list[Recorder] = []
        self._begun = 0.0
        self._others: list[Recorder] = []

    @property
    def recording(self) -> bool:
        """True while the picture is recorded."""
        return bool(self._take)

    @property
    def recorded_for(self) -> float:
        """The seconds for which the picture has been recorded; 0 while it is not."""
        return time.monotonic() - self._begun if self._take else 0.0

    def record(self, target: Path, *, overwrite: bool = False) -> None:
        """Record the picture from now on, until `toggle_recording` or the end.

        Raises:
            OutputError: The file exists, or cannot be written.
        """
        with self._lock:
            self._begin(self._writer(target, "video", overwrite=overwrite))

    def write_timeline(self, target: Path, *, format: str | None = None, overwrite: bool = False) -> None:
        """Write the timeline from now on, to the end.

        Args:
            target: The file.
            format: The name of the format; None for the one that the suffix stands for.
            overwrite: Replace a file that exists.

        Raises:
            OutputError: The file exists, or cannot be written.
        """
        writer = self._writer(target, "timeline", format=format, overwrite=overwrite)
        self._others.append(self.live.record(writer))

    def toggle_recording(self) -> list[Path]:
        """Start recording the picture and its timeline, or stop.

        Returns:
            The files; complete if the recording was stopped.

        Raises:
            OutputError: A file cannot be written.
        """
        with self._lock:
            if self._take:
                return self._ended()
            paths = self._free(*_RECORDED)
            with ExitStack() as begun:  # all files or none
                writers = [begun.enter_context(self._writer(path)) for path in paths]
                begun.pop_all()
            self._begin(*writers)
            return paths

    def save_picture(self) -> Path | None:
        """Save the newest picture with its boxes and labels.

        Returns:
            Its file; None where no picture has come yet.

        Raises:
            OutputError: It cannot be written.
        """
        result = self.live.results.newest
        if result is None:
            return None
        with self._lock:
            (target,) = self._free(_SAVED)
            with formats.create(target, Context(self._classes, painter=Painter())) as writer:
                writer.write(result.frame, result.reading)
                path = writer.finish()
        if path is not None:
            self._on_saved(Saved(path))
        return path

    def toggle_pause(self) -> None:
        """Let frames go unseen, or look at them again."""
        self.live.paused = not self.live.paused

    def toggle_mirror(self) -> None:
        """Mirror the pictures, or cease to."""
        self.live.mirror = not self.live.mirror

    def smoother(self) -> None:
        """Go to the next longer smoothing time; nothing happens where there is no smoothing."""
        if (now := self.live.smoothing_time) is not None:
            self.live.smoothing_time = next((step for step in _SMOOTHING_TIMES if step > now + 1e-6), now)

    def quicker(self) -> None:
        """Go to the next shorter smoothing time; nothing happens where there is no smoothing."""
        if (now := self.live.smoothing_time) is not None:
            self.live.smoothing_time = next((step for step in reversed(_SMOOTHING_TIMES) if step < now - 1e-6), now)

    def report(self) -> None:
        """Tell of all that was recorded to the end; call it when `live` has finished."""
        with self._lock:
            for recorder in (*self._take, *self._others):
                self._report_file(recorder)

    def _begin(self, *writers: Writer) -> None:
        self._begun = time.monotonic()
        self._take = [self.live.record(writer) for writer in writers]

    def _ended(self) -> list[Path]:
        take, self._take = self._take, []
        paths = []
        errors = []
        for recorder in take:
            try:
                path = self.live.end_recording(recorder)
            except FervidError as error:  # the other files are completed all the same
                errors.append(error)
                continue
            if path is not None:
                paths.append(path)
                self._report_file(recorder)
        if errors:
            raise errors[0]
        return paths

    def _report_file(self, recorder: Recorder) -> None:
        if recorder.target is not None and recorder.target.exists():
            self._on_saved(Saved(recorder.target, recorder.dropped))

    def _writer(self, target: Path, *kinds: Kind, format: str | None = None, overwrite: bool = False) -> Writer:
        """Open a file that survives a kill."""
        context = Context(self._classes, painter=None if self._clean else Painter())
        return formats.create(target, context, *kinds, format=format, output=InPlace, overwrite=overwrite)

    def _free(self, *suffixes: str) -> list[Path]:
        """Return paths with these suffixes and one name for now, none of which exists."""
        stem = stem_at(self._now())
        names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
        paths = ([self._folder / f"{name}{suffix}" for suffix in suffixes] for name in names)
        return next(free for free in paths if not any(path.exists() for path in free))
