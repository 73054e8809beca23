"""Faces written in each format are read by fervid as they were drawn."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fervid import data
from fervid.core.emotions import CK_PLUS
from samples.data_formats import write_archives, write_ck48, write_folders, write_sequences, write_table
from samples.draw_faces import FORMATS, main
from samples.labelled_faces import LabelledFaces, draw_sequences


@pytest.mark.parametrize("write", [write_table, write_folders, write_archives])
def test_fer2013(write: Callable[[LabelledFaces, Path], None], drawn_faces: LabelledFaces, tmp_path: Path) -> None:
    write(drawn_faces, tmp_path)
    found = data.read_faces(tmp_path)
    np.testing.assert_array_equal(found.images[:, 0], drawn_faces.images)
    np.testing.assert_array_equal(np.take(found.classes, found.labels), drawn_faces.labels)
    np.testing.assert_array_equal(found.usages, drawn_faces.splits)
    np.testing.assert_array_equal(found.votes, drawn_faces.votes)
    np.testing.assert_array_equal(found.rows, drawn_faces.rows)
    if write is write_folders:
        np.testing.assert_array_equal(found.subjects, drawn_faces.people)


def test_the_trees_of_ck_plus(tmp_path: Path) -> None:
    sequences = list(draw_sequences(people=2, shares=(0, 0.3, 0.6, 1), labels=("fear", None, "contempt")))
    write_sequences(sequences, tmp_path)
    found = data.read_faces(tmp_path)
    strong = [image for one in sequences if one.label is not None for image in one.images[-2:]]
    np.testing.assert_array_equal(found.images[:, 0], strong)
    assert np.take(CK_PLUS, found.labels).tolist() == ["fear", "fear", "contempt", "contempt"] * 2
    assert found.subjects is not None
    assert found.subjects.tolist() == ["S005"] * 4 + ["S006"] * 4
    assert found.names[3] == "S005/003/S005_003_00000004.png"


def test_the_archive_of_ck_plus(tmp_path: Path) -> None:
    sequences = list(draw_sequences(people=2, shares=(0.9, 1), labels=("fear", None)))
    write_ck48(sequences, tmp_path)
    found = data.read_faces(tmp_path / "ck48.npz")
    np.testing.assert_array_equal(found.images[:, 0], [*sequences[0].images, *sequences[2].images])
    assert found.names.tolist() == [f"S00{who}_001_0000000{frame}" for who in (5, 6) for frame in (1, 2)]


@pytest.mark.parametrize("name", FORMATS)
def test_the_script_draws_every_format(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path / "drawn"), "--format", name, "--faces", "20"])
    assert f"--data {tmp_path / 'drawn'}" in capsys.readouterr().out
    found = data.read(tmp_path / "drawn")
    assert 20 <= len(found.training) + len(found.public_test) + len(found.private_test) <= 42


def test_faces_are_never_mixed_with_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path), "--faces", "20"])
    assert f"'{tmp_path}' exists; choose another folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_too_few_faces_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "out"), "--faces", "12"])
    assert "'12' is not a number from 20 to 100000" in capsys.readouterr().err


def test_it_runs_as_a_script_from_anywhere(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(root / "samples/draw_faces.py"), "out", "--format", "table", "--faces", "20"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "out: train with fervid train --fine-tune auto --data out\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["fer2013.csv", "fer2013new.csv"]
