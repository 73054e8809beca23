"""The sidecar of a result: written with it, never beside a file that it does not describe, and read again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from writer_inputs import reading

from fervid import Timeline, formats
from fervid.core.emotions import FERPLUS
from fervid.errors import OutputError
from fervid.formats.sidecar import input_of, read_sidecar, sidecar_of

FACTS = {"fervid": "0.1.0", "input": "clip.mp4", "engine": "compact", "settings": {"every": 1}}
TIMELINE = Timeline(FERPLUS, (reading(0, 0.0, "happy", "sad"), reading(1, 0.04), reading(7, 5.28, "sad")), FACTS)
WITH_SIDECAR = [form for form in formats.FORMATS if form.sidecar]


@pytest.fixture(params=WITH_SIDECAR, ids=lambda form: form.name)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"talk{request.param.suffix}"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_says_how_the_result_was_made(target: Path) -> None:
    TIMELINE.save(target)
    assert names(target.parent) == [target.name, f"{target.name}.json"]
    content = json.loads(sidecar_of(target).read_text("utf-8"))
    assert content == {**FACTS, "result": target.name}
    if formats.by_suffix(target).readable:
        assert Timeline.load(target).provenance == content


def test_people_can_read_it(tmp_path: Path) -> None:
    Timeline(FERPLUS, TIMELINE.frames, {"input": "Gespräch.mp4"}).save(tmp_path / "talk.csv")
    text = (tmp_path / "talk.csv.json").read_text("utf-8")
    assert text == '{\n  "input": "Gespräch.mp4",\n  "result": "talk.csv"\n}\n'


def test_an_input_is_a_file_that_is_named() -> None:
    assert input_of({"input": "clip.mp4"}) == Path("clip.mp4")
    assert [input_of(facts) for facts in (None, {}, {"input": ""}, {"input": 5})] == [None] * 4


@pytest.mark.parametrize("form", [form for form in formats.FORMATS if form.readable], ids=lambda form: form.name)
def test_facts_that_are_no_text_are_kept(form: formats.Format, tmp_path: Path) -> None:
    facts = {**FACTS, "input": "caf\udce9.mp4"}
    Timeline(FERPLUS, TIMELINE.frames, facts).save(target := tmp_path / f"talk{form.suffix}")
    assert (Timeline.load(target).provenance or {})["input"] == "caf\udce9.mp4"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, the names of files are text")
def test_a_result_whose_name_is_no_text_has_one(tmp_path: Path) -> None:
    for form in WITH_SIDECAR:
        TIMELINE.save(target := tmp_path / f"caf\udce9{form.suffix}")
        assert (read_sidecar(target) or {})["result"] == target.name


@pytest.mark.parametrize("suffix", [form.suffix for form in WITH_SIDECAR if form.readable])
def test_it_goes_with_a_conversion(suffix: str, tmp_path: Path) -> None:
    TIMELINE.save(tmp_path / f"talk{suffix}")
    Timeline.load(tmp_path / f"talk{suffix}").save(tmp_path / "again.csv")
    assert read_sidecar(tmp_path / "again.csv") == {**FACTS, "result": "again.csv"}


def test_there_is_none_where_nothing_is_known_or_nobody_wants_it(target: Path) -> None:
    Timeline(FERPLUS, TIMELINE.frames).save(target)
    TIMELINE.save(target, sidecar=False, overwrite=True)
    assert names(target.parent) == [target.name]
    assert read_sidecar(target) is None


def test_an_interrupted_result_has_none(target: Path) -> None:
    with formats.create(target, TIMELINE.context()) as writer:
        writer.finish(partial=True)
    assert names(target.parent) == [f"{target.stem}.partial{target.suffix}"]


def test_a_result_that_is_discarded_leaves_none(target: Path) -> None:
    with formats.create(target, TIMELINE.context()):
        pass
    assert names(target.parent) == []


def test_a_file_of_that_name_that_fervid_did_not_write_is_kept(target: Path) -> None:
    sidecar_of(target).write_text('{"mine": 1}')
    with pytest.raises(
        OutputError, match=r"\.json' exists already; replace it with overwrite=True, or give sidecar=False"
    ):
        TIMELINE.save(target)
    assert names(target.parent) == [f"{target.name}.json"]
    TIMELINE.save(target, sidecar=False)
    assert sidecar_of(target).read_text() == '{"mine": 1}'
    assert read_sidecar(target) is None
    TIMELINE.save(target, overwrite=True)
    assert read_sidecar(target)


def test_one_whose_result_is_gone_is_replaced(target: Path) -> None:
    TIMELINE.save(target)
    target.unlink()
    Timeline(FERPLUS, TIMELINE.frames, {**FACTS, "input": "other.mp4"}).save(target)
    assert (read_sidecar(target) or {})["input"] == "other.mp4"


def test_a_folder_of_that_name_is_refused(target: Path) -> None:
    sidecar_of(target).mkdir()
    with pytest.raises(OutputError, match="is a folder; rename it, or give sidecar=False"):
        TIMELINE.save(target, overwrite=True)


@pytest.mark.parametrize("content", [b"", b"[]", b"[" * 100_000, b"\xff", b'{"fervid": 1}'])
def test_damage_is_no_obstacle_to_the_timeline(tmp_path: Path, content: bytes) -> None:
    TIMELINE.save(target := tmp_path / "talk.csv")
    sidecar_of(target).write_bytes(content)
    assert Timeline.load(target).provenance is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the test forks")
def test_it_never_stands_beside_a_file_that_it_does_not_describe(tmp_path: Path) -> None:
    """A process is killed before each step of replacing a result."""
    folders = [str(parent) for parent in Path(__file__).parents[:2]]
    script = KILLED.format(path=folders, target=str(tmp_path / "talk.csv"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = [tuple(line.split()) for line in done.stdout.splitlines()]
    assert found[0] == ("9", "3", "clip.mp4")
    assert found[-1] == ("0", "1", "new.mp4")
    assert set(found[:-1]) <= {("9", "3", "clip.mp4"), ("9", "3", "None"), ("9", "1", "None"), ("9", "1", "new.mp4")}
    assert ("9", "1", "None") in found
    TIMELINE.save(tmp_path / "talk.csv", overwrite=True)
    assert names(tmp_path) == ["talk.csv", "talk.csv.json"]


KILLED = """
import os, pathlib, sys
sys.path[:0] = {path!r}
from fervid import Timeline
from fervid.formats.sidecar import read_sidecar
from test_sidecar import FACTS, TIMELINE
target = pathlib.Path({target!r})
other = Timeline(TIMELINE.classes, TIMELINE.frames[:1], {{**FACTS, "input": "new.mp4"}})

def save_until(step):
    left = [step]
    def counted(function):
        def call(*args, **kwargs):
            if not left[0]:
                os._exit(9)
            left[0] -= 1
            return function(*args, **kwargs)
        return call
    for name in ("replace", "unlink", "write_text", "open"):
        setattr(pathlib.Path, name, counted(getattr(pathlib.Path, name)))
    other.save(target, overwrite=True)
    os._exit(0)

code, step = 9, 0
while code:
    TIMELINE.save(target, overwrite=True)
    child = os.fork()
    if not child:
        save_until(step)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(code, len(Timeline.load(target).frames), (read_sidecar(target) or {{"input": None}})["input"])
    step += 1
"""


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_it_stands_beside_the_name_that_the_user_wrote(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "talk.csv").symlink_to(tmp_path / "elsewhere" / "data")
    TIMELINE.save(tmp_path / "talk.csv")
    assert names(tmp_path) == ["elsewhere", "talk.csv", "talk.csv.json"]
