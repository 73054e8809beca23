"""Desktop windows that show live pictures."""

from __future__ import annotations

from fervid.window.display import missing_display
from fervid.window.viewfinder import WindowViewfinder
from fervid.window.window import Window

__all__ = ["Window", "WindowViewfinder", "missing_display"]
