"""Figures of timelines for papers: every kind of file, the same bytes each time."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.drawn_timelines import CLASSES, alternating, face, frames, save

from fervid import Timeline
from fervid.cli import run
from fervid.core.emotions import COLOURS
from fervid.core.markers import Marker
from fervid.core.readings import FaceReading
from fervid.errors import MissingPackageError, OutputError, SourceError
from fervid.report.timeline_figure import MOST_FACES, SUFFIXES, write_figure

pytest.importorskip("matplotlib")

BEGINS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def two(n: int, time: float) -> tuple[FaceReading, ...]:
    """Two faces, of which the second one leaves for a while and is uncertain afterwards."""
    return (*alternating(n, time), *([] if 2 < time < 4 else [face(n, time, "fear", 2, certain=time < 4)]))


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return save(tmp_path / "talk.csv", frames(6, 10, two))


def share(picture: Path, emotion: str) -> float:
    """The share of a picture that has exactly the colour of an emotion."""
    with Image.open(picture) as image:
        pixels = np.asarray(image.convert("RGB"))
    return float((pixels == COLOURS[emotion]).all(axis=2).mean())


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("lines", [False, True])
def test_every_kind_of_figure_is_the_same_each_time(suffix: str, lines: bool, talk: Path, tmp_path: Path) -> None:
    one, other = (tmp_path / f"{name}{suffix}" for name in ("one", "other"))
    for target in (one, other):
        assert write_figure(talk, target, lines=lines) == 0
    assert one.read_bytes() == other.read_bytes()
    assert one.read_bytes().startswith(BEGINS[suffix])
    if suffix == ".svg":
        assert ET.parse(one).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_markers_are_lines_with_names_where_there_is_room(tmp_path: Path) -> None:
    markers = (
        Marker(1, -1.0, "early"),
        Marker(2, 2.0, "a $b$ & <c>"),
        Marker(3, 2.01, "near"),
        Marker(4, 3.0, "d" * 99),
    )
    with_markers, without = (tmp_path / f"{name}.svg" for name in ("with", "without"))
    write_figure(Timeline(CLASSES, frames(6, 10), markers=markers), with_markers)
    write_figure(Timeline(CLASSES, frames(6, 10)), without)
    drawing = ET.parse(with_markers)
    comments = with_markers.read_text(encoding="utf-8")
    assert "<!-- a $b$ &amp; &lt;c&gt; -->" in comments
    assert "near" not in comments
    assert f"{'d' * 23}…" in comments
    assert "early" not in comments
    lines = [each for each in drawing.iter("{http://www.w3.org/2000/svg}path") if "dasharray" in each.get("style", "")]
    assert len(lines) == 3
    assert "dasharray" not in without.read_text(encoding="utf-8")


def test_it_has_the_colours_of_fervid_and_the_width_that_was_asked_for(talk: Path, tmp_path: Path) -> None:
    write_figure(talk, tmp_path / "talk.png", width=3)
    with Image.open(tmp_path / "talk.png") as image:
        assert image.width == 3 * 300
    for emotion in ("happy", "sad", "fear"):
        assert share(tmp_path / "talk.png", emotion) > 0.05
    assert share(tmp_path / "talk.png", "disgust") < 0.02


def test_of_a_crowd_the_faces_that_were_seen_longest_are_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crowd = frames(1, 10, lambda n, time: tuple(face(n, time, face_id=number) for number in range(1, MOST_FACES + 3)))
    save(tmp_path / "crowd.csv", crowd)
    assert run(["plot", str(tmp_path / "crowd.csv"), "-o", str(tmp_path / "crowd.png")]) == 0
    assert capsys.readouterr().err.splitlines()[0] == (
        "fervid: only the 12 faces that were seen longest are drawn, and 2 left out"
    )


def test_the_figure_is_named_after_the_timeline(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (talk.parent / "desk").mkdir()
    monkeypatch.chdir(talk.parent / "desk")
    assert run(["plot", "../talk.csv", "--quiet"]) == 0
    assert Path("talk.png").exists()
    assert run(["plot", "../talk.csv", "--quiet"]) == 1
    assert run(["plot", "../talk.csv", "--quiet", "--overwrite"]) == 0


def test_what_cannot_be_drawn_is_one_line(talk: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"does not have the suffix of a figure; use \.png, \.svg, \.pdf"):
        write_figure(talk, tmp_path / "talk.gif")
    save(tmp_path / "empty.csv", frames(1, 5, lambda n, time: ()))
    with pytest.raises(SourceError, match=r"'.*empty.csv' has no face"):
        write_figure(tmp_path / "empty.csv", tmp_path / "empty.png")
    (tmp_path / "table.csv").write_text("a,b\n")
    with pytest.raises(SourceError, match="is no timeline that fervid can read"):
        write_figure(tmp_path / "table.csv", tmp_path / "table.png")


def test_without_matplotlib_the_remedy_is_named(talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingPackageError, match="run: pip install"):
        write_figure(talk, tmp_path / "talk.png")
