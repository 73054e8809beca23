"""The files about the project itself: citation, forms for issues, hooks for commits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema import main as check_jsonschema

import fervid

ROOT = Path(__file__).resolve().parent.parent
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def check(path: Path, schema: str) -> None:
    """Fail if a file does not have the form that a published schema describes."""
    arguments = ["--builtin-schema", f"vendor.{schema}", "--force-filetype", "yaml", str(path)]
    check_jsonschema(arguments, standalone_mode=False)


def test_the_citation_has_the_form_that_readers_of_it_expect() -> None:
    check(ROOT / "CITATION.cff", "citation-file-format")


def test_the_citation_names_the_newest_version_of_the_changelog() -> None:
    citation = load(ROOT / "CITATION.cff")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, state = re.findall(r"^## ([\d.]+) \((.*)\)$", changelog, re.MULTILINE)[0]
    assert citation["version"] == version == fervid.__version__
    assert str(citation.get("date-released", "unreleased")) == state


def test_the_citation_says_of_the_package_what_the_package_says() -> None:
    citation = load(ROOT / "CITATION.cff")
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'license = "{citation["license"]}"\n' in text
    assert f'authors = [{{ name = "{citation["authors"][0]["name"]}" }}]\n' in text
    quoted = ", ".join(f'"{keyword}"' for keyword in citation["keywords"])
    assert f"keywords = [{quoted}]\n" in text


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_forms_for_issues_have_the_form_that_github_expects(form: Path) -> None:
    check(form, "github-issue-config" if form.stem == "config" else "github-issue-forms")


def test_hooks_run_the_programs_of_make_lint_and_make_types() -> None:
    (repository,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    hooks = repository["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}  # so that the versions are those of constraints.txt
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = re.findall(r"^(?:lint|types): .*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    made = {program for rule in rules for program in re.findall(r"\$\(BIN\)/([\w-]+)", rule)}
    assert {hook["entry"].split()[0] for hook in hooks} == made | {"check-jsonschema"}
