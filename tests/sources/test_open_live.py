"""The choice of a live source by what the user names, and options that do not apply to it."""

from __future__ import annotations

import pytest

from fervid.errors import UsageError
from fervid.sources import open_live


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("clip.mp4", {"size": (640, 480)}, "'clip.mp4' is not a camera; leave out size"),
        ("rtsp://host/a", {"rate": 15.0}, "is not a camera"),
        ("rtsp://host/a", {"start": True}, "'rtsp://host/a' is not a file; leave out start, end and stream"),
        ("rtsp://host/a", {"stream": 2}, "leave out start, end and stream"),
        ("clip.mp4", {"reconnect": True}, "'clip.mp4' is not a camera or a stream; leave out reconnect"),
    ],
)
def test_options_for_another_kind_of_source_are_refused(source: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_live(source, **options)  # type: ignore[arg-type]
