"""Draws the tiers of an .eaf file under a frame of its video, laid out as ELAN does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from PIL import Image, ImageDraw, ImageFont

WIDTH: Final = 1180
MARGIN: Final = 12
LABELS: Final = 96
"""The width of the column with the names of the tiers."""

ROW: Final = 40
RULER: Final = 30
FRAME: Final = (480, 270)
GREY, LINE, INK, CURSOR = "#f0f0f0", "#b8b8b8", "#202020", "#d00000"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A stretch of time in a tier, in seconds, with its text."""

    start: float
    end: float
    text: str


def tiers(eaf: Path) -> dict[str, list[Annotation]]:
    """Return the annotations of each tier of a file, by the name of the tier."""
    root = ElementTree.parse(eaf).getroot()
    times = {slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) / 1000 for slot in root.iter("TIME_SLOT")}
    return {
        tier.attrib["TIER_ID"]: [
            Annotation(
                times[each.attrib["TIME_SLOT_REF1"]],
                times[each.attrib["TIME_SLOT_REF2"]],
                each.findtext("ANNOTATION_VALUE") or "",
            )
            for each in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        for tier in root.iter("TIER")
    }


def draw_tiers(found: dict[str, list[Annotation]], frame: Image.Image, seconds: float, at: float) -> Image.Image:
    """Return a picture of the frame at `at`, a table of the annotations then, and all tiers over the video's length."""
    top = MARGIN * 2 + FRAME[1]
    picture = Image.new("RGB", (WIDTH, top + RULER + ROW * len(found) + MARGIN), GREY)
    painter = ImageDraw.Draw(picture)
    font, small = ImageFont.load_default(17), ImageFont.load_default(14)
    picture.paste(frame.resize(FRAME, Image.Resampling.LANCZOS), (MARGIN, MARGIN))
    _table(painter, found, at, font)

    scale = (WIDTH - LABELS - 2 * MARGIN) / seconds
    left = MARGIN + LABELS
    painter.rectangle((left, top, WIDTH - MARGIN, picture.height - MARGIN), fill="white", outline=LINE)
    for second in range(int(seconds) + 1):
        x = left + second * scale
        painter.line((x, top, x, top + 8), fill=INK)
        if x + 70 < WIDTH:
            painter.text((x + 4, top + 9), f"00:00:{second:02d}.000", font=small, fill=INK)
    for row, (name, stretches) in enumerate(found.items()):
        y = top + RULER + row * ROW
        painter.line((MARGIN, y, WIDTH - MARGIN, y), fill=LINE)
        painter.text((MARGIN + 4, y + ROW / 2), name, font=font, fill=INK, anchor="lm")
        for each in stretches:
            begin, end, middle = left + each.start * scale, left + each.end * scale, y + ROW / 2
            painter.line((begin, middle, end, middle), fill=INK)
            for x in (begin, end):
                painter.line((x, middle - 9, x, middle + 9), fill=INK)
            painter.text(((begin + end) / 2, middle - 6), each.text, font=font, fill=INK, anchor="ms")
    x = left + at * scale
    painter.line((x, top, x, picture.height - MARGIN), fill=CURSOR, width=2)
    return picture


def _table(
    painter: ImageDraw.ImageDraw,
    found: dict[str, list[Annotation]],
    at: float,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Draw the annotations that hold at a moment, one line a tier."""
    left, right = MARGIN * 2 + FRAME[0], WIDTH - MARGIN
    columns = (left + 8, left + 120, left + 260, left + 400)
    painter.rectangle((left, MARGIN, right, MARGIN + FRAME[1]), fill="white", outline=LINE)
    rows = [("tier", "annotation", "begin", "end")]
    for name, stretches in found.items():
        rows += [(name, a.text, f"{a.start:.3f} s", f"{a.end:.3f} s") for a in stretches if a.start <= at < a.end]
    for number, row in enumerate(rows):
        y = MARGIN + 8 + number * 30
        if number == 0:
            painter.rectangle((left + 1, MARGIN + 1, right - 1, y + 24), fill=GREY)
        for x, text in zip(columns, row, strict=True):
            painter.text((x, y), text, font=font, fill=INK)
