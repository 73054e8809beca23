"""Live sessions that begin together, one for each source, with times on one clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fervid.core.closing import Closing
from fervid.core.credentials import shown_address
from fervid.errors import UsageError
from fervid.formats.file_output import check_target
from fervid.live.controls import SavedFile
from fervid.live.session import LiveSession, Recordings
from fervid.live.view import View, play
from fervid.outlets.base import Destination
from fervid.run.models import Models
from fervid.run.run_record import provenance, time_text
from fervid.run.targets import check_distinct
from fervid.settings import Settings
from fervid.sources import LiveSource
from fervid.sources.common_clock import CommonClock, OnClock
from fervid.sources.sound_source import SoundSource
from fervid.sources.together import open_together


class LiveGroup(Closing):
    """A live session for each of one or several sources, each with models and threads of its own.

    The sources are opened at once, and no session waits for another. A single source keeps its own times unless it is
    put on a clock; those of several sources count from the moment at which all were open.

    Args:
        settings: The options of the analysis. `batch` has no effect, because no frame waits for another.
        connects: A function for each source, which opens it. They are called when the models are loaded, because a
            source does not wait.
        recordings: The recordings that begin with the sessions; for several sources, each gets its number.
        mirror: Mirror the pictures.
        outline: Outline the regions, and the faces that were left out.
        clock: The clock of all sources; None for one that begins when all are open or, for a single one, its own times.
        on_saved: Called with each file as soon as it is complete.

    Attributes:
        sessions: The sessions, in the order of the sources.
        started: The moment from which times count, as ISO 8601 writes it; None for a single source with its own times.

    Raises:
        FervidError: The models cannot be loaded, or a source or the sound cannot be opened.
    """

    def __init__(
        self,
        settings: Settings,
        connects: Sequence[Callable[[], LiveSource]],
        recordings: Recordings,
        *,
        mirror: bool = False,
        outline: bool = False,
        clock: CommonClock | None = None,
        on_saved: Callable[[SavedFile], None] = lambda _: None,
    ) -> None:
        settings = settings.replace(batch=1)
        with ExitStack() as opening:
            sound = None
            if isinstance(recordings.sound, str):  # opened first, because models take long to load
                sound = opening.enter_context(SoundSource(recordings.sound))
            models = [opening.enter_context(Models(settings)) for _ in connects]
            sources = [opening.enter_context(source) for source in open_together(connects)]
            is_single = len(sources) == 1
            if clock is None and not is_single:
                clock = CommonClock()
            self.started = None if clock is None else time_text(clock.started)
            self.sessions = [
                LiveSession(
                    settings,
                    models[place],
                    source if clock is None else OnClock(source, clock),
                    recordings if is_single else recordings.numbered(place + 1),
                    mirror=mirror,
                    outline=outline,
                    label="" if is_single else str(place + 1),
                    clock=clock,
                    facts=None if clock is None else _facts(source.name, models[place], settings, clock),
                    sound=sound,
                    on_saved=on_saved,
                )
                for place, source in enumerate(sources)
            ]
            opening.pop_all()

    def send_to(self, destinations: Sequence[Destination]) -> None:
        """Send the frames of every session to other programs; see `LiveSession.send_to`.

        Args:
            destinations: The programs. Of several sessions, each has a connection of its own.

        Raises:
            MissingPackageError: A package or a library that one of them needs is not installed.
            OutputError: A connection cannot be opened.
        """
        for session in self.sessions:
            for destination in destinations:
                session.send_to(destination)

    def start(self) -> None:
        """Begin all recordings, then all sessions.

        Open windows and pages before this call, so that one that cannot be opened leaves no file behind.

        Raises:
            OutputError: A recording cannot begin, for example because its file exists.
        """
        for session in self.sessions:
            session.begin_recordings()
        for session in self.sessions:
            session.live.start()

    def play(
        self,
        views: Sequence[View],
        until: Callable[[], bool] = lambda: False,
        on_end: Callable[[LiveSession, Exception | None], None] = lambda _session, _error: None,
    ) -> None:
        """Show the newest pictures in a loop, in the calling thread, until all sources end or `until` returns True.

        A session whose source ends or fails while others go on is closed, which completes its recordings.

        Args:
            views: A view for each session.
            until: Called before each picture; returns True to leave the loop.
            on_end: Called with a session that was closed while others go on, and with its error, if any.

        Raises:
            BaseException: The error of the session that ends last, or of the only one.
        """

        def end(place: int, error: BaseException | None) -> None:
            session = self.sessions[place]
            try:
                session.close()
            except Exception as failed:
                error = error or failed
            if not isinstance(error, Exception | None):
                raise error
            on_end(session, error)

        shown = [(session.live, view) for session, view in zip(self.sessions, views, strict=True)]
        play(shown, until, end)

    def close(self) -> None:
        """Close all sessions. May be called more than once.

        Raises:
            FervidError: A recording cannot be completed; the others are.
        """
        with ExitStack() as closing:
            for session in reversed(self.sessions):
                closing.callback(session.close)


def check_files(
    sources: Sequence[str],
    recordings: Recordings,
    *,
    source_option: str,
    sound_option: str,
    video_option: str,
    csv_option: str,
) -> None:
    """Check that no two uses of a file clash, and that recordings can be written, before anything is opened.

    Args:
        sources: The sources, as the user names them.
        recordings: The recordings of a single source; each of several gets its number.
        source_option: The name of the option or argument for the sources, for messages.
        sound_option: The same for the sound.
        video_option: The same for the video.
        csv_option: The same for the timeline.

    Raises:
        UsageError: A source is named twice, or two uses name the same file.
        OutputError: A recording cannot be written, for example because its file exists.
    """
    count = len(sources)
    for place, source in enumerate(sources):
        if source in sources[:place]:
            raise UsageError(f"'{shown_address(source)}' is named twice", "name each source once")
    for number in range(1, count + 1):
        files = recordings if count == 1 else recordings.numbered(number)
        inputs = {
            source_option if count == 1 else f"{source_option} {place + 1}": source
            for place, source in enumerate(sources)
        }
        if isinstance(recordings.sound, str):
            inputs.setdefault(sound_option, recordings.sound)
        check_distinct(inputs, {video_option: files.video, csv_option: files.csv})
        for file in filter(None, (files.video, files.csv)):
            check_target(file, overwrite=recordings.overwrite)


def _facts(name: str, models: Models, settings: Settings, clock: CommonClock) -> Mapping[str, Any]:
    """Return the facts for the sidecars of a source, with the moment from which its times count."""
    facts = provenance(Path(name), models, settings)
    return {**facts, "input": name.encode("utf-8", "backslashreplace").decode(), "started": time_text(clock.started)}
