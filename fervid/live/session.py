"""A live analysis with its models, source, controls and recordings."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from fervid.core.closing import Closing
from fervid.core.readings import Frame, FrameReading
from fervid.live.analysis import LiveAnalysis
from fervid.live.controls import Controls, SavedFile
from fervid.live.view import View, play
from fervid.outlets.base import Destination, Origin
from fervid.outlets.sender import Sender
from fervid.run.models import Models
from fervid.settings import Settings
from fervid.sources import LiveSource
from fervid.sources.common_clock import CommonClock
from fervid.sources.sound_source import SoundSource

_PATIENCE_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Recordings:
    """Recordings that begin with the session.

    Attributes:
        video: The file for the picture; None to record none.
        csv: The file for the timeline; None to write none.
        clean: Leave boxes and labels out of recorded videos, also of those that begin later.
        overwrite: Replace files that exist.
        sound: The sound of recorded videos, also of those that begin later: True for that of the source itself, False
            for none, or a sound device, the address of a stream, or a file.
    """

    video: Path | None = None
    csv: Path | None = None
    clean: bool = False
    overwrite: bool = False
    sound: bool | str = True

    def numbered(self, number: int) -> Recordings:
        """Return the recordings of one of several sources: ``talk-2.mp4`` instead of ``talk.mp4`` for the second."""
        return replace(self, video=_numbered(self.video, number), csv=_numbered(self.csv, number))


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
        settings: The options of the analysis.
        models: The models, loaded for these settings with a batch of 1. They are closed with the session.
        source: The source. It is closed with the session.
        recordings: The recordings that begin with the session.
        mirror: Mirror the pictures.
        outline: Outline the regions, and the faces that were left out.
        label: A part of the names of files that begin later, which tells this source from others; empty for none.
        clock: The clock on which the times of the source count; None for the source's own.
        facts: The facts to write beside timelines, ready for JSON; None to write none.
        sound: The sound to record instead of that of the source; None to record that one. It is closed with the last
            session that has it.
        on_saved: Called with each file as soon as it is complete.

    Attributes:
        classes: The names of the classes, in the order of the engine.
        detector: The name of the detector.
        engine: The name of the engine, its backend and its device.
        live: The analysis, which counts dropped frames and can be paused.
        clock: As given.
        controls: Records, saves pictures, mirrors and pauses while the session runs.
        senders: The outputs to other programs, which count the frames that they could not send.
    """

    def __init__(
        self,
        settings: Settings,
        models: Models,
        source: LiveSource,
        recordings: Recordings = Recordings(),
        *,
        mirror: bool = False,
        outline: bool = False,
        label: str = "",
        clock: CommonClock | None = None,
        facts: Mapping[str, Any] | None = None,
        sound: SoundSource | None = None,
        on_saved: Callable[[SavedFile], None] = lambda _: None,
    ) -> None:
        self._recordings = recordings
        self.clock = clock
        self.live = LiveAnalysis(
            source,
            models.analyser(live=True),
            blur=settings.blur,
            mirror=mirror,
            choice=settings.regions if outline else None,
        )
        if sound is not None:
            self.live.sound.connect(sound)
        self.classes = models.engine.manifest.classes
        self.detector = models.detector.name
        self.engine = f"{models.engine.manifest.name}, {models.engine.backend} on {models.engine.device}"
        self.controls = Controls(
            self.live, self.classes, label=label, facts=facts, clean=recordings.clean, on_saved=on_saved
        )
        self.senders: list[Sender] = []
        self._finalizer = weakref.finalize(self, _close, self.live, self.controls, models, self.senders)

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
        self.begin_recordings()
        self.live.start()

    def begin_recordings(self) -> None:
        """Begin the recordings, with the first frame that is analysed.

        Raises:
            OutputError: A recording cannot begin, for example because its file exists.
        """
        if self._recordings.video is not None:
            self.controls.record(self._recordings.video, overwrite=self._recordings.overwrite)
        if self._recordings.csv is not None:
            self.controls.write_timeline(self._recordings.csv, format="csv", overwrite=self._recordings.overwrite)

    def send_to(self, destination: Destination) -> None:
        """Send every frame, its reading and every marker to another program from now on, until the end.

        Args:
            destination: The program.

        Raises:
            MissingPackageError: A package or a library that this needs is not installed.
            OutputError: The connection cannot be opened.
        """
        origin = Origin(self.classes, self.engine, self.live.source.name, self.controls.label, self.live.painter)
        sender = Sender(destination, origin)
        self.senders.append(sender)
        self.live.listeners = (*self.live.listeners, sender.put)
        self.controls.markers.listen(sender.mark)

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
        play([(self.live, view)], until)

    def close(self) -> None:
        """End the threads, complete the recordings, and close models, source and senders. May be called more than once.

        Raises:
            FervidError: A recording cannot be completed; the others are.
        """
        self._finalizer()


def _numbered(target: Path | None, number: int) -> Path | None:
    return None if target is None else target.with_name(f"{target.stem}-{number}{target.suffix}")


def _close(live: LiveAnalysis, controls: Controls, models: Models, senders: list[Sender]) -> None:
    with models:
        try:
            live.close()
        finally:
            live.sound.close()
            for sender in senders:
                sender.close()
            controls.report()
