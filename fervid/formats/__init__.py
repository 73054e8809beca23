"""Output formats by name and by suffix: timelines, annotated videos and pictures, tables of still pictures.

A new format is a module in this folder, an entry of `FORMATS`, and a section of the documentation. Modules that write
are imported when they are used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from fervid.errors import UsageError
from fervid.formats.base import Context, Encoding, Format, Kind, Writer, matching, unknown_suffix
from fervid.formats.output import Atomic, FileOutput, InPlace, StandardOutput

if TYPE_CHECKING:
    from pathlib import Path

    from fervid.formats.photo_table import PhotoTable

__all__ = [
    "FORMATS",
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
    ),
    Format("json", ("table",), (".json",), "one object for each picture", media_type="application/json"),
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
"""Every output format. Where a name ends with the suffixes of two, the longer suffix decides."""

_WRITTEN: Final[tuple[Kind, ...]] = ("timeline", "video", "picture")


def of_kind(*kinds: Kind) -> tuple[Format, ...]:
    """Return the formats of any of `kinds`; all formats where none is given."""
    return tuple(found for found in FORMATS if not kinds or set(kinds) & set(found.kinds))


def names(*kinds: Kind) -> tuple[str, ...]:
    """Return the names of the formats of any of `kinds`."""
    return tuple(found.name for found in of_kind(*kinds))


def suffixes(*kinds: Kind) -> tuple[str, ...]:
    """Return the suffixes of the formats of any of `kinds`."""
    return tuple(suffix for found in of_kind(*kinds) for suffix in found.suffixes)


def by_name(name: str, *kinds: Kind) -> Format:
    """Return the format of that name.

    Args:
        name: As users write it.
        *kinds: The format must be of one of these; of any where none is given.

    Raises:
        UsageError: There is none.
    """
    for found in of_kind(*kinds):
        if found.name == name:
            return found
    what = f"{kinds[0]} format" if len(kinds) == 1 else "format"
    raise UsageError(f"there is no {what} '{name}'", f"choose one of {', '.join(names(*kinds))}")


def by_suffix(path: Path, *kinds: Kind, in_place: bool = False) -> Format:
    """Return the format whose suffix ends the name of a file.

    Args:
        path: The file, which need not exist.
        *kinds: The format must be of one of these; of any where none is given.
        in_place: Whether the file must be usable while it grows.

    Raises:
        OutputError: No format has such a suffix.
    """
    candidates = {
        suffix: found for found in of_kind(*kinds) for suffix in (found.growing if in_place else found.suffixes)
    }
    suffix = matching(path, tuple(candidates))
    if not suffix:
        what = kinds[0] if len(kinds) == 1 else "result"
        raise unknown_suffix(path, what, tuple(candidates), in_place=in_place)
    return candidates[suffix]


def create(
    target: Path | None,
    context: Context,
    *kinds: Kind,
    format: str | None = None,
    output: type[FileOutput] = Atomic,
    overwrite: bool = False,
) -> Writer:
    """Open the writer of one result.

    Args:
        target: Where to; None for standard output.
        context: What the writer may need to know.
        *kinds: What the result may be; where none is given, anything that is written frame by frame.
        format: The name of the format; None for the one that the target's suffix stands for.
        output: How the file comes into being: `Atomic` under a temporary name, or `InPlace` for a live recording.
        overwrite: Whether a file at `target` may be replaced.

    Raises:
        UsageError: There is no such format, it does not go to standard output, or `context` makes no sense.
        OutputError: The suffix is unknown, the target exists, or its folder is missing or refuses.
    """
    chosen = _chosen(target, format, kinds or _WRITTEN, in_place=output.in_place)
    place = StandardOutput() if target is None else output(target, overwrite=overwrite)
    return chosen.open(place, context)


def create_table(target: Path | None, *, format: str | None = None, overwrite: bool = False) -> PhotoTable:
    """Open a table of still pictures.

    Args:
        target: Where to; None for standard output.
        format: The name of the format; None for the one that the target's suffix stands for.
        overwrite: Whether a file at `target` may be replaced.

    Raises:
        UsageError: There is no such format.
        OutputError: The suffix is unknown, the target exists, or its folder is missing or refuses.
    """
    from fervid.formats.photo_table import PhotoTable

    chosen = _chosen(target, format, ("table",))
    return PhotoTable(StandardOutput() if target is None else Atomic(target, overwrite=overwrite), chosen)


def _chosen(target: Path | None, format: str | None, kinds: Sequence[Kind], *, in_place: bool = False) -> Format:
    if format is not None:
        chosen = by_name(format, *kinds)
    elif target is not None:
        chosen = by_suffix(target, *kinds, in_place=in_place)
    else:
        raise UsageError("standard output has no suffix", f"name the format: {', '.join(names(*kinds))}")
    chosen.check(target, in_place=in_place)
    return chosen
