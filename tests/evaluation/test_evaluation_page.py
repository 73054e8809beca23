"""The page about an evaluation holds everything, and needs no other file."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from fervid.core.emotions import CK_PLUS
from fervid.data.dataset import DataSet, Split
from fervid.data.face_groups import FaceGroups
from fervid.errors import OutputError
from fervid.evaluation import evaluation_page
from fervid.evaluation.assessment import Assessment, assess
from fervid.testing import FakeEngine


@pytest.fixture(scope="module")
def assessment(small: DataSet) -> Assessment:
    """Return an assessment on data with a name to escape, a class without faces and one that the engine lacks."""
    labels = np.array([0, 1, 4, 4, 5, 6, 6, 2])
    split = Split("private_test", small.private_test.images[:8], labels)
    data = dataclasses.replace(small, name="<own> & other", classes=CK_PLUS, private_test=split, private_rows=10)
    return assess(FakeEngine("happy"), data, mirror=True, robustness=True, resamples=500)


@pytest.fixture(scope="module")
def folder(assessment: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "deep" / "down"
    evaluation_page.write(assessment, folder)
    return folder


class Reader(HTMLParser):
    """A parser that collects tables and checks that all tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tables: list[list[list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img"):
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th", "code"):
            self.tables[-1][-1][-1] += data


@pytest.fixture(scope="module")
def read(folder: Path) -> Reader:
    reader = Reader()
    reader.feed((folder / evaluation_page.PAGE).read_text(encoding="utf-8"))
    assert not reader.open
    return reader


def test_it_writes_seven_files(folder: Path) -> None:
    files = evaluation_page.FILES + evaluation_page.ROBUSTNESS_FILES
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)
    assert len(files) == 7


def test_without_robustness_there_are_four_files_and_no_section(assessment: Assessment, tmp_path: Path) -> None:
    for name in evaluation_page.ROBUSTNESS_FILES:
        (tmp_path / name).write_text("of an earlier engine")
    evaluation_page.write(dataclasses.replace(assessment, robustness=None), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(evaluation_page.FILES)
    text = (tmp_path / evaluation_page.PAGE).read_text(encoding="utf-8")
    assert "Robustness" not in text
    assert "$" not in text


def test_the_page_refers_to_nothing_outside(folder: Path) -> None:
    text = (folder / evaluation_page.PAGE).read_text(encoding="utf-8")
    assert all(source.startswith("data:image/png;base64,") for source in re.findall(r'(?:src|href)="([^"]*)"', text))
    assert "http" not in text
    assert "url(" not in text
    assert "&lt;own&gt; &amp; other" in text
    assert "$" not in text


def test_the_tables_hold_the_figures(read: Reader, assessment: Assessment) -> None:
    ways, classes, confusion, robustness, _ = read.tables
    assert assessment.robustness is not None
    assert [row[0] for row in robustness[1:]] == [
        "none",
        *(curve.degradation for curve in assessment.robustness.curves),
        "mean of all",
    ]
    assert robustness[2][3] == f"{2 / 7:.1%}"
    assert [row[0] for row in ways[1:]] == list(assessment.variants)
    assert ways[1][1:4] == ["7", f"{2 / 7:.2%}", "{:.2%} to {:.2%}".format(*assessment.evaluation.interval(500))]
    rows = {row[0]: row[1:] for row in classes}
    assert rows["happy"] == ["2", f"{2 / 7:.3f}", "1.000", f"{4 / 9:.3f}"]
    assert set(rows["fear"][1:]) == {"\N{EN DASH}"}, "no face bears this label"
    assert {row[0]: row[1:] for row in confusion}["sad"] == ["0", "0", "0", "1", "0", "0", "0"]


def test_the_page_reports_faces_left_out_and_missing(folder: Path) -> None:
    text = " ".join((folder / evaluation_page.PAGE).read_text(encoding="utf-8").split())
    assert "7 faces were evaluated. Left out: 1 of contempt." in text
    assert "2 faces of the published private_test are missing here" in text
    assert "the most probable of angry, disgust, fear, happy, sad, surprise" in text


def test_one_missing_face_is_singular(assessment: Assessment, tmp_path: Path) -> None:
    evaluation_page.write(dataclasses.replace(assessment, absent=1), tmp_path)
    text = " ".join((tmp_path / evaluation_page.PAGE).read_text(encoding="utf-8").split())
    assert "1 face of the published private_test is missing here: if it counts as wrong, the accuracy is" in text


def test_the_numbers(folder: Path, assessment: Assessment) -> None:
    numbers = json.loads((folder / evaluation_page.NUMBERS).read_text())
    assert numbers["accuracy"] == pytest.approx(2 / 7, abs=1e-6)
    assert numbers["accuracy_interval"] == pytest.approx(assessment.evaluation.interval(500), abs=1e-6)
    assert numbers["restricted"]["predictions"] == ["angry", "disgust", "fear", "happy", "sad", "surprise"]
    assert numbers["mirrored"]["faces"] == 7
    assert "agreed" not in numbers
    assert sum(part["faces"] for part in numbers["reliability"]) == 7
    assert numbers["left_out"] == {"contempt": 1}


@pytest.mark.parametrize("name", [evaluation_page.CONFUSION, evaluation_page.RELIABILITY, evaluation_page.ROBUSTNESS])
def test_the_pictures_show_something(folder: Path, name: str) -> None:
    picture = cv2.imread(str(folder / name))
    assert picture is not None
    assert min(picture.shape[:2]) > 500
    assert picture.std() > 10


def test_a_folder_that_cannot_be_made(assessment: Assessment, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file' cannot be created"):
        evaluation_page.write(assessment, tmp_path / "file")


def test_a_section_compares_the_groups_of_each_column(small: DataSet, tmp_path: Path) -> None:
    split = small.private_test
    names = [f"face {place}" for place in range(len(split))]
    ages = {name: "<30" if place % 2 else "60+" for place, name in enumerate(names)}
    cameras = {name: "left" if place < 24 else "right" for place, name in enumerate(names[:31])}
    data = dataclasses.replace(small, private_test=dataclasses.replace(split, names=np.array(names)))
    groups = FaceGroups({"age": ages, "camera": cameras}, None)
    found = assess(FakeEngine("happy"), data, groups=groups, smallest_group=10, resamples=100)
    evaluation_page.write(found, tmp_path)
    reader = Reader()
    text = (tmp_path / evaluation_page.PAGE).read_text(encoding="utf-8")
    reader.feed(text)
    assert "<h2>Groups: age</h2>" in text
    assert "Too small to judge: right (7 faces). 1 face belongs to no group." in text
    by_age, gaps, recalls = reader.tables[3:6]
    assert [row[:2] for row in by_age] == [["group", "faces"], ["60+", "16"], ["<30", "16"]]
    assert [row[0] for row in gaps[1:3]] == ["accuracy", "calibration error"]
    assert recalls[0] == ["recall", "60+", "<30"]
    assert [row[0] for row in recalls[1:]] == list(small.classes)
    numbers = json.loads((tmp_path / evaluation_page.NUMBERS).read_text())["groups"]
    happy = split.labels == 3
    assert numbers["age"]["groups"]["60+"]["accuracy"]["value"] == pytest.approx(happy[::2].mean(), abs=1e-6)
    assert numbers["age"]["groups"]["<30"]["classes"]["happy"]["faces"] == happy[1::2].sum()
    assert numbers["age"]["gaps"]["accuracy"]["difference"]["value"] == pytest.approx(
        abs(happy[::2].mean() - happy[1::2].mean()), abs=1e-6
    )
    assert numbers["camera"]["groups"]["right"]["accuracy"] is None
    assert numbers["camera"]["ungrouped"] == 1
