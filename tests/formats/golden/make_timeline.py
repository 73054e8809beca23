"""Writes `timeline.csv`, which test_csv_writer.py compares with: `python tests/formats/golden/make_timeline.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from fervid.core.emotions import FER2013
from fervid.core.geometry import Box, HeadPose
from fervid.core.readings import FaceReading, FrameReading
from fervid.formats.timeline import Timeline

GOLDEN = Path(__file__).with_name("timeline.csv")


def face(frame: int, time: float, face_id: int, box: Box, shown: str, pose: HeadPose | None = None) -> FaceReading:
    """A face that shows `shown` at 70 %, raw at 40 %."""
    smooth = np.array([0.7 if name == shown else 0.05 for name in FER2013], np.float32)
    raw = np.array([0.4 if name == shown else 0.1 for name in FER2013], np.float32)
    return FaceReading(frame, time, face_id, box, 0.98765, FER2013, smooth, raw, pose)


FRAMES = (
    FrameReading(0, 0.0, ()),
    FrameReading(
        1, 1001 / 30000, (face(1, 1001 / 30000, 1, Box(10, 20.04, 30.06, 40), "happy", HeadPose(-12.54, 3, -0.04)),)
    ),
    FrameReading(2, 2002 / 30000, (face(2, 2002 / 30000, 1, Box(11, 20, 30, 40), "happy"),), analysed=False),
    FrameReading(
        3,
        3003 / 30000,
        (
            face(3, 3003 / 30000, 1, Box(-0.04, -7.5, 30, 40), "sad"),
            face(3, 3003 / 30000, 12, Box(1200.25, 700.75, 99.99, 100), "neutral"),
        ),
    ),
)


def write(path: Path) -> None:
    """Write `FRAMES` to `path`."""
    Timeline(FER2013, FRAMES).save(path, overwrite=True)


if __name__ == "__main__":
    write(GOLDEN)
    sys.stdout.write(f"wrote {GOLDEN}\n")
