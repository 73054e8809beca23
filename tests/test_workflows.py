"""The workflows are safe, name what exists, and test every Python that fervid supports."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import coverage_by_room
import pytest

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)


def test_zizmor_finds_nothing_that_an_attacker_could_use() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    command = [zizmor, "--offline", "--quiet", ROOT / ".github"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake (\w+)", TEXT))))
def test_the_makefile_has_what_the_workflows_make(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_programs_that_the_workflows_run_exist() -> None:
    programs = set(re.findall(r"\bpython (\w+/\w+\.py)", TEXT))
    assert programs
    assert [program for program in programs if not (ROOT / program).is_file()] == []


def test_the_workflow_and_the_coverage_choose_the_tests_of_make_test() -> None:
    choices = re.compile(r"-m (?:'([^']+)'|(realtime|cuda_bench)\b)")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    made, worked = ({quoted or word for quoted, word in choices.findall(text)} for text in (makefile, TEXT))
    assert made == worked == {run[-1] for run in coverage_by_room.RUNS}


def test_every_supported_python_is_tested_on_every_system() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    supported = re.findall(r"Python :: (3\.\d+)", project)
    matrices = re.findall(r"os: \[(.*)\]\n +python: \[(.*)\]", TEXT)
    assert len(matrices) == 2
    for systems, pythons in matrices:
        assert systems == "ubuntu-latest, macos-latest, windows-latest"
        assert re.findall(r"[\d.]+", pythons) == supported
