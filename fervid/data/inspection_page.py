"""The page about a data set: one HTML file that contains its images."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FERPLUS
from fervid.core.files import make_folder, replacing
from fervid.core.plurals import counted
from fervid.data import charts
from fervid.data.faces import Faces
from fervid.data.findings import UNCLEAR, Findings

PAGE: Final = "inspection.html"
NUMBERS: Final = "inspection.json"

_SAMPLES: Final = 32
_COLUMNS: Final = 16
_SHOWN: Final = 24
"""The number of outliers, and of groups of duplicates, that are shown; the JSON file has all."""

_GAP: Final = 2

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 1000px; margin: 2em auto;
  padding: 0 1em }
h1 { font-size: 1.6em; margin-bottom: 0 } h2 { font-size: 1.2em; margin: 2em 0 .4em; border-bottom: 1px solid #ddd }
h3 { font-size: 1em; margin: 1em 0 .2em } p { margin: .4em 0 } img.chart, img.sheet { max-width: 100% }
img.sheet { width: 100% }
table { border-collapse: collapse; margin: .6em 0 } th, td { padding: .15em .8em; text-align: right }
th:first-child, td:first-child { text-align: left } tr:nth-child(even) td { background: #f5f7f9 }
th { border-bottom: 1px solid #bbb } .faces { display: flex; flex-wrap: wrap; gap: 10px; margin: .6em 0 }
figure { margin: 0; width: 120px; font-size: 11px; line-height: 1.3; overflow-wrap: anywhere }
figure img { width: 72px; height: 72px; display: block } .group { display: flex; gap: 6px; padding: 6px 8px;
  border: 1px solid #ddd; border-radius: 6px; flex-wrap: wrap } .small { color: #666; font-size: 13px }
"""


def write(findings: Findings, folder: Path) -> None:
    """Write the page and the JSON file into `folder`.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: A file cannot be written.
    """
    text, numbers = page(findings), json.dumps(findings.document(), indent=2) + "\n"
    make_folder(folder)
    with replacing(folder / PAGE) as html, replacing(folder / NUMBERS) as document:  # both, or none
        html.write_bytes(text.encode())
        document.write_bytes(numbers.encode())


def page(findings: Findings) -> str:
    """The page.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    faces = findings.faces
    title = escape(faces.source)
    size, channels = faces.images.shape[2], faces.images.shape[1]
    sections = [
        f"<h1>{title}</h1><p class=small>{len(faces):,} faces of {size}x{size} pixels, "
        f"{'grey' if channels == 1 else 'colour'}, {len(faces.classes)} classes. This page contains images from the "
        "data: keep it wherever the data may be kept.</p>",
        _counts(findings),
        _skipped(faces),
        _samples(faces),
        _brightness(findings),
        _duplicates(findings),
        _agreement(findings),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n" + "\n".join(filter(None, sections)) + "\n</body></html>\n"
    )


def _counts(findings: Findings) -> str:
    counts, classes = findings.counts, findings.faces.classes
    together = {name: sum(row[name] for row in counts.values()) for name in classes}
    rows = [[split, *row.values(), sum(row.values())] for split, row in {**counts, "all": together}.items()]
    table = _table(["split", *classes, "all"], rows)
    return f"<h2>Faces per class and split</h2>{_chart(charts.counts(counts))}{table}"


def _skipped(faces: Faces) -> str:
    if not faces.skipped:
        return ""
    rows = [[item.name, item.reason] for item in faces.skipped[:_SHOWN]]
    heading = f"Left out: {len(faces.skipped):,}{_the('first', len(rows), len(faces.skipped))}"
    return f"<h2>{heading}</h2>{_table(['item', 'reason'], rows)}"


def _samples(faces: Faces) -> str:
    chance = np.random.default_rng(0)
    parts = ["<h2>Samples</h2>"]
    for label, name in enumerate(faces.classes):
        places = np.flatnonzero(faces.labels == label)
        if len(places):
            chosen = np.sort(chance.choice(places, min(_SAMPLES, len(places)), replace=False))
            parts.append(f"<h3>{escape(name)}</h3>{_image(_sheet(faces.images[chosen]), 'sheet', name)}")
    return "".join(parts)


def _brightness(findings: Findings) -> str:
    outliers = sorted({place for box in findings.brightness.values() for place in box.outliers})
    extreme = sorted(outliers, key=lambda place: -abs(findings.means[place] - 0.5))[:_SHOWN]
    shown = sorted(extreme, key=lambda place: findings.means[place])
    figures = (_figure(findings.faces, place, f"mean {findings.means[place]:.3f}") for place in shown)
    return (
        f"<h2>Brightness</h2>{_chart(charts.brightness(findings.brightness, findings.means))}"
        f"<p>{counted(len(outliers), 'outlier', grouping=',')}, more than 1.5 interquartile ranges outside the box of "
        "the class"
        f"{_the('most extreme', len(shown), len(outliers))}</p>{_faces(figures)}"
    )


def _duplicates(findings: Findings) -> str:
    faces, groups, conflicts = findings.faces, findings.duplicates, findings.conflicts
    kinds = "copies and near-duplicates" if faces.subjects is None else "copies"
    rows: list[list[object]] = [
        [f"groups of {kinds}", len(groups)],
        ["surplus faces", sum(len(group) - 1 for group in groups)],
        ["of these, with identical pixels", findings.copies],
        *([f"groups across {pair}", count] for pair, count in findings.across.items()),
        ["groups with conflicting labels", len(conflicts)],
    ]
    shown = conflicts[:_SHOWN]
    strips = (f"<div class=group>{''.join(_figure(faces, place, '') for place in group)}</div>" for group in shown)
    heading = f"<h3>Conflicting labels{_the('first', len(shown), len(conflicts))}</h3>" if shown else ""
    return f"<h2>Duplicates</h2>{_table(['finding', 'count'], rows)}{heading}{_faces(strips)}"


def _agreement(findings: Findings) -> str:
    if findings.agreement is None or findings.agreeing is None:
        return ""
    chart = charts.agreement(findings.agreement, findings.faces.classes, (*FERPLUS, UNCLEAR))
    return (
        f"<h2>Agreement with FER+</h2><p>{findings.agreeing:.1%} of the faces that are clear to FER+'s "
        f"annotators bear the same label in both.</p>{_chart(chart)}"
    )


def _the(which: str, shown: int, of: int) -> str:
    return f"; the {which} {shown}" if shown < of else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    def cell(value: object) -> str:
        return f"{value:,}" if isinstance(value, int) else escape(str(value))

    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _faces(figures: Iterable[str]) -> str:
    return f"<div class=faces>{''.join(figures)}</div>"


def _figure(faces: Faces, place: int, text: str) -> str:
    words = (faces.classes[faces.labels[place]], str(faces.usages[place]), str(faces.names[place]), text)
    caption = "<br>".join(escape(word) for word in words if word)
    image = _image(_sheet(faces.images[place : place + 1]), "face", words[0])
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _chart(data: bytes) -> str:
    return _image(data, "chart", "chart")


def _image(data: bytes, kind: str, text: str) -> str:
    return f'<img class="{kind}" alt="{escape(text)}" src="data:image/png;base64,{base64.b64encode(data).decode()}">'


def _sheet(images: NDArray[np.uint8]) -> bytes:
    """Pictures (N, channels, size, size) beside and below each other, as PNG."""
    count, channels, size, _ = images.shape
    columns = min(count, _COLUMNS) if count == 1 else _COLUMNS
    step = size + _GAP
    rows = -(-count // columns)
    sheet = np.full((rows * step - _GAP, columns * step - _GAP, channels), 255, np.uint8)
    for place, image in enumerate(images):
        top, left = place // columns * step, place % columns * step
        sheet[top : top + size, left : left + size] = image.transpose(1, 2, 0)
    _, data = cv2.imencode(".png", sheet[:, :, ::-1])
    return data.tobytes()
