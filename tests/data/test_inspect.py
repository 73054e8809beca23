"""What a page about a data set says."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from labelled_faces import labelled, pictures

from fervid import data
from fervid.core.emotions import FER2013, FERPLUS
from fervid.data import inspection_page
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, TRAINING
from fervid.data.faces import Skipped
from fervid.data.inspect import inspect
from fervid.errors import OutputError


def test_counts_duplicates_and_contradictions() -> None:
    images = pictures(6)
    images[4], images[5] = images[0], images[1]
    usages = [TRAINING] * 4 + [PUBLIC_TEST, PRIVATE_TEST]
    found = inspect(labelled(images, [0, 3, 3, 6, 0, 4], usages=usages))
    assert found.counts[TRAINING] == {**dict.fromkeys(FER2013, 0), "angry": 1, "happy": 2, "neutral": 1}
    assert found.duplicates == ((0, 4), (1, 5))
    assert found.copies == 2
    assert found.conflicts == [(1, 5)]
    assert found.across == {
        "training and public_test": 1,
        "training and private_test": 1,
        "public_test and private_test": 0,
    }
    assert found.agreement is None
    copies = found.document()["duplicates"]
    assert (copies["groups"], copies["faces_too_many"], copies["groups_with_label_conflict"]) == (2, 2, 1)
    assert copies["members"][1] == [
        {"face": "face-1", "split": TRAINING, "label": "happy"},
        {"face": "face-5", "split": PRIVATE_TEST, "label": "sad"},
    ]


def test_frames_of_a_known_person_are_no_duplicates_unless_they_are_the_same() -> None:
    images = pictures(2).repeat(3, axis=0)
    images[1, :, 0, 0] += 1  # near
    images[4, :, 0, 0] += 1
    assert inspect(labelled(images, [0] * 6)).duplicates == ((0, 1, 2), (3, 4, 5))
    found = inspect(labelled(images, [0] * 6, subjects=["anna"] * 3 + ["ben"] * 3))
    assert found.duplicates == ((0, 2), (3, 5))
    assert "<td>groups of copies</td><td>2</td>" in inspection_page.page(found)


def test_outliers_of_brightness() -> None:
    images = (
        np.ones((22, 1, 48, 48), np.uint8) * np.array([*range(100, 140, 2), 20, 230], np.uint8)[:, None, None, None]
    )
    box = inspect(labelled(images, [3] * 22)).brightness["happy"]
    assert box.outliers == (20, 21)
    assert 0.3 < box.whiskers[0] < box.quartiles[0] < box.quartiles[1] < box.quartiles[2] < box.whiskers[1] < 0.7


def test_agreement_with_ferplus() -> None:
    votes = np.zeros((4, 10), np.uint8)
    votes[0, FERPLUS.index("happy")] = votes[1, FERPLUS.index("neutral")] = votes[2, FERPLUS.index("happy")] = 10
    votes[3, 9] = 10
    found = inspect(labelled(pictures(4), [3, 4, 3, 0], votes=votes))
    assert found.agreeing == pytest.approx(2 / 3)
    table = found.document()["ferplus"]["labels"]
    assert table["happy"]["happy"] == 2
    assert table["sad"]["neutral"] == 1
    assert table["angry"]["unclear"] == 1


def test_the_page_holds_everything_it_shows(archives: Path, tmp_path: Path) -> None:
    faces = data.read_faces(archives)
    inspection_page.write(inspect(faces), tmp_path / "out")
    text = (tmp_path / "out" / inspection_page.PAGE).read_text()
    assert re.findall(r'(?:src|href)="(?!data:image/png;base64,)', text) == []
    assert "http" not in text
    for words in ("128 faces", "Samples", "Brightness", "Duplicates", "Agreement with FER+"):
        assert words in text
    numbers = json.loads((tmp_path / "out" / inspection_page.NUMBERS).read_text())
    assert numbers["faces"] == 128
    assert sum(sum(row.values()) for row in numbers["counts"].values()) == 128


def test_the_table_of_counts_ends_with_their_sums() -> None:
    faces = labelled(pictures(3), [0, 1, 1], usages=["training", "training", "private_test"], classes=("happy", "sad"))
    text = inspection_page.page(inspect(faces))
    assert "<tr><td>private_test</td><td>0</td><td>1</td><td>1</td></tr>" in text
    assert "<tr><td>all</td><td>1</td><td>2</td><td>3</td></tr>" in text


def test_page_and_numbers_appear_together_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "inspection.json").mkdir()  # in the way of the numbers
    with pytest.raises(OutputError, match=r"inspection\.json' cannot be written"):
        inspection_page.write(inspect(labelled(pictures(1), [0])), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["inspection.json"]


def test_names_are_no_markup() -> None:
    faces = labelled(pictures(2).repeat(2, axis=0), [0, 1, 0, 0], classes=("<b>", "other"))
    faces = dataclasses.replace(faces, skipped=(Skipped("<i>.png", "does not decode"),))
    text = inspection_page.page(inspect(faces))
    assert "<b>" not in text
    assert "<i>" not in text
    assert "&lt;i&gt;.png" in text
