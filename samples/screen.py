"""A virtual screen for windows that should not appear on the real one. Needs Xvfb, xdotool and openbox."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageGrab

_WITHOUT_DECORATION = """<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>"""
"""Settings for windows without decoration, so that their content is exactly at their geometry."""

_ATTEMPTS = 4
_PAINTED_S = 5.0


class Screen:
    """A virtual screen, its keyboard and its windows.

    Args:
        name: The value of DISPLAY.

    Attributes:
        name: The value of DISPLAY.
        environment: The environment for commands that show windows on this screen.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.environment = {**os.environ, "DISPLAY": name}

    def do(self, *command: str) -> str:
        """Run an `xdotool` command and return its output."""
        done = subprocess.run(
            ["xdotool", *command], env=self.environment, capture_output=True, text=True, check=False, timeout=20
        )
        return done.stdout.strip()

    def window(self, title: str) -> str | None:
        """Activate the window with this title and return its number; None while there is none."""
        found = self.do("search", "--onlyvisible", "--name", title).split()
        if not found:
            return None
        self.do("windowactivate", "--sync", found[-1])
        return found[-1]

    @contextmanager
    def running(self, command: Sequence[str], title: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """Run a command that shows a window, until the block ends.

        If the window stays black, the command is run again, because Qt sometimes misses the first expose event.

        Yields:
            The process, and the number of the window.

        Raises:
            RuntimeError: The command ended without a window, or the window stays black.
        """
        output = ""
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
                output = process.stderr.read() if process.stderr else ""
        raise RuntimeError(f"{' '.join(command)} shows no window: {output}")

    def size(self, window: str) -> tuple[int, int]:
        """Return width and height of a window, in pixels."""
        _, _, width, height = self._geometry(window)
        return width, height

    def picture(self, window: str, path: Path) -> Image.Image:
        """Return the content of a window as an image, and save it to `path`."""
        x, y, width, height = self._geometry(window)
        shown = ImageGrab.grab((x, y, x + width, y + height), xdisplay=self.name)
        shown.save(path)
        return shown

    def _is_painted(self, window: str) -> bool:
        """Return whether the middle of a window has several colours within a few seconds."""
        x, y, width, height = self._geometry(window)
        middle = x + width // 4, y + height // 4, x + width * 3 // 4, y + height * 3 // 4
        deadline = time.monotonic() + _PAINTED_S
        while time.monotonic() < deadline:
            if len(ImageGrab.grab(middle, xdisplay=self.name).getcolors(maxcolors=1 << 24) or ()) > 2:
                return True
            time.sleep(0.1)
        return False

    def _geometry(self, window: str) -> tuple[int, int, int, int]:
        values = dict(line.split("=") for line in self.do("getwindowgeometry", "--shell", window).splitlines())
        return int(values["X"]), int(values["Y"]), int(values["WIDTH"]), int(values["HEIGHT"])


@contextmanager
def virtual_screen(width: int = 1600, height: int = 1000) -> Iterator[Screen]:
    """Start a virtual screen without windows, and end it with the block."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
    silent = subprocess.DEVNULL
    with (
        tempfile.NamedTemporaryFile("w", suffix=".xml", encoding="utf-8") as settings,
        subprocess.Popen(command, pass_fds=[write], stderr=silent) as server,
    ):
        os.close(write)
        settings.write(_WITHOUT_DECORATION)
        settings.flush()
        with os.fdopen(read) as number:
            screen = Screen(f":{number.readline().strip()}")
        # Without a window manager, windows of Qt sometimes stay black.
        window_manager = ["openbox", "--config-file", settings.name]
        with subprocess.Popen(window_manager, env=screen.environment, stdout=silent, stderr=silent) as manager:
            try:
                yield screen
            finally:
                manager.terminate()
                server.terminate()
