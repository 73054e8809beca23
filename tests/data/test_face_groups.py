"""Groups of faces are found in every form of data, and what is wrong with a table is said in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from labelled_faces import pictures, write_picture

from fervid import data
from fervid.data.face_groups import FaceGroups
from fervid.data.faces import Faces
from fervid.errors import DataError

NAMES = ("happy/a.png", "happy/b.png", "sad/c.png")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return folders with three faces."""
    folder = tmp_path / "own"
    for name, image in zip(NAMES, pictures(3), strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_picture(folder / name, image)
    return folder


def read(path: Path, *columns: str, table: Path | None = None, skip_bad: bool = False) -> tuple[Faces, FaceGroups]:
    faces = data.read_faces(path)
    return faces, data.read_groups(path, columns, faces, group_table=table, skip_bad=skip_bad)


def groups(path: Path, column: str, table: Path | None = None) -> list[str]:
    faces, found = read(path, column, table=table)
    return found.of(column, faces.names).tolist()


def test_a_table_beside_image_folders(own: Path) -> None:
    (own / "groups.csv").write_text("picture,age,camera\nsad/c.png, 60+ ,left\nhappy/a.png,18-29,\nelsewhere.png,1,1\n")
    assert groups(own, "age") == ["18-29", "", "60+"]
    assert groups(own, "camera") == ["", "", "left"]


def test_columns_are_crossed_where_both_are_known(own: Path) -> None:
    (own / "groups.csv").write_text(
        "picture,age,camera\nsad/c.png,60+,left\nhappy/a.png,18-29,\nhappy/b.png,60+,right\n"
    )
    assert groups(own, "age+camera") == ["", "60+, right", "60+, left"]


def test_a_table_of_subjects(own: Path, tmp_path: Path) -> None:
    (own / "subjects.csv").write_text("picture,subject\n" + "".join(f"{name},{name[-5]}\n" for name in NAMES))
    table = tmp_path / "participants.csv"
    table.write_text("subject,gender\na,f\nc,m\n")
    faces, found = read(own, "gender", table=table)
    assert found.of("gender", faces.names).tolist() == ["f", "", "m"]
    people = found.people(faces.names)
    assert people is not None
    assert people.tolist() == ["a", "b", "c"]


def test_a_table_of_pictures_may_name_the_people_whom_the_data_does_not_name(own: Path) -> None:
    (own / "groups.csv").write_text("picture,subject,age\nhappy/a.png,anna,60+\nhappy/b.png,anna,60+\n")
    faces, found = read(own, "age")
    people = found.people(faces.names)
    assert people is not None
    assert people.tolist() == ["anna", "anna", "sad/c.png"]


def test_without_people_there_are_none(own: Path) -> None:
    (own / "groups.csv").write_text("picture,age\nhappy/a.png,60+\n")
    faces, found = read(own, "age")
    assert found.people(faces.names) is None


def test_arrays_of_an_archive(tmp_path: Path) -> None:
    arrays = {"images": pictures(3)[:, 0], "label": np.array(["happy", "happy", "sad"])}
    columns = {
        "camera": np.array([2, 1, 2]),
        "age": np.array(["60+", "", "18-29"]),
        "dark": np.array([True, False, True]),
    }
    np.savez(tmp_path / "mine.npz", **arrays, **columns)
    assert groups(tmp_path / "mine.npz", "camera") == ["2", "1", "2"]
    assert groups(tmp_path, "age+dark") == ["60+, True", "", "18-29, True"]
    np.savez(tmp_path / "mine.npz", **arrays, **columns, name=np.array(["x", "y", "z"]), weight=np.ones(3))
    assert groups(tmp_path / "mine.npz", "age") == ["60+", "", "18-29"]
    (tmp_path / "groups.csv").write_text("picture,gender\nz,f\n")
    assert groups(tmp_path / "mine.npz", "gender+camera") == ["", "", "f, 2"]
    with pytest.raises(DataError, match=r"has weight of shape \(3,\) and type float64; use \(N,\) texts or whole numb"):
        groups(tmp_path / "mine.npz", "weight")


def test_the_archives_of_fer2013(archives: Path, tmp_path: Path) -> None:
    for part in archives.glob("*.npz"):
        with np.load(part) as arrays:
            light = np.where(arrays["images"].mean((1, 2)) > 128, "bright", "dark")
            np.savez(tmp_path / part.name, **arrays, light=light)
    faces, found = read(tmp_path, "light")
    assert found.of("light", faces.names).tolist() == np.where(faces.means() * 255 > 128, "bright", "dark").tolist()


def test_a_column_of_kaggles_table(tmp_path: Path) -> None:
    rows = [f"{label},{' '.join(['7'] * 2304)},PrivateTest,{age}" for label, age in ((3, "60+"), (4, ""), (3, "18-29"))]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage,age", *rows, "3,7,PrivateTest"]))
    faces = data.read_faces(tmp_path, skip_bad=True)
    found = data.read_groups(tmp_path, ["age"], faces, skip_bad=True)
    assert found.of("age", faces.names).tolist() == ["60+", "", "18-29"]
    (tmp_path / "groups.csv").write_text("picture,gender\nfer2013.csv:3,m\n")
    found = data.read_groups(tmp_path, ["gender"], faces)
    assert found.of("gender", faces.names).tolist() == ["", "m", ""]


def test_an_invalid_row_is_reported_or_skipped(own: Path) -> None:
    (own / "groups.csv").write_text("picture,age\nhappy/a.png\nhappy/b.png,60+\n")
    with pytest.raises(DataError, match=r"groups.csv', line 2 has 1 field instead of 2"):
        read(own, "age")
    faces, found = read(own, "age", skip_bad=True)
    assert found.of("age", faces.names).tolist() == ["", "60+", ""]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            None,
            "own has no column 'age', and '.*groups.csv' does not exist; write that table, with the columns picture",
        ),
        ("picture,camera,gender\n1,2,3\n", "has no column 'age'; choose from camera, gender"),
        ("picture,age,age\n1,2,3\n", "has the column age twice; rename or remove one of the two"),
        ("picture,picture,age\n1,2,3\n", "has the column picture twice; rename or remove one of the two"),
        ("file,age\n1,2\n", "has no column picture or subject; begin it with picture or subject"),
        ("", "groups.csv' has no rows; write one for each picture or each subject"),
        ("picture,age\n", "groups.csv' has no rows; write one for each picture or each subject"),
        ("picture,\udce2ge\n1,2\n", "groups.csv', line 1 is not UTF-8; save the table as UTF-8"),
        ("picture,age\n1,\udce2\n", "groups.csv', line 2 is not UTF-8; save the table as UTF-8, or skip the line with"),
        (
            "picture,age\n1,60+\n1,60+\n1,18-29\n",
            "groups.csv', line 4 has another age for 1 than a line before; correct or remove the line",
        ),
        ("subject,age\nanna,2\n", "names subjects, but who is shown in own is not recorded; give the table a column"),
        ("picture,age\na.png,2\n", "the column 'age' names none of the faces of own; .* such as happy/a.png"),
    ],
)
def test_one_line_for_each_mistake(own: Path, table: str | None, message: str) -> None:
    if table is not None:
        (own / "groups.csv").write_text(table, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(DataError, match=message):
        read(own, "age")


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.csv", "^'.*none.csv' does not exist; write that table"), ("", "cannot be read .*[dD]irectory")],
)
def test_a_named_table_that_is_no_file(own: Path, tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(own, "age", table=tmp_path / name)
