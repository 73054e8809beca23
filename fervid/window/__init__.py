"""The window in which a live picture is shown."""

from __future__ import annotations

from fervid.window.display import missing_display
from fervid.window.window import Window

__all__ = ["Window", "missing_display"]
