"""Reading emotions live: the newest frame wins, and any number may watch and record."""

from __future__ import annotations

from fervid.live.analysis import Live
from fervid.live.controls import Controls
from fervid.live.history import History, Strip
from fervid.live.meter import Meter, MeterReading
from fervid.live.recorder import Recorder
from fervid.live.result import Result
from fervid.live.view import View, play
from fervid.run.board import Board

__all__ = [
    "Board",
    "Controls",
    "History",
    "Live",
    "Meter",
    "MeterReading",
    "Recorder",
    "Result",
    "Strip",
    "View",
    "play",
]
