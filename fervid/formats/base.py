"""The interfaces of the output formats: a format, and the writers that it opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

from typing_extensions import Self

from fervid.errors import OutputError, UsageError
from fervid.formats.context import Context

if TYPE_CHECKING:  # the registry is read for help texts, which need none of these
    from pathlib import Path
    from types import TracebackType

    from fervid.core.readings import Frame, FrameReading
    from fervid.core.sound_chunk import SoundChunk
    from fervid.formats.output import Output
    from fervid.formats.photo_table import PhotoReading
    from fervid.formats.timeline import Timeline

Kind: TypeAlias = Literal["timeline", "segments", "video", "picture", "table"]
"""The kind of a result: a timeline of readings, its segments, a video or a picture with the readings drawn on it, or a
table of still pictures."""


class Writer(Protocol):
    """A writer of one result, frame by frame, in order.

    `finish` completes the result and `discard` removes it, each as far as the policy of its output allows. As a context
    manager, a writer discards its result unless `finish` was called.
    """

    @property
    def target(self) -> Path | None:
        """The file of the result; None where the result is no file, as on standard output."""
        ...

    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Write the next frame and its reading.

        Raises:
            OutputError: The result cannot be written, for example because the disk is full.
        """
        ...

    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the result, so that it plays or parses, and give it its name.

        Args:
            partial: True if the run was interrupted. The result is then called ``NAME.partial.SUFFIX``, so that nobody
                takes it for a complete one.

        Returns:
            The file of the result; None where the result is no file, or is a picture or a video that got no frame.

        Raises:
            OutputError: The result cannot be completed. An earlier file is unchanged, the temporary one is removed.
        """
        ...

    def discard(self) -> None:
        """Remove what was written so far. Has no effect after `finish`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class SoundWriter(Protocol):
    """A `Writer` that takes sound too."""

    def write_sound(self, chunk: SoundChunk) -> None:
        """Write the next chunk of sound, with its time on the clock of the frames, when a frame has been written.

        Raises:
            OutputError: The result cannot be written, for example because the disk is full.
        """
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: a line of the registry. A module of the same name in this folder implements it.

    The module is imported when the format is used. It defines

    - ``open_writer(output, context)``, which returns a `Writer`, and for a timeline or its segments a `TimelineWriter`;
    - ``table(photos, classes)``, which returns a text, if `kinds` contains ``"table"``;
    - if the format is `readable`: ``stream(path)``, which returns the classes and an iterator over the readings,
      ``read_provenance(path)``, which returns how the timeline was made, or None, and ``is_timeline(path)``, which
      looks at the beginning of a file.

    Attributes:
        name: The name that users type.
        kinds: The kinds of results that it can hold.
        suffixes: The suffixes of its files, in lower case, the usual one first. ``.segments.csv`` is one too.
        description: A phrase for help texts that says what its files contain.
        media_type: The media type for HTTP; None where it depends on the suffix.
        streams: True if the format can be written to standard output.
        growing: The suffixes of the files that can be used while they grow, as a live recording must be.
        exact: True if the suffix decides how the file is written, so that a target must have one of `suffixes`.
        readable: True if its timelines can be loaded again.
        sidecar: True if a file beside a timeline says how that was made, because the format has no place for it.
    """

    name: str
    kinds: tuple[Kind, ...]
    suffixes: tuple[str, ...]
    description: str
    _: KW_ONLY
    media_type: str | None = None
    streams: bool = True
    growing: tuple[str, ...] = ()
    exact: bool = False
    readable: bool = False
    sidecar: bool = False

    @property
    def suffix(self) -> str:
        """The usual suffix of its files."""
        return self.suffixes[0]

    def check(self, target: Path | None, *, in_place: bool = False) -> None:
        """Check that a target suits the format.

        Args:
            target: A file; None for standard output.
            in_place: True if the file must be usable while it grows.

        Raises:
            UsageError: The format cannot be written to standard output.
            OutputError: The file has the suffix of something else, or the format cannot be used while it grows.
        """
        if target is None:
            if not self.streams:
                raise UsageError(
                    f"a {self.kinds[0]} cannot be written to standard output", "name a file or a folder instead"
                )
            return
        allowed = self.growing if in_place else self.suffixes
        if not allowed or (self.exact and not matching_suffix(target, allowed)):
            raise suffix_error(target, self.kinds[0], allowed, in_place=in_place)

    def open(self, output: Output, context: Context) -> Writer:
        """Open a writer. If that fails, the output is discarded.

        Raises:
            OutputError: The result cannot be written to this output, or not with these choices.
            UsageError: The choices in `context` contradict each other.
        """
        try:
            writer: Writer = self.module.open_writer(output, context)
        except BaseException:
            output.discard()
            raise
        return writer

    def table(self, photos: Sequence[PhotoReading], classes: tuple[str, ...]) -> str:
        """Return the readings of still pictures as a table.

        Args:
            photos: The readings, in order.
            classes: The names of the classes, in the order of the engine.
        """
        text: str = self.module.table(photos, classes)
        return text

    def load(self, path: Path) -> Timeline:
        """Load a timeline that fervid wrote, with its markers.

        Raises:
            SourceError: The file, or that of the markers, does not exist or is malformed; the message names the line.
        """
        from fervid.formats.marker_files import read_markers
        from fervid.formats.timeline import Timeline

        classes, frames = self.stream(path)
        return Timeline(classes, tuple(frames), self.read_provenance(path), read_markers(path))

    def stream(self, path: Path) -> tuple[tuple[str, ...], Iterator[FrameReading]]:
        """Return the names of the classes in a timeline, and its readings, which are read one by one.

        Raises:
            SourceError: As for `load`. That of a malformed line comes when the line is read.
        """
        classes, frames = self.module.stream(path)
        return classes, frames

    def read_provenance(self, path: Path) -> dict[str, Any] | None:
        """Return the facts that say how a timeline was made; None where they are unknown.

        Raises:
            SourceError: The facts stand in the file itself, and it cannot be read.
        """
        facts: dict[str, Any] | None = self.module.read_provenance(path)
        return facts

    def is_timeline(self, path: Path) -> bool:
        """Return True if a file begins as the timelines in this format do. The file may be damaged further on."""
        found: bool = self.module.is_timeline(path)
        return found

    @property
    def module(self) -> Any:
        """The module that implements it. To import it raises a `MissingPackageError` where a package is missing."""
        return import_module(f"fervid.formats.{self.name}")


def matching_suffix(path: Path, suffixes: Sequence[str]) -> str:
    """Return the longest of `suffixes` that the name of a file ends with, in any case; empty if there is none."""
    name = path.name.lower()
    return max((suffix for suffix in suffixes if name.endswith(suffix) and name != suffix), key=len, default="")


def suffix_error(path: Path, kind: str, suffixes: Sequence[str], *, in_place: bool = False) -> OutputError:
    """Return the error to raise for a file whose suffix does not stand for a format.

    Args:
        path: The file.
        kind: The kind of the result.
        suffixes: The suffixes to suggest.
        in_place: True if the file must be usable while it grows.
    """
    purpose = " that can be recorded live" if in_place else ""
    remedy = f"use {', '.join(suffixes)}" if suffixes else "record a video or a timeline instead"
    return OutputError(f"'{path}' does not have the suffix of a {kind}{purpose}", remedy)
