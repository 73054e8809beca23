"""Windows of the desktop in which live pictures are shown."""

from __future__ import annotations

from fervid.window.countdown import paint_number
from fervid.window.display import missing_display
from fervid.window.pane import ESCAPE, Pane
from fervid.window.window import Window

__all__ = ["ESCAPE", "Pane", "Window", "missing_display", "paint_number"]
