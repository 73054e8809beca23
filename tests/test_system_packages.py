"""What a bare machine lacks is installed where that is allowed, and named where it is not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import system_packages
from system_packages import BROWSERS, main

from fervid.core.packages import SYSTEM_LIBRARIES

NEEDED = list(dict.fromkeys(SYSTEM_LIBRARIES.values()))


class Machine:
    """A machine without any of the packages, which records the commands that are run on it.

    Attributes:
        commands: The commands that it has.
        asks: Whether its sudo asks for a password.
        fails: Whether apt-get fails.
        ran: The commands that were run, without the question to sudo.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.commands = {"apt-get", "sudo"}
        self.asks = self.fails = False
        self.ran: list[list[str]] = []
        patch.setattr(system_packages, "has_library", lambda name: False)
        patch.setattr(system_packages, "find_spec", lambda name: object())
        patch.setattr(shutil, "which", lambda name: name if name in self.commands else None)
        patch.setattr(os, "geteuid", lambda: 1000)
        patch.setattr(sys, "platform", "linux")
        patch.setattr(subprocess, "run", self.run)

    def run(self, command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if list(command) == ["sudo", "-n", "true"]:
            return subprocess.CompletedProcess(command, int(self.asks))
        self.ran.append(list(command))
        return subprocess.CompletedProcess(command, 100 if self.fails else 0)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_sudo_that_asks_nothing_installs_them(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    update, install = machine.ran
    assert update == ["sudo", "-n", "apt-get", "update", "-q"]
    assert install[:2] == ["sudo", "-n"]
    assert install[-len(NEEDED) :] == NEEDED
    assert capsys.readouterr().err == ""


def test_root_installs_them(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    machine.commands.remove("sudo")
    assert main([]) == 0
    assert machine.ran[0] == ["apt-get", "update", "-q"]


@pytest.mark.parametrize("reason", ["a sudo that asks", "no sudo", "no apt-get", "apt-get fails"])
def test_where_it_is_not_allowed_they_are_named_in_one_line(
    reason: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.asks = reason == "a sudo that asks"
    machine.fails = reason == "apt-get fails"
    machine.commands -= {reason.removeprefix("no ")}
    assert main([]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"run: sudo apt-get install {' '.join(NEEDED)} (" in line
    assert len(machine.ran) == machine.fails


def test_the_groups_add_theirs(machine: Machine) -> None:
    assert main(["display", "browser"]) == 0
    added = machine.ran[-1][machine.ran[-1].index(NEEDED[-1]) + 1 :]
    assert added == ["libsm6", "libxext6", "libx11-6", "xvfb", "xdotool", "openbox", "chromium"]


@pytest.mark.parametrize("command", BROWSERS)
def test_any_chromium_will_do(command: str, machine: Machine) -> None:
    machine.commands.add(command)
    assert "chromium" not in system_packages.missing(["browser"])


def test_where_nothing_is_missing_nothing_is_run(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "has_library", lambda name: True)
    assert main([]) == 0
    assert machine.ran == []


def test_a_python_without_venv_gets_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "find_spec", lambda name: None)
    assert f"python{sys.version_info[0]}.{sys.version_info[1]}-venv" in system_packages.missing()


def test_an_unknown_group_is_one_line(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["screen"]) == 2
    assert capsys.readouterr().err == "there is no group screen; choose from display, browser, sound, shells\n"


def test_it_runs_with_the_standard_library_alone(root: Path) -> None:
    """As in a clone before anything is installed."""
    command = [sys.executable, "-I", "-S", str(root / "tests" / "system_packages.py"), "screen"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_the_readme_names_the_libraries(root: Path) -> None:
    found = re.search(r"sudo apt-get install (lib.+)", (root / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    assert found[1].split() == NEEDED
