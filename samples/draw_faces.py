"""Draw labelled faces to train networks with: ``python samples/draw_faces.py OUT_DIR [--format NAME]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

if __package__ in (None, ""):  # run as a script: the folder above holds the package `samples`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fervid.core.emotions import CK_PLUS
from samples import data_formats
from samples.labelled_faces import RISING, LabelledFaces, draw_labelled_faces, draw_sequences

_TEST_SHARE: Final = 0.15
_STRONG: Final = 2
"""How many frames of a sequence show its expression strongly."""


def split_faces(count: int) -> dict[str, int]:
    """Return how many of `count` faces each split gets: 15 % each test split."""
    test = round(count * _TEST_SHARE)
    return {"training": count - 2 * test, "public_test": test, "private_test": test}


def people_for(count: int) -> int:
    """Return how many people it takes to have about `count` strong faces in their sequences; at least 3."""
    return max(3, round(count / (_STRONG * len(CK_PLUS))))


def _drawn(write: Callable[[LabelledFaces, Path], None]) -> Callable[[Path, int, int], None]:
    def draw(folder: Path, count: int, seed: int) -> None:
        write(draw_labelled_faces(split_faces(count), seed), folder)

    return draw


def _draw_sequences(folder: Path, count: int, seed: int) -> None:
    data_formats.write_sequences(draw_sequences(people_for(count), labels=(*CK_PLUS, None), seed=seed), folder)


def _draw_ck48(folder: Path, count: int, seed: int) -> None:
    data_formats.write_ck48(draw_sequences(people_for(count), RISING[-_STRONG:], seed=seed), folder)


FORMATS: Final[dict[str, Callable[[Path, int, int], None]]] = {
    "folders": _drawn(data_formats.write_folders),
    "table": _drawn(data_formats.write_table),
    "archives": _drawn(data_formats.write_archives),
    "sequences": _draw_sequences,
    "ck48": _draw_ck48,
}
"""The function that draws faces in each format, given the folder, the number of faces and the seed."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw labelled faces of many people in a format that fervid reads.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR", help="where the faces go")
    parser.add_argument("--format", choices=list(FORMATS), default="folders", help="default: folders")
    parser.add_argument("--faces", type=_count, default=400, metavar="N", help="how many, about (default: 400)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed draws the same (default: 1)")
    options = parser.parse_args(arguments)
    if options.folder.exists():  # its pictures would be mixed with the new ones
        parser.error(f"'{options.folder}' exists; choose another folder")
    FORMATS[options.format](options.folder, options.faces, options.seed)
    sys.stdout.write(f"{options.folder}: train with fervid train --fine-tune auto --data {options.folder}\n")


def _count(text: str) -> int:
    if not text.isdecimal() or not 20 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 20 to 100000")
    return int(text)


if __name__ == "__main__":
    main()
