"""A virtual screen: windows are real on it, and nobody's desk is disturbed. Needs Xvfb, xdotool and openbox."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageGrab

TOOLS = ("Xvfb", "xdotool", "openbox")
"""The commands that must be there."""

_BARE = """<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>"""
"""Windows without a frame, so that what is theirs is found where they say."""

_ATTEMPTS = 4
_PAINTED_S = 5.0


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

    @contextmanager
    def running(self, command: Sequence[str], title: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """Run a command that shows a window, for the length of the block; gives the process and the window.

        Where the window stays black the command is run again: Qt misses the first exposure now and then.

        Raises:
            RuntimeError: It ended without a window, or the window stays black.
        """
        said = ""
        for _ in range(_ATTEMPTS):
            with subprocess.Popen(command, cwd=cwd, env=self.environment, stderr=subprocess.PIPE, text=True) as process:
                try:
                    while process.poll() is None and (window := self.window(title)) is None:
                        time.sleep(0.05)
                    if process.poll() is None and self._is_painted(window):
                        yield process, window
                        return
                finally:
                    process.kill()
                said = process.stderr.read() if process.stderr else ""
        raise RuntimeError(f"{' '.join(command)} shows no window: {said}")

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

    def _is_painted(self, window: str) -> bool:
        """Whether more than one colour shows in the middle of the window within a few seconds."""
        x, y, width, height = self._place(window)
        middle = x + width // 4, y + height // 4, x + width * 3 // 4, y + height * 3 // 4
        deadline = time.monotonic() + _PAINTED_S
        while time.monotonic() < deadline:
            if len(ImageGrab.grab(middle, xdisplay=self.name).getcolors(maxcolors=1 << 24) or ()) > 2:
                return True
            time.sleep(0.1)
        return False

    def _place(self, window: str) -> tuple[int, int, int, int]:
        said = dict(line.split("=") for line in self.do("getwindowgeometry", "--shell", window).splitlines())
        return int(said["X"]), int(said["Y"]), int(said["WIDTH"]), int(said["HEIGHT"])


@contextmanager
def virtual_screen(width: int = 1600, height: int = 1000) -> Iterator[Screen]:
    """A screen without a window on it, for the length of the block."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
    silent = subprocess.DEVNULL
    with (
        tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as settings,
        subprocess.Popen(command, pass_fds=[write], stderr=silent) as server,
    ):
        os.close(write)
        settings.write(_BARE)
        settings.flush()
        with os.fdopen(read) as number:
            screen = Screen(f":{number.readline().strip()}")
        # Qt's windows stay black now and then where nobody manages them.
        managing = ["openbox", "--config-file", settings.name]
        with subprocess.Popen(managing, env=screen.environment, stdout=silent, stderr=silent) as manager:
            try:
                yield screen
            finally:
                manager.terminate()
                server.terminate()
