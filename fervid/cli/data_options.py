"""The options of commands that read labelled faces."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import click

from fervid.cli.options import setting_option
from fervid.cli.value_types import PathType
from fervid.data.dataset import COLOUR, SIZE

if TYPE_CHECKING:
    from fervid.data.face_groups import FaceGroups
    from fervid.data.faces import Faces

P = ParamSpec("P")
R = TypeVar("R")

_NAMES: Final = ("detect", "label_tree", "skip_bad", "max_pixels")
"""The options of `reading_options`, by the names of the fields of `Reading`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of the options of `reading_options`.

    Attributes:
        detect: Find the face in each image.
        label_tree: The tree of labels of a tree of sequences.
        skip_bad: Continue after items that cannot be read.
        max_pixels: The number of pixels that an image, or an archive of images, may have.
    """

    detect: bool
    label_tree: Path | None
    skip_bad: bool
    max_pixels: int

    def faces(self, path: Path, *, size: int = SIZE, colour: str = COLOUR, drop: Path | None = None) -> Faces:
        """Read the labelled faces at `path`; see `fervid.data.read_faces`.

        Raises:
            DataError: The faces cannot be read.
            DetectorError: The detector is not available.
            MissingPackageError: A package or a system library is not installed.
        """
        from fervid import detect
        from fervid.data import read_faces
        from fervid.settings import Settings

        with detect.create(Settings()) if self.detect else nullcontext() as detector:
            return read_faces(
                path,
                size=size,
                colour=colour,
                detector=detector,
                label_tree=self.label_tree,
                drop=drop,
                skip_bad=self.skip_bad,
                max_pixels=self.max_pixels,
            )

    def groups(self, path: Path, columns: Sequence[str], faces: Faces, group_table: Path | None) -> FaceGroups:
        """Read the groups of faces; see `fervid.data.read_groups`.

        Raises:
            DataError: A column is not found, or a table is invalid.
        """
        from fervid.data import read_groups

        return read_groups(path, columns, faces, group_table=group_table, skip_bad=self.skip_bad)


def reading_options(command: Callable[Concatenate[Reading, P], R]) -> Callable[P, R]:
    """Add ``--detect``, ``--label-tree``, ``--skip-bad`` and ``--max-pixels``.

    `command` receives a `Reading` as its first argument.
    """

    @functools.wraps(command)
    def with_reading(*args: P.args, **kwargs: P.kwargs) -> R:
        values: dict[str, Any] = {name: kwargs.pop(name) for name in _NAMES}
        return command(Reading(**values), *args, **kwargs)

    wrapped: Callable[P, R] = with_reading
    for option in (
        setting_option("max_pixels"),
        click.option("--skip-bad", is_flag=True, help="Skip items that cannot be read, and report how many."),
        click.option(
            "--label-tree",
            metavar="FOLDER",
            type=PathType(),
            help="The tree of labels, where the data is a tree of sequences like CK+'s.",
        ),
        click.option("--detect", is_flag=True, help="Detect the face in each image and crop it, as in a video."),
    ):
        wrapped = option(wrapped)
    return wrapped
