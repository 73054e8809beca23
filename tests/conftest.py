"""Fixtures that every test may use."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support.footage import Footage

# Threads that wait for each other make small networks many times slower while other processes use the same cores.
# OpenMP reads this when torch is first imported, here and in the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

pytest_plugins = [
    "support.drawn_data",
    "support.lsl_network",
    "support.package_index",
    "support.ray_nodes",
    "support.requirements",
    "support.time_limit",
]

settings.register_profile("fervid", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("fervid")

ROOT = Path(__file__).resolve().parent.parent


def shared_folder(temporary: Path, name: str) -> Path:
    """Return a folder that the processes of pytest-xdist share, where `temporary` is the temporary folder of one."""
    folder = (temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary) / name
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session", autouse=True)
def built_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep compiled engines in a folder of the tests, so that no test finds the user's or leaves one there.

    The processes of pytest-xdist share it, so that each engine is compiled once.
    """
    folder = shared_folder(tmp_path_factory.getbasetemp(), "built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FERVID_ENGINES", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Let signals reach the tests and the commands they start, also in the background of a shell and below nohup."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def restored_log() -> None:
    """Restore fervid's log before a test, because a command takes it for itself, in fixtures of modules too."""
    log = logging.getLogger("fervid")
    log.handlers, log.propagate = [], True
    log.setLevel(logging.NOTSET)


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the top folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """Return the clips of a real face by their names; the processes of pytest-xdist share them."""
    return Footage(shared_folder(tmp_path_factory.getbasetemp(), "footage"))


@pytest.fixture(scope="session")
def assets() -> Path:
    """Return the folder of MediaPipe's detector models; fervid itself downloads those that are missing."""
    from fervid.detect import assets

    return assets.find("mediapipe").parent


@pytest.fixture(scope="session")
def drawn_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip of three drawn faces that lasts a second and has sound."""
    from samples.clips import CLIPS
    from samples.render import adapted, render

    return render(adapted(CLIPS["faces"], (320, 180), 1.0), tmp_path_factory.mktemp("drawn"))
