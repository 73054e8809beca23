"""The interfaces of the output formats: a format, the writers it opens, and what they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from typing_extensions import Self

from fervid.errors import OutputError, UsageError

if TYPE_CHECKING:  # the registry is read for help texts, which need none of these
    from pathlib import Path
    from types import TracebackType

    from fervid.core.readings import Frame, FrameReading
    from fervid.draw.painter import Painter
    from fervid.formats.output import Output
    from fervid.formats.strengths import PhotoReading
    from fervid.formats.timeline import Timeline
    from fervid.sources.base import SourceInfo

Kind: TypeAlias = Literal["timeline", "video", "picture", "table"]
"""What a result is: a timeline of readings, a video with them drawn on it, one such picture, or a table of photos."""


class Writer(Protocol):
    """Writes frames and their readings to one place, one after the other, in order.

    `finish` completes the result and `discard` takes it back, each as far as the output's policy allows. As a context
    manager it discards unless `finish` was called.
    """

    @property
    def target(self) -> Path | None:
        """Where the result will be; None where it is no file."""
        ...

    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Write the next frame and what was read in it.

        Raises:
            OutputError: It cannot be written; the disk is full, say.
        """
        ...

    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the result, so that it plays or parses, and give it its name.

        Args:
            partial: The run was interrupted. A file that was at the target before stays there, and the result goes to
                ``NAME.partial.SUFFIX`` beside it; otherwise the result gets the target's name all the same.

        Returns:
            Where the result is; None where it is no file, or where there was no frame to write.

        Raises:
            OutputError: It cannot be completed; what was there before is untouched, the temporary file is removed.
        """
        ...

    def discard(self) -> None:
        """Take back what was written so far. Does nothing after `finish`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Codec:
    """A video codec.

    Attributes:
        encoder: The encoder that writes it by default.
        crf: The default quality: what that encoder loses goes unnoticed at the speed it is run at.
    """

    encoder: str
    crf: int


CODECS: Final = {"h264": Codec("libx264", 20), "hevc": Codec("libx265", 24), "av1": Codec("libsvtav1", 30)}
"""The codecs that `fervid annotate --codec` takes; the first one, which every player knows, is the default."""

DEFAULT_CODEC: Final = next(iter(CODECS))

CRF_BOUNDS: Final = (0, 63)
"""The best and the worst quality."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The user's choices for an encoded video.

    Attributes:
        codec: One of `CODECS`; None for that of `encoder`, or `DEFAULT_CODEC`.
        encoder: An encoder of FFmpeg; None for the usual one of `codec`.
        crf: The quality, lower is better; None for a good one.
    """

    codec: str | None = None
    encoder: str | None = None
    crf: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a writer may need to know beside the frames and their readings.

    Attributes:
        classes: The names of the classes, in the order of the engine.
        source: Where the frames come from; None for a camera or stream, and for readings without frames.
        painter: Paints the pictures that are written; None to leave them as they are. It remembers the frame before, so
            each video needs its own.
        encoding: How videos are encoded.
        trimmed: Whether the frames are a stretch of the source.
        empty: Whether frames without a face are written to a timeline that can hold them.
    """

    classes: tuple[str, ...]
    _: KW_ONLY
    source: SourceInfo | None = None
    painter: Painter | None = None
    encoding: Encoding = Encoding()
    trimmed: bool = False
    empty: bool = True


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: a line of the registry, which a module of the same name in this folder implements.

    The module is imported when the format is used. It defines

    - ``open_writer(output, context)``, which returns a `Writer`, and for a timeline a `TimelineWriter`;
    - ``table(photos, classes)``, which returns a text, where `kinds` has ``"table"``;
    - ``load(path)``, which returns a `Timeline`, where it is `readable`.

    Attributes:
        name: As users name it.
        kinds: What it can hold.
        suffixes: Of its files, in lower case, the usual one first; ``.segments.csv`` is one too.
        description: For help texts: what a file of it is.
        media_type: For HTTP; None where it depends on the suffix.
        streams: Whether it can be written to standard output.
        growing: The suffixes of those files that can be used while they grow, as a live recording must be.
        exact: Whether the suffix says how the file is written, so that only `suffixes` are taken.
        readable: Whether its timelines can be loaded again.
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

    @property
    def suffix(self) -> str:
        """The usual suffix of its files."""
        return self.suffixes[0]

    def check(self, target: Path | None, *, in_place: bool = False) -> None:
        """Check that the format can be written to a target.

        Args:
            target: A file; None for standard output.
            in_place: Whether the file must be usable while it grows.

        Raises:
            UsageError: It does not go to standard output.
            OutputError: The file's suffix stands for something else, or the format cannot be used while it grows.
        """
        if target is None:
            if not self.streams:
                raise UsageError(f"a {self.kinds[0]} does not go to standard output", "name a file or a folder")
            return
        allowed = self.growing if in_place else self.suffixes
        if not allowed or (self.exact and not matching(target, allowed)):
            raise unknown_suffix(target, self.kinds[0], allowed, in_place=in_place)

    def open(self, output: Output, context: Context) -> Writer:
        """Open a writer; where that fails, the output is discarded.

        Raises:
            OutputError: The result cannot be written there, or not so.
            UsageError: The choices in `context` make no sense together.
        """
        try:
            writer: Writer = self._module.open_writer(output, context)
        except BaseException:
            output.discard()
            raise
        return writer

    def table(self, photos: Sequence[PhotoReading], classes: tuple[str, ...]) -> str:
        """Return the table of what was read in still pictures.

        Args:
            photos: The pictures, in order.
            classes: The names of the classes, in the order of the engine.
        """
        text: str = self._module.table(photos, classes)
        return text

    def load(self, path: Path) -> Timeline:
        """Read a timeline that fervid wrote in this format.

        Raises:
            SourceError: There is no such file, or it is malformed; the message says where.
        """
        timeline: Timeline = self._module.load(path)
        return timeline

    @property
    def _module(self) -> Any:
        return import_module(f"fervid.formats.{self.name}")


def matching(path: Path, suffixes: Sequence[str]) -> str:
    """Return the longest of `suffixes` that the file's name ends with, whatever its case; empty where none does."""
    name = path.name.lower()
    return max((suffix for suffix in suffixes if name.endswith(suffix) and name != suffix), key=len, default="")


def unknown_suffix(path: Path, what: str, suffixes: Sequence[str], *, in_place: bool = False) -> OutputError:
    """Return the error for a file whose name does not say how to write it.

    Args:
        path: The file.
        what: What it is to be.
        suffixes: Those that would do.
        in_place: Whether the file must be usable while it grows.
    """
    how = "records live" if in_place else "writes"
    remedy = f"use {', '.join(suffixes)}" if suffixes else "record a video or a timeline instead"
    return OutputError(f"'{path}' has no suffix of a {what} that fervid {how}", remedy)
