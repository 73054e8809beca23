"""The documents say what is so: every command is in the reference, every command line of the README runs."""

from __future__ import annotations

import ast
import csv
import re
import runpy
import shlex
import shutil
from pathlib import Path

import av
import click
import pytest
from support.footage import Footage

from fervid import Timeline
from fervid.cli import cli, run
from fervid.formats.columns import header

README = Path(__file__).resolve().parent.parent / "README.md"
STUDIES = README.parent / "docs" / "studies.md"

DOCUMENTS = [
    str(path.relative_to(README.parent))
    for pattern in ("*.md", "docs/**/*.md", "training/README.md", "engines/*/README.md")
    for path in sorted(README.parent.glob(pattern))
]


def commands(document: Path = README) -> list[str]:
    """The lines of a document that call fervid on files."""
    lines = document.read_text(encoding="utf-8").splitlines()
    return [
        line.split("#")[0].strip()
        for line in lines
        if re.match(r" {4}fervid (timeline|annotate|photo|config|convert|report|plot) ", line)
    ]


def test_the_demo_prints_the_emotions_of_its_timeline() -> None:
    (columns,) = re.findall(r"demo/faces.csv \| cut -d , -f ([\d,]+)", (README.parent / "Makefile").read_text())
    names = header(["happy"])
    assert [names[int(column) - 1] for column in columns.split(",")] == ["time_s", "face_id", "emotion", "confidence"]


def test_the_reference_is_what_the_commands_say(root: Path) -> None:
    written = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    assert written == runpy.run_path(str(root / "docs" / "make_commands.py"))["reference"]()


def test_the_readme_names_every_command() -> None:
    text = README.read_text(encoding="utf-8")
    for name in cli.commands:
        assert f"fervid {name}" in text or f"`{name}`" in text


def test_the_readme_stays_short_and_its_figures_have_their_commands() -> None:
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    figures = (README.parent / "docs" / "accuracy.md").read_text(encoding="utf-8")
    found = re.findall(r"[\d.]+ (?:%|frames/s)", text.partition("## Limits")[2].partition("**The law.**")[0])
    assert len(found) >= 3
    assert all(figure in figures for figure in found)


def test_the_readme_shows_several_commands() -> None:
    assert len(commands()) >= 5


@pytest.fixture(scope="module")
def desk(footage: Footage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the README imagines it."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "recordings").mkdir()
    for name in ("clip.mp4", "recordings/first.mp4", "recordings/second.mp4"):
        shutil.copy(footage["smile.mp4"], folder / name)
    with av.open(str(folder / "clip.mp4")) as clip:
        next(clip.decode(video=0)).to_image().save(folder / "family.jpg")
    return folder


@pytest.mark.parametrize("line", commands())
def test_each_command_line_of_the_readme_runs(
    line: str, desk: Path, assets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk)
    assert run(shlex.split(line)[1:]) == 0


def test_the_document_about_studies_does_what_it_says(
    footage: Footage, assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its options, its commands and its Python, one after the other."""
    monkeypatch.chdir(tmp_path)
    for name in ("P01/webcam.mp4", "P02/webcam.mp4"):
        (tmp_path / "study" / name).parent.mkdir(parents=True)
        shutil.copy(footage["smile.mp4"], tmp_path / "study" / name)
    text = STUDIES.read_text(encoding="utf-8")
    (options,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "study" / "fervid.toml").write_text(f"end = 2\n{options}", encoding="utf-8")
    lines = commands(STUDIES)
    assert len(lines) == 9
    for line in lines:
        assert run(shlex.split(line)[1:]) == 0, line
    forms = (".csv", ".csv.json", ".eaf", ".segments.csv", ".segments.csv.json")
    assert sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "results").rglob("*.*")) == [
        *(f"results/{person}/webcam{form}" for person in ("P01", "P02") for form in forms),
        "results/fervid-run.jsonl",
    ]
    assert {path.name for path in (tmp_path / "others").rglob("*.*")} == {
        *("webcam.boris.ods", "webcam.srt", "webcam.textgrid")
    }
    tables = (Path(name).read_text(encoding="utf-8") for name in ("summary.csv", "results/P01/webcam.segments.csv"))
    columns = {column for table in tables for column in next(csv.reader(table.splitlines()))}
    (in_r,) = re.findall(r"```r\n(.*?)```", text, re.DOTALL)
    used = set(re.findall(r"(?:totals|stretches)\$(\w+)|aggregate\((\w+) ~", in_r))
    assert {name for pair in used for name in pair if name} <= columns | {"participant", "seconds"}
    frames = Timeline.load("results/P01/webcam.csv").frames
    assert [frame.time for frame in frames] == pytest.approx([n / 5 for n in range(10)], abs=0.04)
    pytest.importorskip("pandas")
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(code, "studies.md", "exec"), {})


def test_the_timeline_document_explains_every_column(root: Path) -> None:
    text = (root / "docs" / "timeline.md").read_text(encoding="utf-8")
    for column in header(("happy",))[:10]:
        assert f"`{column}`" in text


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str, root: Path) -> None:
    path = root / document
    for link in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(document: Path) -> list[str]:
    """What GitHub makes of a document's headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_packages_are_installed_from_a_clone_because_no_index_has_fervid(document: str, root: Path) -> None:
    packages = re.findall(r"pip install '([\w.-]*)\[", (root / document).read_text("utf-8"))
    assert set(packages) <= {"."}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_line_uses_known_commands_and_options(document: str, root: Path) -> None:
    text = (root / document).read_text(encoding="utf-8").replace("\\\n", "")
    fenced = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = re.findall(r"^ {4,}(fervid .*)$", text, re.MULTILINE) + re.findall(
        r"^fervid .*$", "".join(fenced), re.MULTILINE
    )
    for line in lines:
        command: click.Command = cli
        words = shlex.split(line.split("|")[0], comments=True)[1:]
        while isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if re.match(r"--?[a-z]", word)} <= known, line


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_python_example_imports_what_exists(document: str, root: Path) -> None:
    for code in re.findall(r"```python\n(.*?)```", (root / document).read_text(encoding="utf-8"), re.DOTALL):
        tree = ast.parse(code)
        tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        exec(compile(tree, document, "exec"), {})
