"""Reading emotions live: the newest frame wins, and any number may watch and record."""

from __future__ import annotations

from typing import Final

COUNTDOWN: Final = 3.0
"""The default time from the first picture to the photo of a snapshot, in seconds."""

COUNTDOWN_BOUNDS: Final = (0, 60)
