"""The annotated picture: one frame, painted on a copy of its pixels, in a format that can hold it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from writer_inputs import MILLISECOND, flat, frames, reading

from fervid import formats
from fervid.core.emotions import FERPLUS
from fervid.core.readings import Frame
from fervid.draw.painter import Painter
from fervid.errors import OutputError
from fervid.formats.context import Context


def test_a_frame_that_is_a_turned_view_is_painted_and_stays_as_it_was(tmp_path: Path) -> None:
    upright = np.swapaxes(flat((60, 90, 120), (180, 320)), 0, 1)
    shown = reading(0, 0.0, "happy")
    expected = upright.copy(order="C")
    Painter().paint(expected, shown)
    with formats.create(tmp_path / "a.png", Context(FERPLUS, painter=Painter()), "picture") as writer:
        writer.write(Frame(upright, 0, 0, MILLISECOND), shown)
        writer.finish()
    assert np.array_equal(cv2.imread(str(tmp_path / "a.png")), expected)
    assert np.array_equal(upright, flat((60, 90, 120), (320, 180)))


def test_a_second_picture_is_refused(tmp_path: Path) -> None:
    first, second = frames(2)
    with formats.create(tmp_path / "a.png", Context(FERPLUS), "picture") as writer:
        writer.write(first, reading(0, 0.0))
        with pytest.raises(
            OutputError, match=r"a\.png' can hold only one picture; write each picture to a file of its own"
        ):
            writer.write(second, reading(1, 0.04))
        writer.finish()
    assert np.array_equal(cv2.imread(str(tmp_path / "a.png")), first.image)


def test_a_picture_that_is_too_wide_for_the_format_is_refused(tmp_path: Path) -> None:
    """WebP ends at 16383 pixels."""
    with formats.create(tmp_path / "a.webp", Context(FERPLUS), "picture") as writer:
        with pytest.raises(OutputError, match=r"a\.webp' cannot be encoded; use \.png instead"):
            writer.write(Frame(flat((9, 9, 9), (16_384, 8)), 0, 0, MILLISECOND), reading(0, 0.0))
        assert writer.finish() is None
    assert list(tmp_path.iterdir()) == []
