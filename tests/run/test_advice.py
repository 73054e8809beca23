"""The advice where no face was found names what was looked for, and only options that may help."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import fervid
from fervid.cli import run
from fervid.core.canvas import Canvas
from fervid.detect.vigilance import STILL
from fervid.run.advice import advise
from fervid.settings import Settings
from fervid.testing import FakeDetector

HD = Canvas(1280, 720)


def named(name: str) -> FakeDetector:
    detector = FakeDetector()
    detector.name = name
    return detector


def advice(size: Canvas = HD, *, detector: str = "mediapipe", **options: Any) -> str:
    far = named("mediapipe-full") if detector == "mediapipe" else None
    return advise(named(detector), far, Settings(**options), size)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, '50 pixels and a score of 0.5 in 1280x720; try search="thorough" (from 25 pixels) or min_score=0.3'),
        ({"size": Canvas(160, 90)}, "24 pixels and a score of 0.5 in 160x90; try min_score=0.3"),
        ({"search": "fast"}, '77 pixels and a score of 0.5 in 1280x720; try search="thorough" (from 25 pixels) or '),
        ({"search": "thorough", "min_score": 0.3}, "25 pixels and a score of 0.3 in 1280x720"),
        (
            {"search": "thorough", "min_face": 90, "min_score": 0.2},
            "90 pixels and a score of 0.2 in 1280x720; try a smaller min_face",
        ),
        (
            {"regions": "0,0,9,9", "min_score": 0.1},
            "50 pixels and a score of 0.1 in the regions of 1280x720; "
            'try search="thorough" (from 25 pixels) or larger regions',
        ),
        ({"size": Canvas(720, 576, Fraction(2))}, "50 pixels and a score of 0.5 in 1440x576; try "),
    ],
)
def test_size_and_score_are_those_of_the_search(options: dict[str, Any], text: str) -> None:
    found = advice(**options)
    assert found.startswith(f"mediapipe looked for faces of at least {text}")
    assert found.count("search=") == found.count('search="thorough" (')


def test_the_smallest_face_of_a_large_picture_is_named() -> None:
    far = named("mediapipe-full")
    found = advise(named("mediapipe"), far, Settings(search="thorough"), Canvas(4000, 3000), STILL)
    looked = "mediapipe looked for faces of at least 30 pixels and a score of 0.5 in 4000x3000"
    assert found == f"{looked}; try min_score=0.3"


def test_a_cascade_finds_faces_of_any_size_and_another_detector_may_find_more() -> None:
    looked = "haar looked for faces of at least 24 pixels and a score of 0.5 in 1280x720; try min_score=0.3 or "
    assert advice(detector="haar", eyes=True) == looked + "eyes=False"
    found = advise(named("haar"), None, Settings(detector="haar"), HD)
    assert found == looked + 'detector="mediapipe"'


@pytest.fixture
def wall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((90, 160, 3), 120, np.uint8))
    return path


@pytest.mark.parametrize("command", ["photo", "annotate", "timeline"])
def test_the_last_line_says_what_was_looked_for(
    command: str, wall: Path, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, str(wall), "--backend", "pytorch"]) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == (
        f"fervid: no face was found in '{wall}': mediapipe looked for faces of at least 24 pixels and a score of 0.5 "
        "in 160x90; try --min-score 0.3"
    )


def test_a_still_picture_is_searched_as_thoroughly_as_can_be(tmp_path: Path, assets: Path) -> None:
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((720, 1280, 3), 120, np.uint8))
    advice = fervid.photo(path, backend="pytorch").advice
    assert advice is not None
    assert advice.startswith("mediapipe looked for faces of at least 25 pixels")
    assert "--search" not in advice


def test_a_program_gets_the_advice_too(wall: Path, assets: Path) -> None:
    outcome = fervid.annotate(wall, "out.png", backend="pytorch")
    assert outcome.advice is not None
    assert outcome.advice.endswith("try min_score=0.3")
