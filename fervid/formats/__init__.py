"""Output formats by name and by suffix: timelines, segments, annotated videos and pictures, tables of still pictures.

To add a format, write a module in this folder and add an entry to `FORMATS` and to ``docs/formats.md``. The modules
that write are imported when they are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from fervid.errors import UsageError
from fervid.formats.base import Format, Kind, Writer, matching_suffix, suffix_error
from fervid.formats.context import Context
from fervid.formats.encoding import Encoding
from fervid.formats.file_output import Atomic, FileOutput, InPlace
from fervid.formats.output import StandardOutput

if TYPE_CHECKING:
    from pathlib import Path

    from fervid.formats.photo_table import PhotoTable

__all__ = [
    "FORMATS",
    "OF_READINGS",
    "Atomic",
    "Context",
    "Encoding",
    "Format",
    "InPlace",
    "Kind",
    "Writer",
    "by_name",
    "by_suffix",
    "create",
    "create_table",
    "names",
    "of_kind",
    "suffixes",
]

FORMATS: Final = (
    Format(
        "csv",
        ("timeline", "table"),
        (".csv",),
        "one row for each face",
        media_type="text/csv",
        growing=(".csv",),
        readable=True,
        sidecar=True,
    ),
    Format(
        "jsonl",
        ("timeline",),
        (".jsonl",),
        "one object for each frame, with its faces",
        media_type="application/jsonl",
        growing=(".jsonl",),
        readable=True,
        sidecar=True,
    ),
    Format("parquet", ("timeline",), (".parquet",), "one row for each face, with types", readable=True),
    Format("json", ("table",), (".json",), "one object for each picture", media_type="application/json"),
    Format(
        "segments",
        ("segments",),
        (".segments.csv",),
        "one row for each stretch of one emotion",
        media_type="text/csv",
        sidecar=True,
    ),
    Format("elan", ("segments",), (".eaf",), "one tier for each face", media_type="text/x-eaf+xml"),
    Format("praat", ("segments",), (".textgrid",), "one interval tier for each face", media_type="text/plain"),
    Format("webvtt", ("segments",), (".vtt",), "one caption for each change", media_type="text/vtt"),
    Format("srt", ("segments",), (".srt",), "one caption for each change", media_type="application/x-subrip"),
    Format(
        "boris",
        ("segments",),
        (".boris.ods", ".ods"),
        "the start and the stop of each stretch",
        media_type="application/vnd.oasis.opendocument.spreadsheet",
    ),
    Format(
        "video",
        ("video",),
        (".mp4", ".m4v", ".mov", ".mkv"),
        "the video with every face drawn on it",
        streams=False,
        growing=(".mp4",),
        exact=True,
    ),
    Format(
        "picture",
        ("picture",),
        (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"),
        "the picture with every face drawn on it",
        streams=False,
        exact=True,
    ),
)
"""Every output format. If the name of a file ends with the suffixes of two formats, the longer suffix decides."""

OF_READINGS: Final[tuple[Kind, ...]] = ("timeline", "segments")
"""The kinds of results that are made of readings alone, without pictures. Each has a `TimelineWriter`."""

_FRAME_BY_FRAME: Final[tuple[Kind, ...]] = ("timeline", "segments", "video", "picture")
"""The kinds of results that are written frame by frame."""


def of_kind(*kinds: Kind) -> tuple[Format, ...]:
    """Return the formats of any of these kinds; without a kind, all formats."""
    return tuple(found for found in FORMATS if not kinds or set(kinds) & set(found.kinds))


def names(*kinds: Kind) -> tuple[str, ...]:
    """Return the names of the formats of any of these kinds; without a kind, of all formats."""
    return tuple(found.name for found in of_kind(*kinds))


def suffixes(*kinds: Kind) -> tuple[str, ...]:
    """Return the suffixes of the formats of any of these kinds; without a kind, of all formats."""
    return tuple(suffix for found in of_kind(*kinds) for suffix in found.suffixes)


def by_name(name: str, *kinds: Kind) -> Format:
    """Return the format with a name.

    Args:
        name: The name, as users type it.
        *kinds: The kinds of formats to choose from; all kinds if none is given.

    Raises:
        UsageError: There is no such format.
    """
    for found in of_kind(*kinds):
        if found.name == name:
            return found
    noun = f"{kinds[0]} format" if len(kinds) == 1 or kinds == OF_READINGS else "format"
    raise UsageError(f"there is no {noun} '{name}'", f"choose one of {', '.join(names(*kinds))}")


def by_suffix(path: Path, *kinds: Kind, in_place: bool = False) -> Format:
    """Return the format that the suffix of a file stands for.

    Args:
        path: The file, which need not exist.
        *kinds: The kinds of formats to choose from; all kinds if none is given.
        in_place: True if the file must be usable while it grows.

    Raises:
        OutputError: No format has this suffix.
    """
    candidates = {suffix: found for found in of_kind(*kinds) for suffix in found.suffixes}
    suffix = matching_suffix(path, tuple(candidates))
    usable = tuple(each for each, found in candidates.items() if not in_place or each in found.growing)
    if suffix not in usable:
        kind = kinds[0] if len(kinds) == 1 or kinds == OF_READINGS else "result"
        raise suffix_error(path, kind, usable, in_place=in_place)
    return candidates[suffix]


def create(
    target: Path | None,
    context: Context,
    *kinds: Kind,
    format: str | None = None,
    output: type[FileOutput] = Atomic,
    overwrite: bool = False,
) -> Writer:
    """Open a writer of one result.

    Args:
        target: The file to write; None for standard output.
        context: The things that the writer may need to know.
        *kinds: The kinds that the result may have; without one, any kind that is written frame by frame.
        format: The name of the format; None to choose it by the suffix of the target.
        output: The policy of the file: `Atomic` for a temporary name until it is complete, `InPlace` for a live
            recording.
        overwrite: True to replace a file at the target.

    Raises:
        UsageError: There is no such format, it cannot be written to standard output, or the choices in `context`
            contradict each other.
        OutputError: The suffix is unknown, the target exists, its folder does not exist, or nothing can be written
            there.
    """
    chosen = _choose(target, format, kinds or _FRAME_BY_FRAME, in_place=output.in_place)
    if target is None:
        return chosen.open(StandardOutput(), context)
    if chosen.sidecar and context.sidecar and context.provenance is not None:
        from fervid.formats.sidecar import DESCRIBED

        place: FileOutput = DESCRIBED[output](target, context.provenance, overwrite=overwrite)
    else:
        place = output(target, overwrite=overwrite)
    if context.markers and "timeline" in chosen.kinds and isinstance(place, Atomic):
        from fervid.formats.marker_files import markers_table

        try:
            place.place_markers(markers_table(context.markers, context.dialect))
        except BaseException:
            place.discard()
            raise
    return chosen.open(place, context)


def create_table(target: Path | None, *, format: str | None = None, overwrite: bool = False) -> PhotoTable:
    """Open a table of still pictures.

    Args:
        target: The file to write; None for standard output.
        format: The name of the format; None to choose it by the suffix of the target.
        overwrite: True to replace a file at the target.

    Raises:
        UsageError: There is no such format.
        OutputError: The suffix is unknown, the target exists, its folder does not exist, or nothing can be written
            there.
    """
    from fervid.formats.photo_table import PhotoTable

    chosen = _choose(target, format, ("table",))
    return PhotoTable(StandardOutput() if target is None else Atomic(target, overwrite=overwrite), chosen)


def _choose(target: Path | None, format: str | None, kinds: Sequence[Kind], *, in_place: bool = False) -> Format:
    if format is not None:
        chosen = by_name(format, *kinds)
    elif target is not None:
        chosen = by_suffix(target, *kinds, in_place=in_place)
    else:
        raise UsageError("standard output has no suffix", f"name the format: {', '.join(names(*kinds))}")
    chosen.check(target, in_place=in_place)
    return chosen
