"""Drawings by matplotlib, which never opens a window here; it comes with ``fervid[train]``."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from fervid.core.packages import require

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS = 110
"""An inch."""


def check() -> None:
    """Find out before hours of work whether its result can be drawn.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    require("matplotlib.figure", "fervid[train]")


def figure(width: float, height: float) -> Figure:
    """An empty drawing whose parts find their places by themselves.

    Args:
        width: Inches.
        height: Inches.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    module: Any = require("matplotlib.figure", "fervid[train]")
    made: Figure = module.Figure(figsize=(width, height), layout="constrained", dpi=_DOTS)
    return made


def png(drawing: Figure) -> bytes:
    """The drawing as a PNG, the same one for the same drawing."""
    picture = io.BytesIO()
    drawing.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
