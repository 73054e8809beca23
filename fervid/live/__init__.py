"""Live analysis: the newest frame wins, and any number of viewers and recordings may share it."""

from __future__ import annotations

from typing import Final

COUNTDOWN: Final = 3.0
"""The default time from the first picture to the photo of a snapshot, in seconds."""

COUNTDOWN_BOUNDS: Final = (0, 60)
"""The shortest and the longest countdown, in seconds."""
