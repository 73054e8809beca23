"""Folders that appear, or replace earlier ones, only when they are complete."""

from __future__ import annotations

from pathlib import Path

from fervid.core.whole_folders import replacing_folder


def test_two_that_replace_one_folder_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """As two processes do where the file system has no locks."""
    folder = tmp_path / "engine"
    with replacing_folder(folder) as slow:
        (slow / "slow").touch()
        with replacing_folder(folder) as quick:
            (quick / "quick").touch()
        assert [path.name for path in folder.iterdir()] == ["quick"]
    assert [path.name for path in folder.iterdir()] == ["slow"]
    assert list(tmp_path.iterdir()) == [folder]
