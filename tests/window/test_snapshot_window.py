"""``fervid snapshot`` with its window: the countdown, and the keys that cut it short."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samples.screen import Screen

pytestmark = pytest.mark.realtime

COMMAND = [sys.executable, "-m", "fervid", "snapshot", "--countdown", "50", "-o", "me.png", "--csv", "me.csv"]


@pytest.mark.parametrize(("key", "code"), [("space", 0), ("Escape", 1)])
def test_space_takes_the_photo_and_escape_leaves(
    key: str, code: int, screen: Screen, videos: Path, assets: Path, tmp_path: Path
) -> None:
    command = [*COMMAND, str(videos / "expressions_640x360.mp4")]
    with subprocess.Popen(command, cwd=tmp_path, env=screen.environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 40
            while (window := screen.window("fervid: snapshot")) is None:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            while np.asarray(screen.picture(window, tmp_path / "countdown.png"))[100:260, 240:400].max() < 250:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            screen.do("key", key)
            if code == 0:  # the result stays for a while, or until a key
                while not (tmp_path / "me.csv").exists():
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
                time.sleep(0.5)
                screen.do("key", "Return")
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == code, said
    assert (tmp_path / "me.csv").exists() == (tmp_path / "me.png").exists() == (code == 0)
    if code == 0:
        with Image.open(tmp_path / "me.png") as picture:
            assert picture.size == (640, 360)
