"""``fervid evaluate`` as a user calls it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fervid.cli import run
from fervid.core.packages import pip_install
from fervid.data.dataset import DataSet
from fervid.evaluation import evaluation_page
from fervid.evaluation.assessment import Assessment
from samples.data_formats import write_table
from samples.labelled_faces import LabelledFaces


def test_it_evaluates_on_private_test(
    archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["evaluate", "emotionnet", str(archives), "--mirror"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    for words in ("emotionnet on FER2013, private_test", "of 32 faces", "with the mirror image", "images/s"):
        assert words in said.err
    (folder,) = (tmp_path / "evaluations").iterdir()
    assert folder.name == f"emotionnet-{archives.name}-private_test"
    assert {path.name for path in folder.iterdir()} == {
        "evaluation.json",
        "evaluation.html",
        "confusion.png",
        "reliability.png",
    }
    numbers = json.loads((folder / "evaluation.json").read_text())
    assert numbers["faces"] == 32
    assert numbers["accuracy"] > 0.5
    assert numbers["mirrored"]["faces"] == 32


def test_robustness(
    archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["evaluate", "emotionnet", str(archives), "--backend", "pytorch", "--precision", "fp32", "-o", "out"]
    assert run([*command, "--robustness"]) == 0
    said = capsys.readouterr().err
    for words in ("motion blur", "125 150 200 250 300", "mean of all"):
        assert words in said
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {*evaluation_page.FILES, "robustness.json", "robustness.csv", "robustness.png"}
    numbers = json.loads((tmp_path / "out" / "robustness.json").read_text())
    assert (numbers["engine"]["name"], numbers["split"], numbers["faces"]) == ("emotionnet", "private_test", 32)
    clean = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert numbers["clean"] == {name: clean[name] for name in ("accuracy", "calibration_error")}
    assert numbers["mean"]["accuracy"] < numbers["clean"]["accuracy"]
    assert len((tmp_path / "out" / "robustness.csv").read_text().splitlines()) == 57
    assert run([*command, "--overwrite", "--quiet"]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(evaluation_page.FILES), "no stale figures stay"


def test_groups_of_faces(ck48: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(ck48, tmp_path / "mine.npz")
    with np.load(ck48) as arrays:
        shown = zip(arrays["name"].tolist(), arrays["images"].mean((1, 2)) > 110, strict=True)
    rows = [f"{name},{'bright' if bright else 'dark'},{name[3] in '680'}" for name, bright in shown]
    (tmp_path / "groups.csv").write_text("\n".join(["picture,light,even", *rows]))
    command = ["evaluate", "emotionnet", str(tmp_path / "mine.npz"), "--split", "all", "-o", str(tmp_path / "out")]
    assert run([*command, "--groups", "even", "--groups", "light+even", "--bootstrap", "100"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "groups: even" in said
    assert "Too small to judge: False (36 faces of 3 people), True (36 faces of 3 people)." in said
    numbers = json.loads((tmp_path / "out" / "evaluation.json").read_text())["groups"]
    assert numbers.keys() == {"even", "light+even"}
    assert sum(group["faces"] for group in numbers["light+even"]["groups"].values()) == 72
    assert numbers["even"]["by_person"]


def test_all_faces_of_a_data_set_of_other_classes(
    ck48: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", "emotionnet", str(ck48), "--split", "all", "-o", str(tmp_path / "ck")]) == 0
    assert "left out: contempt" in capsys.readouterr().err
    numbers = json.loads((tmp_path / "ck" / "evaluation.json").read_text())
    assert numbers["faces"] == numbers["restricted"]["faces"] == 72
    assert numbers["restricted"]["accuracy"] >= numbers["accuracy"] > 0.6


def test_faces_framed_as_in_a_video(
    ck48: Path, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(ck48) as arrays:
        changed = dict(arrays)
    changed["images"][:2] = 128
    np.savez(tmp_path / "some.npz", **changed)
    command = ["evaluate", "emotionnet", str(tmp_path / "some.npz"), "--split", "all", "--detect", "--mirror"]
    assert run([*command, "-o", str(tmp_path / "ck")]) == 0
    said = capsys.readouterr().err
    for words in ("emotionnet on some, all, framed as in a video", "no face found", "2 images", "counting 2 missing"):
        assert words in said
    numbers = json.loads((tmp_path / "ck" / "evaluation.json").read_text())
    assert (numbers["detected"], numbers["undetected"], numbers["absent"]) == (True, 2, 2)
    assert numbers["mirrored_restricted"]["faces"] == numbers["faces"]
    page = (tmp_path / "ck" / "evaluation.html").read_text()
    assert "No face was found in 2 images: if each of them counts as wrong" in page


@pytest.mark.data
def test_the_published_figures_on_ck_plus(real_data: Path, tmp_path: Path) -> None:
    """72.9 % of the 927 faces of the shared classes, and 74.7 % if only those are predicted."""
    data = real_data / "data" / "ck48" / "ck48.npz"
    assert run(["evaluate", "emotionnet", str(data), "--split", "all", "-o", str(tmp_path / "ck"), "--quiet"]) == 0
    numbers = json.loads((tmp_path / "ck" / "evaluation.json").read_text())
    assert numbers["faces"] == numbers["restricted"]["faces"] == 927
    assert numbers["accuracy"] == pytest.approx(0.729, abs=0.003)
    assert numbers["restricted"]["accuracy"] == pytest.approx(0.747, abs=0.003)


def test_ferplus_labels(archives: Path, tmp_path: Path) -> None:
    command = ["evaluate", "emotionnet", str(archives), "--labels", "majority", "--leave-out", "neutral"]
    assert run([*command, "-o", str(tmp_path / "out"), "--quiet"]) == 0
    numbers = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert numbers["data_set"] == "FER+"
    assert numbers["agreed"]["faces"] < numbers["faces"] < 32
    assert numbers["classes"].keys() == {"angry", "disgust", "fear", "happy", "sad", "surprise"}
    assert "neutral" in numbers["left_out"]


def test_an_earlier_evaluation_is_kept_without_overwrite(
    archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", "emotionnet", str(archives), "-o", str(tmp_path / "out"), "--quiet"]
    (tmp_path / "out").mkdir()
    for name in evaluation_page.FILES + evaluation_page.ROBUSTNESS_FILES:
        (tmp_path / "out" / name).write_text("mine")
        assert run(command) == 1
        assert f"out/{name}' exists already; replace it with --overwrite" in capsys.readouterr().err
        assert (tmp_path / "out" / name).read_text() == "mine"
        (tmp_path / "out" / name).unlink()
    (tmp_path / "out" / evaluation_page.NUMBERS).write_text("mine")
    assert run([*command, "--overwrite"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["emotionet", "{archives}"], 1, "did you mean emotionnet?"),
        (["emotionnet", "nowhere"], 1, "'nowhere' does not exist"),
        (["emotionnet", "{archives}", "--split", "training"], 2, "'training' is not one of"),
        (["emotionnet", "{archives}", "--bootstrap", "5"], 2, "--bootstrap"),
        (
            ["emotionnet", "{archives}", "--leave-out", "bored"],
            2,
            "FER2013 has no class 'bored'; choose from angry",
        ),
        (["emotionnet", "{archives}", "--groups", "age"], 1, "FER2013 has no column 'age', and"),
        (["emotionnet", "{archives}", "--group-table", "a.csv"], 2, "--group-table has no effect without --groups"),
    ],
)
def test_one_line_for_each_mistake(
    archives: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["evaluate", *(argument.format(archives=archives) for argument in arguments), "-q"]) == code
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", ["sklearn.metrics", "matplotlib.figure"])
def test_without_the_packages(
    module: str, archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert run(["evaluate", "emotionnet", str(archives), "-o", str(tmp_path / "out"), "-q"]) == 1
    assert pip_install("fervid[train]") in capsys.readouterr().err
    assert not (tmp_path / "out" / "evaluation.json").exists()


def test_a_single_picture(small: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is too little to split, but enough to evaluate on all of it."""
    (tmp_path / "own" / "happy").mkdir(parents=True)
    image = small.training.images[np.argmax(small.training.labels == 3), 0]
    cv2.imwrite(str(tmp_path / "own" / "happy" / "me.png"), np.kron(image, np.ones((3, 3), np.uint8)))
    command = ["evaluate", "emotionnet", str(tmp_path / "own"), "-o", str(tmp_path / "out"), "--quiet"]
    assert run([*command, "--split", "all"]) == 0
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text())["faces"] == 1
    assert run([*command, "--split", "private_test", "--overwrite"]) == 1
    assert "own has no face in private_test; choose --split all" in capsys.readouterr().err
    assert run([*command[:-1], "--overwrite"]) == 0
    said = capsys.readouterr().err
    assert "own has no splits and too few faces to divide, so all are evaluated" in said
    assert "emotionnet on own, all" in said


class TestAnyFaces:
    """Labelled faces that no network could be trained on, because some splits are missing."""

    @pytest.fixture(autouse=True)
    def _without_pictures(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Drawing the charts takes longer than everything else, and has tests of its own."""
        monkeypatch.setattr("fervid.evaluation.evaluation_page.write", lambda assessment, _: found.append(assessment))
        found.clear()

    def evaluate(self, path: Path, *options: str) -> Assessment:
        assert run(["evaluate", "emotionnet", str(path), "--bootstrap", "100", "--quiet", *options]) == 0
        return found.pop()

    def test_a_table_of_test_rows_alone(self, drawn_faces: LabelledFaces, tmp_path: Path) -> None:
        write_table(drawn_faces, tmp_path)
        header, *rows = (tmp_path / "fer2013.csv").read_text().splitlines()
        rows = [row for row in rows if "PrivateTest" in row]
        (tmp_path / "fer2013new.csv").unlink()
        (tmp_path / "mine.csv").write_text("\n".join([header, *rows]))
        assessment = self.evaluate(tmp_path / "mine.csv")
        assert (assessment.usage, assessment.evaluation.faces, assessment.absent) == ("private_test", 32, 0)
        assert assessment.title == "emotionnet on mine, private_test"

    @pytest.mark.parametrize("splits", [("test",), ("val", "test"), ("train", "test")])
    def test_a_folder_that_lacks_splits(self, splits: tuple[str, ...], small: DataSet, tmp_path: Path) -> None:
        for split in splits:
            write_folder(small, tmp_path / "own" / split)
        assert self.evaluate(tmp_path / "own").evaluation.faces == 32

    def test_class_folders_without_splits(
        self, small: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_folder(small, tmp_path / "own")
        assert self.evaluate(tmp_path / "own", "--split", "all").evaluation.faces == 32
        part = self.evaluate(tmp_path / "own", "--verbose")
        assert (part.usage, 0 < part.evaluation.faces < 10) == ("private_test", True)

    def test_a_folder_of_validation_faces_alone(
        self, small: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_folder(small, tmp_path / "own" / "val")
        assert run(["evaluate", "emotionnet", str(tmp_path / "own")]) == 1
        assert capsys.readouterr().err.endswith("own has no face in private_test; choose --split public_test or all\n")
        assert self.evaluate(tmp_path / "own", "--split", "public_test").evaluation.faces == 32

    def test_an_archive_of_ones_own(self, small: DataSet, tmp_path: Path) -> None:
        split = small.private_test
        words = np.array([small.classes[label] for label in split.labels])
        np.savez(tmp_path / "mine.npz", images=split.images[:, 0], label=words)
        assessment = self.evaluate(tmp_path / "mine.npz", "--split", "all")
        assert (assessment.data_set, assessment.evaluation.faces) == ("mine", 32)
        assert assessment.evaluation.accuracy > 0.5

    def test_groups_that_are_large_enough_to_judge(
        self, small: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        split = small.private_test
        words = np.array([small.classes[label] for label in split.labels])
        light = np.resize(["bright", "dark"], len(words))
        np.savez(tmp_path / "mine.npz", images=split.images[:, 0], label=words, light=light)
        command = ["evaluate", "emotionnet", str(tmp_path / "mine.npz"), "--split", "all", "--bootstrap", "100"]
        assert run([*command, "--groups", "light", "--smallest-group", "10"]) == 0
        said = " ".join(capsys.readouterr().err.split())
        (compared,) = found.pop().comparisons
        bright, dark = (f"{group.accuracy.value:.1%}" for group in compared.judged if group.accuracy is not None)
        assert f"group faces accuracy (95 %) calibration error (95 %) bright 16 {bright} (" in said
        assert f"dark 16 {dark} (" in said
        assert "largest gap in lowest highest points (95 %) accuracy " in said
        assert "Too small to judge" not in said

    def test_one_archive_of_fer2013(self, archives: Path) -> None:
        assessment = self.evaluate(archives / "private_test.npz")
        assert (assessment.data_set, assessment.evaluation.faces, assessment.absent) == ("FER2013", 32, 0)

    def test_a_folder_that_holds_the_test_archive_alone(self, archives: Path, tmp_path: Path) -> None:
        (tmp_path / "own").mkdir()
        shutil.copy(archives / "private_test.npz", tmp_path / "own")
        assessment = self.evaluate(tmp_path / "own")
        assert (assessment.data_set, assessment.usage, assessment.evaluation.faces) == ("own", "private_test", 32)


found: list[Assessment] = []


def write_folder(data: DataSet, folder: Path) -> None:
    """Write the test faces as image files in a folder for each class."""
    for place, (image, label) in enumerate(zip(data.private_test.images, data.private_test.labels, strict=True)):
        (folder / data.classes[label]).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / data.classes[label] / f"face{place}.png"), image[0])
