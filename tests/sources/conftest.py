"""Clips and pictures for the tests of the sources."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import pytest
from support.clips import FASTSTART, Sound, grey, noise, write_clip

VFR_TIMES = (0, 40, 50, 130, 131, 500, 1700)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for clips, kept for the whole run."""
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def vfr_times() -> Sequence[int]:
    """The times of the frames of `vfr`, in milliseconds."""
    return VFR_TIMES


@pytest.fixture(scope="session")
def vfr(clips: Path) -> Path:
    """A clip with a variable frame rate."""
    return write_clip(clips / "vfr.mp4", [grey(30 * n) for n in range(len(VFR_TIMES))], times=VFR_TIMES)


@pytest.fixture(scope="session")
def four_seconds(clips: Path) -> Path:
    """A clip of 100 frames in several groups of pictures, with its index at the beginning."""
    return write_clip(
        clips / "four_seconds.mp4", [noise(n) for n in range(100)], FASTSTART, sound=Sound(seconds=4.0, rate=8000)
    )


@pytest.fixture(scope="session")
def clip(clips: Path) -> Path:
    """A second of H.264 without B-frames, as cameras send it."""
    return write_clip(clips / "live.mp4", [noise(n) for n in range(25)])


@pytest.fixture(scope="session")
def picture(clips: Path) -> Path:
    """A single picture."""
    path = clips / "picture.png"
    cv2.imwrite(str(path), noise(1))
    return path


@pytest.fixture(scope="session")
def album(clips: Path) -> Path:
    """A folder of twelve pictures of increasing brightness, img1 to img12."""
    folder = clips / "album"
    folder.mkdir()
    for place in range(12):
        cv2.imwrite(str(folder / f"img{place + 1}.png"), grey(20 * place))
    return folder
