"""A screen for the tests, by Xvfb and a window manager: windows are real, and nobody's desk is disturbed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

BARE = """<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>"""
"""Windows without a frame, so that what is theirs is found where they say."""


class Screen:
    """A virtual screen, its keyboard and its windows.

    Args:
        name: What DISPLAY is to be.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.environment = {**os.environ, "DISPLAY": name}

    def do(self, *command: str) -> str:
        """What `xdotool` answers."""
        done = subprocess.run(
            ["xdotool", *command], env=self.environment, capture_output=True, text=True, check=False, timeout=20
        )
        return done.stdout.strip()

    def window(self, title: str) -> str | None:
        """The number of the window with `title`, which gets the keys; None while there is none."""
        found = self.do("search", "--onlyvisible", "--name", title).split()
        if not found:
            return None
        self.do("windowactivate", "--sync", found[-1])
        return found[-1]

    def size(self, window: str) -> tuple[int, int]:
        """Width and height of a window, in pixels."""
        _, _, width, height = self._place(window)
        return width, height

    def picture(self, window: str, path: Path) -> Image.Image:
        """What the window shows, also written to `path`."""
        x, y, width, height = self._place(window)
        shown = ImageGrab.grab((x, y, x + width, y + height), xdisplay=self.name)
        shown.save(path)
        return shown

    def _place(self, window: str) -> tuple[int, int, int, int]:
        said = dict(line.split("=") for line in self.do("getwindowgeometry", "--shell", window).splitlines())
        return int(said["X"]), int(said["Y"]), int(said["WIDTH"]), int(said["HEIGHT"])


@pytest.fixture(scope="session")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """A screen without a window on it."""
    for tool in ("Xvfb", "xdotool", "openbox"):
        if shutil.which(tool) is None:
            pytest.fail(f"{tool} is missing; CONTRIBUTING.md names what the tests need")
    settings = tmp_path_factory.mktemp("openbox") / "rc.xml"
    settings.write_text(BARE, encoding="utf-8")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as number:
            name = f":{number.readline().strip()}"
        screen = Screen(name)
        # Qt's windows stay black now and then where nobody manages them.
        managing = ["openbox", "--config-file", str(settings)]
        silent = subprocess.DEVNULL
        with subprocess.Popen(managing, env=screen.environment, stdout=silent, stderr=silent) as manager:
            try:
                yield screen
            finally:
                manager.terminate()
                server.terminate()
