"""Detection of a display on which a window can open."""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path


def missing_display() -> str | None:
    """Return the reason why no window can open; None if one can.

    Call this before opening a window: without a display, OpenCV's Qt ends the whole process.
    """
    if sys.platform in ("darwin", "win32"):
        return None
    name = os.environ.get("DISPLAY")
    if not name:
        return "there is no display"
    try:
        if not _opens():
            return f"the display {name} cannot be opened"
        if (plugin := _plugin()) is not None:
            ctypes.CDLL(str(plugin))
    except OSError as error:
        return f"a library needed to open windows is missing: {error}"
    return None


def _opens() -> bool:
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if display:
        x11.XCloseDisplay(display)
    return bool(display)


def _plugin() -> Path | None:
    """Return the plugin that Qt loads, in builds of OpenCV that contain Qt."""
    found = find_spec("cv2")
    if found is None or found.origin is None:
        return None
    plugin = Path(found.origin).parent / "qt" / "plugins" / "platforms" / "libqxcb.so"
    return plugin if plugin.exists() else None
