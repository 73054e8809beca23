"""``fervid snapshot`` with its window: the countdown, and the keys that cut it short."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.footage import Footage

from samples.screen import Screen

pytestmark = [pytest.mark.realtime, pytest.mark.display]

COMMAND = [sys.executable, "-m", "fervid", "snapshot", "--countdown", "50", "-o", "me.png", "--csv", "me.csv"]


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


@pytest.mark.parametrize(("key", "code"), [("space", 0), ("Escape", 1)])
def test_space_takes_the_photo_and_escape_leaves(
    key: str, code: int, screen: Screen, footage: Footage, assets: Path, tmp_path: Path
) -> None:
    command = [*COMMAND, str(footage["lean.mp4"])]
    with screen.running(command, "fervid: snapshot", tmp_path) as (process, window):
        wait_for(lambda: np.asarray(screen.picture(window, tmp_path / "countdown.png"))[100:260, 240:400].max() >= 250)
        screen.do("key", key)
        if code == 0:  # the result stays for a while, or until a key
            wait_for((tmp_path / "me.csv").exists)
            time.sleep(0.5)
            screen.do("key", "Return")
        _, said = process.communicate(timeout=20)
    assert process.returncode == code, said
    assert (tmp_path / "me.csv").exists() == (tmp_path / "me.png").exists() == (code == 0)
    if code == 0:
        with Image.open(tmp_path / "me.png") as picture:
            assert picture.size == (640, 360)
