"""The document about the installation knows every extra, and what fervid itself needs of the system."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.installed_sizes import IN_THE_IMAGE, Project, size
from fervid.core.packages import SYSTEM_LIBRARIES


def test_it_names_each_extra_and_each_system_library(root: Path) -> None:
    text = (root / "docs" / "install.md").read_text(encoding="utf-8")
    first_column = " ".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE))
    assert set(re.findall(r"`([\w-]+)`", first_column)) == set(Project().extras) - {"dev", "docs", "fuzz"}
    (command,) = re.findall(r"apt-get install (.*)", text)
    assert set(command.split()) == set(SYSTEM_LIBRARIES.values())


def test_an_extra_counts_what_it_adds_with_the_extras_that_it_includes() -> None:
    project = Project()
    bare = project.packages()
    assert {"torch", "sympy", "matplotlib"} <= bare
    assert {"scikit-learn", "joblib", "optuna"} <= project.packages("tune") - bare
    assert "fervid" not in project.packages("tune")


def test_the_image_has_a_part_of_the_extra(root: Path) -> None:
    project = Project()
    alone = project.packages(more=[IN_THE_IMAGE]) - project.packages()
    assert IN_THE_IMAGE in alone < project.packages("openvino") - project.packages()
    assert f"pip install -c constraints.txt . {IN_THE_IMAGE} " in (root / "Dockerfile").read_text(encoding="utf-8")


def test_what_is_not_installed_is_named_beside_the_sum() -> None:
    measured = size(["packaging", "no-such-package"])
    assert 0.1 < measured.megabytes < 10
    assert measured.missing == ("no-such-package",)
