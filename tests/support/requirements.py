"""A pytest plugin for tests that need more than a clone of the repository: private data, a browser, a schema.

Such a test bears the marker of what it needs. Where that is absent the test is skipped, and the last line of the run
says so; where the environment variable FERVID_REQUIRE lists the marker, the test fails instead. A test that asks for
one of the fixtures below without the marker ends the run, so that no test can come to depend on them unnoticed.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from system_packages import DISPLAY_COMMANDS, SHELLS

from support import elan_schema, lsl_network, pycuda_build, ray_nodes, sound_server
from support.browser import SharedBrowser, browser_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent.parent
NO_DATA = "no data while tests are collected"
DATA_PARTS = ("videos", "data/fer2013", "data/ck48")


@dataclass(frozen=True)
class Requirement:
    """Something that some tests need and a bare clone lacks.

    Attributes:
        marker: The marker that these tests bear.
        noun: What it is, as in "needs a browser".
        fixtures: The fixtures that only they may use.
        missing: Returns what is missing, in words; empty where all is there.
    """

    marker: str
    noun: str
    fixtures: tuple[str, ...]
    missing: Callable[[], str]


def data_folder() -> Path:
    """Return the folder of the real clips and the research data, whether it exists or not."""
    return Path(os.environ.get("FERVID_TEST_DATA") or ROOT.parent / "shared")


@pytest.fixture(scope="session")
def shared_browser() -> Iterator[SharedBrowser]:
    """Yield the browser of all tests, which is not started yet."""
    shared = SharedBrowser()
    yield shared
    shared.close()


@pytest.fixture
def browser(shared_browser: SharedBrowser) -> Iterator[Browser]:
    """Yield Chromium without a window; needs the marker `browser`."""
    with shared_browser.lent() as browser:
        yield browser


def _missing_data() -> str:
    absent = [part for part in DATA_PARTS if not (data_folder() / part).is_dir()]
    return f"{data_folder()} has no {', '.join(absent)}" if absent else ""


def _missing_display() -> str:
    absent = [tool for tool in DISPLAY_COMMANDS if shutil.which(tool) is None]
    return f"{', '.join(absent)} not found" if absent else ""


def _missing_browser() -> str:
    return "" if browser_path() else "Chromium not found"


def _missing_shells() -> str:
    absent = [shell for shell in SHELLS if shutil.which(shell) is None]
    return f"{', '.join(absent)} not found" if absent else ""


@pytest.fixture(scope="session")
def elan_schema_file() -> Path:
    """Return the schema of ELAN's files; needs the marker `schema`."""
    return elan_schema.find()


REQUIREMENTS = (
    Requirement("data", "private data", ("real_data", "real_clips"), _missing_data),
    Requirement("display", "a virtual screen", ("screen",), _missing_display),
    Requirement("browser", "a browser", ("browser", "shared_browser"), _missing_browser),
    Requirement("cuda_bench", "PyCUDA", ("loaded_driver", "run_python"), pycuda_build.missing),
    Requirement("schema", "ELAN's schema", ("elan_schema_file",), elan_schema.missing),
    Requirement("lsl", "the Lab Streaming Layer", ("lsl_network",), lsl_network.missing),
    Requirement("ray", "Ray", ("ray_nodes",), ray_nodes.missing),
    Requirement("sound", "a sound server", ("server_of_sound",), sound_server.missing),
    Requirement("shells", "shells", (), _missing_shells),
)

_LACKS = pytest.StashKey[dict[str, str]]()
_LACK = "lack"


def _required() -> set[str]:
    names = {name.strip() for name in os.environ.get("FERVID_REQUIRE", "").split(",")} - {""}
    unknown = sorted(names - {requirement.marker for requirement in REQUIREMENTS})
    if unknown:
        known = ", ".join(requirement.marker for requirement in REQUIREMENTS)
        raise pytest.UsageError(f"FERVID_REQUIRE names {', '.join(unknown)}; it may name {known}")
    return names


def pytest_configure(config: pytest.Config) -> None:
    """Check what FERVID_REQUIRE names."""
    _required()
    config.stash[_LACKS] = {}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect as if there were no data, so that a module that reads it outside its marked tests fails in every run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FERVID_TEST_DATA", NO_DATA)
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End the run where a test uses a fixture without the marker that goes with it."""
    for requirement in REQUIREMENTS:
        for item in items:
            used = set(requirement.fixtures).intersection(getattr(item, "fixturenames", ()))
            if used and item.get_closest_marker(requirement.marker) is None:
                raise pytest.UsageError(
                    f"{item.nodeid} uses the fixture {min(used)}; mark it with pytest.mark.{requirement.marker}"
                )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that lacks what it needs, or fail it where that was required."""
    lacks = item.config.stash[_LACKS]
    for requirement in REQUIREMENTS:
        marker = requirement.marker
        if item.get_closest_marker(marker) is None:
            continue
        if marker not in lacks:  # looked for once, and only where a test wants it, because it may have to be fetched
            lacks[marker] = requirement.missing()
        if not lacks[marker]:
            continue
        if marker in _required():
            pytest.fail(f"FERVID_REQUIRE names {marker}, but {lacks[marker]}; see CONTRIBUTING.md", pytrace=False)
        item.user_properties.append((_LACK, [marker, lacks[marker]]))
        pytest.skip(f"needs {marker}: {lacks[marker]}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Say in the last line which tests were skipped for want of what."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker of pytest-xdist
        return
    reports = reporter.stats.get("skipped", [])
    found = [value for report in reports for key, value in report.user_properties if key == _LACK]
    counts, lacks = Counter(marker for marker, _ in found), dict(found)
    reasons = [
        f"{counts[requirement.marker]} for lack of {requirement.noun} ({lacks[requirement.marker]})"
        for requirement in REQUIREMENTS
        if counts[requirement.marker]
    ]
    if reasons:
        reporter.write_line(f"Tests skipped: {', '.join(reasons)}; CONTRIBUTING.md says how to get it.", yellow=True)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder with the real clips and the research data, which are not committed; needs the marker `data`."""
    if lack := _missing_data():
        pytest.fail(f"{lack}; mark the test with pytest.mark.data", pytrace=False)
    return data_folder()


@pytest.fixture(scope="session")
def real_clips(real_data: Path) -> Path:
    """Return the folder of the real clips and their labels; needs the marker `data`."""
    return real_data / "videos"
