"""Figures of matplotlib, drawn without a window. matplotlib comes with ``fervid[train]`` and ``fervid[plot]``."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from fervid.core.packages import require

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_INCH: Final = 110


def check_matplotlib() -> None:
    """Check that figures can be drawn, before hours of work whose results are to be drawn.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    require("matplotlib.figure", "fervid[train]")


def new_figure(
    width: float, height: float, *, dots_per_inch: int = _DOTS_PER_INCH, install: str = "fervid[train]"
) -> Figure:
    """Return an empty figure whose axes and labels are laid out automatically.

    Args:
        width: In inches.
        height: In inches.
        dots_per_inch: The resolution.
        install: The requirement that a user without matplotlib is told to install.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    module: Any = require("matplotlib.figure", install)
    figure: Figure = module.Figure(figsize=(width, height), layout="constrained", dpi=dots_per_inch)
    return figure


def to_png(figure: Figure, description: str | None = None) -> bytes:
    """Return the figure as a PNG file, with a description among its texts. Equal figures give equal bytes."""
    content = io.BytesIO()
    figure.savefig(content, format="png", metadata={"Software": None, "Description": description})
    return content.getvalue()


def encode(figure: Figure, form: str) -> bytes:
    """Return the figure as a file. Equal figures give equal bytes: the file bears no date.

    Args:
        figure: The figure.
        form: ``png``, ``svg`` or ``pdf``. Texts in a PDF can be selected and edited.
    """
    from matplotlib import rc_context

    without: dict[str, dict[str, None]] = {
        "png": {"Software": None},
        "svg": {"Date": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    content = io.BytesIO()
    # By default, the names within an SVG are random, and a PDF has fonts that many journals refuse.
    with rc_context({"svg.hashsalt": "fervid", "pdf.fonttype": 42}):
        figure.savefig(content, format=form, metadata=without[form])
    return content.getvalue()
