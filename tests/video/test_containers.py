"""The one place where FFmpeg opens a file, an address or a device."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.clips import grey, write_clip

from fervid.video.containers import create_file, open_file, read_tag

NAMES = ["12:30:05 talk.mp4", "concat:a.mp4", "pipe:1.mp4", "http:clip.mp4"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_clip(Path("plain.mp4"), [grey(50)] * 3).rename(name)
    with open_file(Path(name)) as container:
        assert container.streams.video[0].frames == 3


@pytest.mark.parametrize("name", NAMES)
def test_names_of_new_files_are_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with create_file(Path(name)) as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 64, 48
        container.start_encoding()
    assert (tmp_path / name).stat().st_size > 0


def test_tags_that_are_not_utf_8_are_replaced(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mkv", [grey(50)], tags={"title": "Café"}, tag_encoding="latin-1")
    with open_file(path) as container:
        assert read_tag(container, "title") == "Caf\N{REPLACEMENT CHARACTER}"


def test_nothing_else_opens_containers(root: Path) -> None:
    opening = [
        path.relative_to(root).as_posix()
        for path in (root / "fervid").rglob("*.py")
        if re.search(r"\bav\.open\((?!io\.BytesIO)", path.read_text(encoding="utf-8"))
    ]
    assert opening == ["fervid/video/containers.py"]
