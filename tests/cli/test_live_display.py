"""The lines and the exit code of ``fervid live`` with several sources."""

from __future__ import annotations

import pytest

from fervid.cli.live_display import Display, show
from fervid.cli.reporter import Reporter
from fervid.errors import SourceError
from fervid.live.group import LiveGroup
from fervid.live.session import Recordings
from fervid.settings import Settings
from fervid.sources.paced import Paced
from fervid.testing import FakeSource

pytestmark = pytest.mark.realtime


def group(*sources: FakeSource) -> LiveGroup:
    settings = Settings(detector="haar", backend="pytorch")
    return LiveGroup(settings, [lambda each=each: Paced(each) for each in sources], Recordings())


def source(seconds: float, error: BaseException | None = None) -> FakeSource:
    return FakeSource([at / 20 for at in range(round(20 * seconds))], fails_at=3 if error else None, error=error)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            SourceError("fake.mp4 has stalled", "give reconnect=True to try again"),
            "fervid: fake.mp4 has stalled; give --reconnect to try again; the other sources go on",
        ),
        (SourceError("the device is gone"), "fervid: fake.mp4: the device is gone; the other sources go on"),
    ],
    ids=["with its name", "without its name"],
)
def test_a_source_that_fails_is_one_line_and_exit_code_1_at_the_end(
    error: SourceError, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(group(source(1, error), source(0.6)), Display(), Reporter(), lambda: False) == 1
    assert capsys.readouterr().err.splitlines() == [line]


def test_a_source_that_ends_is_one_line_and_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(group(source(0.2), source(0.6)), Display(), Reporter(), lambda: False) == 0
    assert capsys.readouterr().err.splitlines() == ["fake.mp4 has ended; the others go on"]
