"""Expansion of files, folders and patterns to sources."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.errors import SourceError
from fervid.sources import PICTURE_SUFFIXES, VIDEO_SUFFIXES, expand, open_source
from fervid.sources.folder_tree import natural_order
from fervid.sources.inputs import BadInput, Input, expand_pictures


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of recordings, photographs and other files, whose root is the working folder."""
    for name in (
        *("day/clip10.mp4", "day/clip2.MOV", "day/clip1.mkv", "day/notes.txt", "day/._clip1.mkv", "day/still.png"),
        *("day/night/clip3.mp4", "album/img2.png", "album/img10.jpg", "papers/a.txt", "odd/clip.dat", "odd/[x].mp4"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(found: Sequence[Input | BadInput]) -> list[str]:
    return [item.path.as_posix() if isinstance(item, Input) else "!" + item.error.problem for item in found]


def paths(inputs: Sequence[str], *, recursive: bool = False) -> list[Path]:
    return [item.path for item in expand(inputs, recursive=recursive) if isinstance(item, Input)]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (["day/clip2.MOV"], ["day/clip2.MOV"]),
        (["day"], ["day/clip1.mkv", "day/clip2.MOV", "day/clip10.mp4"]),
        (["album"], ["album"]),
        (["album/img2.png"], ["album/img2.png"]),
        (["odd/clip.dat"], ["odd/clip.dat"]),
        (["odd/[x].mp4"], ["odd/[x].mp4"]),
        (["day/*.m[kp]*"], ["day/clip1.mkv", "day/clip10.mp4"]),
        (["day/*"], ["day/clip1.mkv", "day/clip2.MOV", "day/clip10.mp4", "day/still.png"]),
        (["day/clip?.*"], ["day/clip1.mkv", "day/clip2.MOV"]),
        (["odd/*.dat"], ["odd/clip.dat"]),
        (["**/clip*.mp4"], ["day/clip10.mp4", "day/night/clip3.mp4"]),
        (["day/**"], ["day/clip1.mkv", "day/clip2.MOV", "day/clip10.mp4", "day/night/clip3.mp4", "day/still.png"]),
        (["day/clip10.mp4", "day", "./day/clip1.mkv"], ["day/clip10.mp4", "day/clip1.mkv", "day/clip2.MOV"]),
        ([], []),
    ],
    ids=str,
)
def test_inputs_become_sources_in_natural_order_without_duplicates(
    tree: Path, inputs: list[str], expected: list[str]
) -> None:
    assert names(expand(inputs)) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("missing.mp4", "'missing.mp4' does not exist"),
        ("day/notes.txt/clip.mp4", "'day/notes.txt/clip.mp4' does not exist"),
        ("papers", "'papers' has no videos"),
        ("*.mp4", "no file matches '*.mp4'"),
        ("missing/**/*", "no file matches 'missing/**/*'"),
        ("papers/*", "no file matches 'papers/*'"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="problems are shown with the system's own separator")
def test_a_bad_input_is_replaced_by_its_error_and_affects_no_other(tree: Path, text: str, problem: str) -> None:
    assert names(expand(["day/clip1.mkv", text, "album"])) == ["day/clip1.mkv", "!" + problem, "album"]


def test_links_are_sources_of_their_own(tree: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        (tree / name).symlink_to(tree / "day" / "clip10.mp4")
    assert names(expand(["one.mp4", "two.mp4", "./one.mp4"])) == ["one.mp4", "two.mp4"]


@pytest.mark.parametrize("suffix", ["h264", "LRV", "3gpp", "insv", "h265", "ivf", "dav", "mod"])
def test_a_folder_stands_for_videos_of_every_camera(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"clip.{suffix}").touch()
    assert paths([str(tmp_path)]) == [tmp_path / f"clip.{suffix}"]


def test_what_a_folder_passes_over_is_counted_and_named(tree: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fervid")
    expand(["day"])
    assert caplog.messages == [
        "'day': 2 files that are no videos are passed over: notes.txt, still.png",
        "'day': 1 subfolder is passed over: night; recursive=True reads them",
    ]
    caplog.clear()
    for number in range(6):
        (tree / "day" / f"{number}.txt").touch()
    expand(["day"])
    assert caplog.messages[0].endswith(
        "8 files that are no videos are passed over: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 3 more"
    )


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study as researchers keep it, whose parent is the working folder."""
    for name in (
        *("P01/webcam.mp4", "P01/notes.txt", "P02/day2/webcam.mov", "P10/frames/1.png", "P10/frames/2.png"),
        *("consent.png", ".git/big.mp4", "P01/.cache/old.mp4", "P03/readme.txt"),
    ):
        (tmp_path / "study" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "study" / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "study"


ALL = ["study/P01/webcam.mp4", "study/P02/day2/webcam.mov", "study/P10/frames"]


def test_subfolders_are_read_and_what_is_passed_over_there_is_counted_and_named(
    study: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "fervid")
    (study / "lost.mp4").symlink_to("nowhere.mp4")
    (study / "unknown.mp4").symlink_to("x" * 300)  # the system refuses to look there
    assert names(expand(["study"], recursive=True)) == ALL
    assert [message.replace(os.sep, "/") for message in caplog.messages] == [
        "'study': 2 hidden folders are passed over: .git, P01/.cache",
        "'study': 3 files that are no videos are passed over: consent.png, P01/notes.txt, P03/readme.txt",
        "'study': 2 links that lead nowhere are passed over: lost.mp4, unknown.mp4",
    ]


def test_a_folder_without_videos_says_how_its_subfolders_are_read(study: Path) -> None:
    (bad,) = expand(["study/P02"])
    assert isinstance(bad, BadInput)
    assert str(bad.error) == f"'{Path('study/P02')}' has no videos; read its subfolders with recursive=True"
    (bad,) = expand(["study/P03"], recursive=True)
    assert isinstance(bad, BadInput)
    assert "has no videos in it or in its subfolders; give a file" in str(bad.error)


def test_loops_of_links_end_and_each_folder_is_read_once(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fervid")
    outside = study.parent / "archive" / "P20"
    outside.mkdir(parents=True)
    (outside / "webcam.mp4").touch()
    (outside / "back").symlink_to(study, target_is_directory=True)
    (study / "A-again").symlink_to(study, target_is_directory=True)
    (study / "P01" / "up").symlink_to("..", target_is_directory=True)
    (study / "P20").symlink_to(outside, target_is_directory=True)
    assert names(expand(["study"], recursive=True)) == [*ALL, "study/P20/webcam.mp4"]
    assert any("3 links to folders that are read already are passed over: " in message for message in caplog.messages)
    found = names(expand(["study/**/*.mp4"]))
    assert found == ["study/P01/webcam.mp4", "study/P20/webcam.mp4"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_subfolder_that_cannot_be_read_stops_no_other(study: Path) -> None:
    (study / "P02").chmod(0)
    found = names(expand(["study"], recursive=True))
    (study / "P02").chmod(0o755)
    assert found == [ALL[0], ALL[2], "!'study/P02' cannot be read: permission denied"]


def test_pictures_of_subfolders_are_single_pictures_for_photo(study: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fervid")
    found = names(expand_pictures(["study"], recursive=True))
    assert found == ["study/consent.png", "study/P10/frames/1.png", "study/P10/frames/2.png"]
    assert "4 files that are no pictures are passed over" in caplog.text


@pytest.mark.parametrize("address", ["https://example.org/clip.mp4", "rtsp://camera/stream"])
def test_an_address_is_no_file(tree: Path, address: str) -> None:
    assert names(expand([address])) == [f"!'{address}' is an address, not a file"]
    with pytest.raises(SourceError, match="fervid live"):
        open_source(Path(address))


def test_an_absolute_pattern(tree: Path) -> None:
    assert paths([str(tree / "day" / "*.mp4")]) == [tree / "day" / "clip10.mp4"]


def test_a_dash_is_standard_input() -> None:
    assert paths(["-"]) == [Path("/dev/stdin")]


def test_a_tilde_is_the_home_folder(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tree))
    monkeypatch.setenv("USERPROFILE", str(tree))
    assert paths(["~/day/clip10.mp4", "~/day/clip1.*"]) == [tree / "day/clip10.mp4", tree / "day/clip1.mkv"]


def test_a_tilde_without_such_a_user_is_part_of_the_name(tree: Path) -> None:
    (tree / "~clip.mp4").touch()
    assert paths(["~clip.mp4"]) == [Path("~clip.mp4")]
    assert names(expand(["~nobody-of-that-name/clip.mp4"])) == ["!'~nobody-of-that-name/clip.mp4' does not exist"]


def test_natural_order_compares_numbers_and_puts_them_before_letters(tmp_path: Path) -> None:
    ordered = ["2.mp4", "10.mp4", "a.mp4", "A2.mp4", "a02.mp4", "a10.mp4", "b.mp4", "b1c2.mp4", "b1c10.mp4"]
    for name in sorted(ordered):
        (tmp_path / name).touch()
    assert paths([str(tmp_path)]) == [tmp_path / name for name in ordered]


@given(st.lists(st.text("ab1029²٣._-", min_size=1, max_size=8)))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    folder = Path("folder")
    in_order = natural_order([folder / name for name in names])
    assert sorted(in_order) == sorted(folder / name for name in names)
    assert natural_order(reversed(in_order)) == in_order


def test_every_suffix_is_of_a_video_or_of_a_picture() -> None:
    assert not VIDEO_SUFFIXES & PICTURE_SUFFIXES
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in VIDEO_SUFFIXES | PICTURE_SUFFIXES)


def test_neither_ffmpeg_nor_opencv_is_loaded_before_a_source_is_opened() -> None:
    script = "import sys, fervid.sources; fervid.sources.expand(['.']); print({'av', 'cv2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
