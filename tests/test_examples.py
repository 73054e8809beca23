"""The examples in the help of the Python interface and in the documents about it run, and give what they show."""

from __future__ import annotations

import doctest
import re
import shutil
from pathlib import Path

import av
import pytest

import fervid
from fervid.run.photo_batch import PhotoBatch

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    "README.md",
    *(f"docs/{name}.md" for name in ("formats", "live", "outlets", "photo", "python", "smoothing", "timeline")),
]


@pytest.fixture(scope="module")
def files(drawn_clip: Path, tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Path:
    """A folder with the files that the examples name."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "recordings").mkdir()
    (folder / "holiday").mkdir()
    for name in ("clip.mp4", "recordings/first.mp4", "recordings/second.mp4"):
        shutil.copy(drawn_clip, folder / name)
    with av.open(str(drawn_clip)) as clip:
        picture = next(clip.decode(video=0)).to_image()
    for name in ("family.jpg", "holiday/beach.jpg"):
        picture.save(folder / name)
    (folder / "timelines").mkdir()
    fervid.timeline(drawn_clip, folder / "timelines" / "a.csv", every=10)
    pictures, table = [str(folder / "holiday")], str(folder / "timelines" / "photos.csv")
    with PhotoBatch(pictures, fervid.Settings(), annotate=False, tables={"csv": table}) as batch:
        assert [outcome.error for outcome in batch] == [None]
        batch.finish()
    return folder


@pytest.fixture
def desk(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, a copy of `files`."""
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", [name for name in fervid.__all__ if not name.startswith("_")])
def test_the_example_of_each_public_name_runs(name: str, desk: Path) -> None:
    test = doctest.DocTestParser().get_doctest(getattr(fervid, name).__doc__, {"fervid": fervid}, name, None, 0)
    assert test.examples
    report: list[str] = []
    results = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append)
    assert results.failed == 0, "".join(report)


LOADED = {"docs/formats.md": "talk.csv", "docs/timeline.md": "clip.csv"}
"""The timelines that the examples of a document load."""


def examples(document: str) -> list[str]:
    """The Python examples of a document."""
    return re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    ("document", "number"), [(name, number) for name in DOCUMENTS for number in range(len(examples(name)))]
)
def test_each_example_of_the_documents_runs(document: str, number: int, desk: Path) -> None:
    if document in LOADED:
        shutil.copy(desk / "timelines" / "a.csv", LOADED[document])
    example = examples(document)[number]
    if 'read_csv("faces.csv")' in example:
        shutil.copy(desk / "timelines" / "photos.csv", "faces.csv")
    for name in re.findall(r'"(clip\.(?:jsonl|parquet))"', example):
        fervid.Timeline.load(desk / "timelines" / "a.csv").save(name)
    exec(compile(example, f"{document}, example {number}", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_of_the_documents_has_an_example(document: str) -> None:
    assert examples(document)
