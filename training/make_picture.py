"""Draw the accuracy of all results against their speed: python training/make_picture.py.

It reads the accuracies from each recipe's metrics.json and the milliseconds from speed.json, which
`python benchmarks/networks.py --results` measures. It writes the figures, accuracy_and_speed.csv, and the picture,
accuracy_and_speed.png, whose text "Description" is the CSV that it was drawn from.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from picture_labels import Label, place
from recipe_results import HERE, Result, results

from fervid.core import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

FIGURES, PICTURE, SPEED = (HERE / name for name in ("accuracy_and_speed.csv", "accuracy_and_speed.png", "speed.json"))

COLUMNS = ("recipe", "network", "size", "colour", "data_set", "shipped", "ms_per_face", "private_test")

PUBLISHED = (
    ("Residual Masking Network, 74.1 %", 74.14, "bottom"),
    ("VGG with ten crops, 73.3 %", 73.28, "top"),
    ("network of the fer package, 65.5 %", 65.5, "top"),
)
"""Single networks whose speed is not measured here: text, accuracy on private_test in %, and how the text stands.

The first two are what Pham et al. 2020 (doi:10.1109/ICPR48806.2021.9411919) and Khaireddin and Chen 2021
(arXiv:2105.03588) state; the third was measured on our copy of private_test.
"""

BLUE, VERMILION, GREY, INK = "#0072B2", "#D55E00", "#8C8C8C", "#333333"
"""The first two are of Okabe and Ito's palette, which people with any kind of colour vision tell apart."""

DASHED: dict[str, Any] = {"color": VERMILION, "linestyle": (0, (5, 3)), "linewidth": 1.1}

TICKS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of one recipe.

    Attributes:
        result: The recipe and its metrics.
        ms: Milliseconds for a face.
    """

    result: Result
    ms: float

    @property
    def accuracy(self) -> float:
        """The accuracy on private_test in %."""
        return 100 * self.result.accuracy

    @property
    def data_set(self) -> str:
        """The data set whose private_test it is: FER2013, the same faces with FER+'s labels, or another."""
        return str(self.result.metrics["data_set"])

    @property
    def row(self) -> tuple[object, ...]:
        """The row in the CSV, with the columns `COLUMNS`."""
        recipe = self.result.recipe
        shipped = "yes" if self.result.is_shipped else "no"
        images = recipe.picture_size, recipe.colour
        return recipe.name, recipe.network, *images, self.data_set, shipped, self.ms, f"{self.result.accuracy:.6f}"


def points(speed: dict[str, Any]) -> list[Point]:
    """Return the figures of all results, the most accurate first."""
    measured = {(row["network"], row["size"], row["colour"]): row["ms"] for row in speed["networks"]}
    found = []
    for result in results():
        key = result.recipe.network, result.recipe.picture_size, result.recipe.colour
        if key not in measured:
            sys.exit(f"speed.json lacks {result.recipe.name}; run python benchmarks/networks.py --results")
        found.append(Point(result, measured[key]))
    return found


def table(found: Sequence[Point]) -> str:
    """Return the figures as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *(point.row for point in found)])
    return text.getvalue()


def draw(found: Sequence[Point], speed: dict[str, Any]) -> bytes:
    """Return the picture as a PNG file."""
    shown = [point for point in found if point.data_set in ("FER2013", "FER+")]
    figure = figures.new_figure(9.0, 6.0, dots_per_inch=180)
    axes = figure.subplots()
    labels = [draw_point(axes, point) for point in shown]
    style(axes, shown, speed)
    texts = [published(axes, *line) for line in PUBLISHED]
    legend(axes)
    place(axes, labels, texts, [accuracy for _, accuracy, _ in PUBLISHED])
    return figures.to_png(figure, description=table(found))


def style(axes: Axes, shown: Sequence[Point], speed: dict[str, Any]) -> None:
    """Set scales, limits, titles, grid and frame."""
    axes.set_xscale("log")
    low, high = min(point.ms for point in shown), max(point.ms for point in shown)
    axes.set(xlim=(low / 1.7, high * 2), ylim=(min(point.accuracy for point in shown) - 4, 88))
    axes.set_xticks([tick for tick in TICKS if low / 1.7 < tick < 2 * high], minor=False)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_xlabel(
        f"milliseconds a face on one CPU thread ({speed['machine']['processor']}, OpenVINO, float32, "
        f"batch of {speed['batch']})"
    )
    axes.set_ylabel("accuracy on FER2013's private_test, %")
    axes.grid(color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#AAAAAA")
    axes.tick_params(color="#AAAAAA")


def published(axes: Axes, text: str, accuracy: float, vertical: str) -> Text:
    """Draw a line at an accuracy across the picture, with a text above or below it, and return the text."""
    axes.axhline(accuracy, **DASHED, zorder=1)
    return axes.annotate(
        text,
        (0.008, accuracy),
        (0, 2 if vertical == "bottom" else -2),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        va=vertical,
        color=VERMILION,
        fontsize=9,
    )


def draw_point(axes: Axes, point: Point) -> Label:
    """Draw the mark of a recipe, and return its label."""
    is_shipped, name = point.result.is_shipped, point.result.recipe.name
    width = mark(axes, point.ms, point.accuracy, is_shipped=is_shipped, is_hollow=point.data_set == "FER+")
    if is_shipped:
        style = {"color": BLUE, "fontsize": 10, "fontweight": "bold"}
        return Label(f"{name}, {point.accuracy:.1f} %", point.ms, point.accuracy, width, style)
    return Label(name, point.ms, point.accuracy, width, {"color": INK, "fontsize": 9})


def mark(axes: Axes, x: Any, y: Any, *, is_shipped: bool, is_hollow: bool, label: str = "") -> float:
    """Draw the mark of one point, and return its width in points."""
    colour, width = (BLUE, 9.0) if is_shipped else (GREY, 6.5)
    axes.plot(
        x,
        y,
        "D" if is_hollow else "o",
        markersize=width,
        color=colour,
        markerfacecolor="white" if is_hollow else colour,
        markeredgewidth=2 if is_hollow else 0,
        label=label or None,
        zorder=4 if is_shipped else 3,
    )
    return width * math.sqrt(2) + 2 if is_hollow else width


def legend(axes: Axes) -> None:
    """Explain the marks."""
    mark(axes, [], [], is_shipped=True, is_hollow=False, label="ships with fervid")
    mark(axes, [], [], is_shipped=False, is_hollow=False, label="another recipe in training/")
    mark(axes, [], [], is_shipped=True, is_hollow=True, label="judged by FER+'s labels instead of FER2013's")
    axes.plot([], [], **DASHED, label="from elsewhere, speed not measured")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9, borderaxespad=0.3)


def main() -> None:
    """Write the figures and the picture."""
    speed = json.loads(SPEED.read_text(encoding="utf-8"))
    found = points(speed)
    FIGURES.write_text(table(found), encoding="utf-8")
    PICTURE.write_bytes(draw(found, speed))


if __name__ == "__main__":
    main()
