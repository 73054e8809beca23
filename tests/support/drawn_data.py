"""A pytest plugin with labelled faces that every clone can draw, in the form of FER2013's and of CK+'s archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from fervid import data
from fervid.data.dataset import DataSet
from samples.data_formats import write_archives, write_ck48
from samples.labelled_faces import LabelledFaces, draw_labelled_faces, draw_sequences

PARTS = {"training": 64, "public_test": 32, "private_test": 32}


@pytest.fixture(scope="session")
def drawn_faces() -> LabelledFaces:
    """Return faces with their ground truth: 64 to learn from, 32 and 32 to test."""
    return draw_labelled_faces(PARTS)


@pytest.fixture(scope="session")
def archives(drawn_faces: LabelledFaces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds these faces as archives of FER2013, with FER+ votes; training has two parts."""
    folder = tmp_path_factory.mktemp("fer2013")
    write_archives(drawn_faces, folder)
    return folder


@pytest.fixture(scope="session")
def small(archives: Path) -> DataSet:
    """Return these faces as a data set, in memory."""
    return data.read(archives)


@pytest.fixture(scope="session")
def ck48(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive as that of CK+: six people, each with every expression, faint and strong."""
    folder = tmp_path_factory.mktemp("ck48")
    write_ck48(draw_sequences(people=6, shares=(0.55, 1.0)), folder)
    return folder / "ck48.npz"
