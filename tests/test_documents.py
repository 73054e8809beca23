"""Every code block of the documents that is a command or Python runs in a test, or says why it does not."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import av
import pytest
from support.documents import ROOT, Block, blocks, execute
from test_examples import DOCUMENTS as WITH_EXAMPLES

import fervid

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

IN_TURN = ("annotate", "blur", "detection", "formats", "photo", "report", "smoothing", "timeline")
"""The documents in docs/ whose commands run below, each block in a folder of its own."""

WITH_PYTHON = ("engines", "outlets", "samples")
"""The documents in docs/ whose Python runs below."""

ELSEWHERE = {"README.md", "docs/studies.md", "docs/training.md"}
"""The documents that a test of their own runs."""

PATTERNS = ("*.md", "docs/*.md", "docs/tutorials/*.md", "training/README.md")
PAGES = [str(path.relative_to(ROOT)) for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))]


def to_run(document: str, *, python: bool) -> list[Block]:
    """The blocks of a document in docs/ that are not marked."""
    found = [block for block in blocks(ROOT / "docs" / f"{document}.md") if block.is_code and block.reason is None]
    return [block for block in found if (block.language == "python") is python]


@pytest.fixture(scope="module")
def files(drawn_clip: Path, assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the commands read."""
    folder = tmp_path_factory.mktemp("reader")
    for name in ("study/P01", "holiday", "scans", "results", "runs/mine"):
        (folder / name).mkdir(parents=True)
    short = folder / "clip.mp4"
    shutil.copy(drawn_clip, short)
    videos = ("doorbell", "interview", "lecture_hall", "meeting", "street", "talk", "vlog", "study/P01/webcam")
    for name in (*(f"{video}.mp4" for video in videos), "tape.mpg"):
        shutil.copy(short, folder / name)
    with av.open(str(short)) as clip:
        picture = next(clip.decode(video=0)).to_image()
    for name in ("family.jpg", "holiday/beach.jpg", "scans/1.png", "scans/2.png"):
        picture.save(folder / name)
    fervid.timeline(short, folder / "talk.csv", every=5)
    fervid.timeline(folder / "study/P01/webcam.mp4", folder / "results/webcam.csv", every=5)
    shutil.copytree(ROOT / "engines" / "emotionnet", folder / "runs/mine/engine")
    return folder


@pytest.fixture
def reader(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a copy of `files` the current folder."""
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


def replacing(command: str) -> str:
    """Return a command that may write what is there, because those of a block are often alternatives."""
    writes = re.match(r"fervid (timeline|annotate|photo|convert|report|plot) ", command)
    return command if not writes or re.search(r"--resume|--overwrite|-o -", command) else f"{command} --overwrite"


@pytest.mark.parametrize(
    ("document", "number"), [(name, at) for name in IN_TURN for at in range(len(to_run(name, python=False)))]
)
def test_the_commands_of_a_block_run(document: str, number: int, reader: None) -> None:
    block = to_run(document, python=False)[number]
    for command in block.commands:
        if command.startswith("pip install"):
            continue  # the tests have every extra; another test reads the names
        assert execute(replacing(command.split(" | ")[0])) == 0, f"docs/{document}.md, line {block.line}: {command}"


@pytest.mark.parametrize(
    ("document", "number"), [(name, at) for name in WITH_PYTHON for at in range(len(to_run(name, python=True)))]
)
def test_the_python_of_a_document_runs(document: str, number: int, reader: None) -> None:
    block = to_run(document, python=True)[number]
    exec(compile(block.text, f"docs/{document}.md, line {block.line}", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("page", PAGES)
def test_a_block_that_no_test_runs_says_why(page: str) -> None:
    name = Path(page).stem
    for block in blocks(ROOT / page):
        if not block.is_code or block.reason is not None or page in ELSEWHERE or "tutorials" in page:
            continue
        run = page in WITH_EXAMPLES or name in WITH_PYTHON if block.language == "python" else name in IN_TURN
        assert run, f"{page}, line {block.line}: put <!-- not run: REASON --> above it, or let a test run it"


def test_the_blocks_that_no_test_runs_are_few() -> None:
    """`pytest tests/test_documents.py -k few -s` lists them with their reasons."""
    found = [(page, block) for page in PAGES for block in blocks(ROOT / page) if block.is_code]
    marked = [f"{page}, line {block.line}: {block.reason}" for page, block in found if block.reason is not None]
    sys.stdout.write("\n".join(["", *marked, ""]))
    assert len(marked) < len(found) / 2


def test_the_extras_in_the_documents_exist() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for page in PAGES:
        for names in re.findall(r"pip install '\.\[([\w,-]+)\]'", (ROOT / page).read_text(encoding="utf-8")):
            assert set(names.split(",")) <= set(project["optional-dependencies"]), page
