"""Files that are read whole: what never ends or never begins is refused at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from torch import nn

from fervid import networks
from fervid.core import regular_files
from fervid.core.failures import to_fervid_error
from fervid.core.regular_files import read_lines, read_regular
from fervid.data.table_rows import read_rows
from fervid.engines.compiled import COMPILED, Compiled
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import FervidError

pytestmark = pytest.mark.limit(30)  # what is not refused is read for ever


def fifo(path: Path) -> None:
    os.mkfifo(path)


def bound_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 43)  # eight terabytes, of which the disk stores none


ODD = [fifo, bound_socket, zeros, huge]
"""Makers of files that would hang the program or fill the memory."""


def test_a_file_is_read_up_to_its_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"abc")
    assert read_regular(path, 3) == b"abc"
    with pytest.raises(OSError, match="it is larger than 0 kB"):
        read_regular(path, 2)


def test_a_file_whose_size_is_not_known_is_read_no_further_than_the_largest() -> None:
    assert Path("/proc/self/status").stat().st_size == 0
    assert read_regular(Path("/proc/self/status"), 1 << 16).startswith(b"Name:")
    with pytest.raises(OSError, match="it is larger than 0 kB"):
        read_regular(Path("/proc/self/status"), 10)


@pytest.mark.parametrize("make", ODD)
def test_pipes_devices_and_endless_files_are_refused_at_once(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "a")
    with pytest.raises(OSError, match=r"pipe or a device|larger than|No such device"):
        read_regular(tmp_path / "a", regular_files.LARGE)
    with pytest.raises(OSError, match=r"pipe or a device|larger than|No such device"):
        list(read_lines(tmp_path / "a"))


def test_a_line_without_an_end_is_refused_before_the_file_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\r\n" + bytes(3_000_000))
    lines = read_lines(path)
    assert next(lines) == "a,b\r\n"
    with pytest.raises(OSError, match="a line of it is longer than 1,048,576 characters"):
        next(lines)


def read_manifest(path: Path) -> None:
    path.rename(path.with_name(MANIFEST))
    Manifest.load(path.parent)


def read_compiled(path: Path) -> None:
    path.rename(path.with_name(COMPILED))
    Compiled.load(path.parent)


def read_weights(path: Path) -> None:
    from fervid.engines import weights

    path.rename(path.with_name(WEIGHTS))
    weights.check(path.with_name(WEIGHTS), "0" * 64)


def read_recipe(path: Path) -> None:
    from fervid.training.recipe import Recipe

    Recipe.load(path)


@cache
def resnet() -> nn.Module:
    return networks.create("resnet18")


def read_start(path: Path) -> None:
    from fervid.networks import pretrained

    path.rename(path.with_suffix(".safetensors"))
    pretrained.load(resnet(), path.with_suffix(".safetensors"))


def read_checkpoint(path: Path) -> None:
    from fervid.training.checkpoint import Checkpoint
    from fervid.training.recipe import Recipe

    Checkpoint.load(path, Recipe(name="a", network="compact", epochs=1))


def read_table(path: Path) -> None:
    list(read_rows(path, ("a",), "give another"))


def read_archive(path: Path) -> None:
    from fervid.data import npz

    npz.read(path, ("images",))


def read_timeline(path: Path) -> None:
    from fervid import Timeline

    Timeline.load(path)


@pytest.mark.parametrize("make", ODD)
@pytest.mark.parametrize(
    "read",
    [
        read_manifest,
        read_compiled,
        read_weights,
        read_recipe,
        read_start,
        read_checkpoint,
        read_table,
        read_archive,
        read_timeline,
    ],
)
def test_every_file_that_is_no_video_must_be_a_regular_one(
    tmp_path: Path, make: Callable[[Path], None], read: Callable[[Path], None]
) -> None:
    make(tmp_path / "a")
    with pytest.raises(FervidError) as caught:
        read(tmp_path / "a")
    assert str(tmp_path) in caught.value.problem


def test_too_little_memory_is_told_as_such() -> None:
    error = to_fervid_error(MemoryError(), Path("a.mp4"))
    assert str(error) == (
        "the memory of this machine is not enough for 'a.mp4'; close other programs, or use a machine with more memory"
    )
