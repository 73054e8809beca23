"""The Dockerfiles: what they copy, install and run. Nothing is built, which takes Docker and a network."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fervid.core.packages import SYSTEM_LIBRARIES
from fervid.web.address import PORT

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("Dockerfile", "Dockerfile.nvidia")}

each = pytest.mark.parametrize("text", DOCKERFILES.values(), ids=DOCKERFILES)


@pytest.mark.parametrize("name", DOCKERFILES)
def test_hadolint_has_no_objection(name: str) -> None:
    program = shutil.which("hadolint", path=Path(sys.executable).parent)
    if program is None:
        pytest.skip("hadolint has no package for this system")
    said = subprocess.run([program, "--no-color", ROOT / name], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, "")


@each
def test_what_is_copied_exists_and_nothing_else_is_sent_to_docker(text: str) -> None:
    sources = set(" ".join(re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)).split())
    assert all((ROOT / source).exists() for source in sources)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == sources


@each
def test_the_last_stage_has_the_system_libraries_that_fervid_needs(text: str) -> None:
    last = text.rpartition("\nFROM ")[2]
    (packages,) = re.findall(r"--no-install-recommends (.*) \\", last)
    assert set(packages.split()) - {"python3"} == set(SYSTEM_LIBRARIES.values())


@each
def test_torch_is_the_tested_version_for_cpus(text: str) -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    (version,) = re.findall(r"^torch==(.*)$", constraints, re.MULTILINE)
    assert f"--extra-index-url https://download.pytorch.org/whl/cpu torch=={version}+cpu\n" in text


@each
def test_the_page_is_served_on_its_port_by_a_user_who_is_not_root(text: str) -> None:
    instructions = [line for line in text.splitlines() if re.match("USER|EXPOSE|ENTRYPOINT|CMD", line)]
    assert instructions == [
        "USER 1000",
        f"EXPOSE {PORT}",
        'ENTRYPOINT ["fervid"]',
        f'CMD ["live", "--serve", "0.0.0.0:{PORT}"]',
    ]
    assert f"HTTPConnection('127.0.0.1', {PORT}, " in text


def test_the_compiled_extra_exists() -> None:
    text = DOCKERFILES["Dockerfile.nvidia"]
    extras = re.findall(r"BACKEND=([\w-]+)", text)
    assert extras == ["tensorrt-cu12", "tensorrt"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all(f"\n{extra} = [" in project for extra in extras)
