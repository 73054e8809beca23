"""The Python interface: what the commands do, as functions.

Every function takes the options of the analysis as keyword arguments, checks them at the call, and raises a
`fervid.FervidError` for all that a user can put right.
"""

from __future__ import annotations

from fervid.api.many_files import analyse_many
from fervid.api.recorded import annotate, photo, read, timeline
from fervid.api.sessions import live, mark
from fervid.api.stretches import segments, summary
from fervid.api.timeline_files import convert, plot, report

__all__ = [
    "analyse_many",
    "annotate",
    "convert",
    "live",
    "mark",
    "photo",
    "plot",
    "read",
    "report",
    "segments",
    "summary",
    "timeline",
]
