"""What holds for every writer, whatever it writes."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import pytest
from writer_inputs import frames, info, reading

from fervid.core.emotions import FERPLUS
from fervid.errors import OutputError
from fervid.formats.base import Writer
from fervid.formats.csv import CsvWriter
from fervid.formats.picture import PictureWriter
from fervid.formats.video import VideoWriter

Make = Callable[..., Writer]

WRITERS: dict[str, Make] = {
    "timeline.csv": lambda target, **options: CsvWriter(target, FERPLUS, **options),
    "clip.mp4": lambda target, **options: VideoWriter(target, info(), **options),
    "clip.mov": lambda target, **options: VideoWriter(target, info(), **options),
    "clip.mkv": lambda target, **options: VideoWriter(target, info(), **options),
    "picture.png": PictureWriter,
    "picture.jpg": PictureWriter,
}


@pytest.fixture(params=WRITERS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


@pytest.fixture
def make(target: Path) -> Make:
    return WRITERS[target.name]


def fill(writer: Writer, target: Path) -> None:
    for frame in frames(1 if target.stem == "picture" else 5):
        writer.write(frame, reading(frame.index, frame.time, "happy"))


def parses(path: Path) -> bool:
    """Whether `path` holds what `fill` wrote."""
    if path.suffix == ".csv":
        with path.open(newline="") as stream:
            return len(list(csv.reader(stream))) == 6
    if path.suffix in (".png", ".jpg"):
        return cv2.imread(str(path)).shape == (64, 96, 3)
    with av.open(str(path)) as container:
        return len(list(container.decode(video=0))) == 5


def test_a_finished_file_is_complete_and_alone(make: Make, target: Path) -> None:
    with make(target) as writer:
        fill(writer, target)
        assert not target.exists()
        assert writer.finish() == target
    assert parses(target)
    assert list(target.parent.iterdir()) == [target]


def test_discarding_leaves_nothing(make: Make, target: Path) -> None:
    with make(target) as writer:
        fill(writer, target)
        writer.discard()
    assert list(target.parent.iterdir()) == []


def test_an_exception_discards(make: Make, target: Path) -> None:
    def stumble() -> None:
        with make(target) as writer:
            fill(writer, target)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    assert list(target.parent.iterdir()) == []


def test_discarding_after_the_end_does_nothing(make: Make, target: Path) -> None:
    with make(target) as writer:
        fill(writer, target)
        writer.finish()
        writer.discard()
    assert parses(target)


def test_an_existing_file_is_refused_before_any_work(make: Make, target: Path) -> None:
    target.write_text("mine")
    with pytest.raises(OutputError, match=r"exists; give --overwrite"):
        make(target)
    assert target.read_text() == "mine"
    assert list(target.parent.iterdir()) == [target]


def test_an_existing_file_stays_until_the_new_one_is_complete(make: Make, target: Path) -> None:
    target.write_text("mine")
    with make(target, overwrite=True) as writer:
        fill(writer, target)
        assert target.read_text() == "mine"
        writer.finish()
    assert parses(target)


def test_discarding_leaves_an_existing_file(make: Make, target: Path) -> None:
    target.write_text("mine")
    with make(target, overwrite=True) as writer:
        fill(writer, target)
    assert target.read_text() == "mine"
    assert list(target.parent.iterdir()) == [target]


def test_an_interrupted_run_keeps_what_it_has(make: Make, target: Path) -> None:
    with make(target) as writer:
        fill(writer, target)
        assert writer.finish(partial=True) == target
    assert parses(target)


def test_an_interrupted_run_does_not_replace_a_complete_file(make: Make, target: Path) -> None:
    target.write_text("mine")
    beside = target.with_name(f"{target.stem}.partial{target.suffix}")
    with make(target, overwrite=True) as writer:
        fill(writer, target)
        assert writer.finish(partial=True) == beside
    assert target.read_text() == "mine"
    assert parses(beside)


def test_a_file_that_appears_meanwhile_is_not_replaced(make: Make, target: Path) -> None:
    beside = target.with_name(f"{target.stem}.partial{target.suffix}")
    with make(target) as writer:
        fill(writer, target)
        target.write_text("mine")
        assert writer.finish() == beside
    assert target.read_text() == "mine"
    assert parses(beside)


def test_a_missing_folder_is_refused(make: Make, target: Path) -> None:
    with pytest.raises(OutputError, match="folder does not exist"):
        make(target.parent / "nowhere" / target.name)


def test_a_folder_as_target_is_refused(make: Make, target: Path) -> None:
    target.mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        make(target, overwrite=True)


def test_a_device_is_never_replaced(make: Make, target: Path) -> None:
    target.symlink_to("/dev/null")
    with pytest.raises(OutputError, match="not a regular file"):
        make(target, overwrite=True)


def test_a_link_is_followed_and_stays(make: Make, target: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / target.name
    real.parent.mkdir()
    target.symlink_to(real)
    with make(target) as writer:
        fill(writer, target)
        assert writer.finish() == target
    assert target.is_symlink()
    assert parses(real)


def test_the_longest_name_is_taken(make: Make, target: Path) -> None:
    long = target.with_name("n" * (255 - len(target.suffix)) + target.suffix)
    with make(long) as writer:
        fill(writer, target)
        assert writer.finish() == long


def test_a_frame_is_never_painted_on(make: Make, target: Path) -> None:
    frame = frames(1)[0]
    frame.image.flags.writeable = False
    with make(target) as writer:
        writer.write(frame, reading(0, 0.0, "happy"))


FULL_DISK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_format_contract import WRITERS
from writer_inputs import noisy_frames, reading
from fervid.errors import OutputError
# From here on, or else a byte code file that Python keeps would be cut short too.
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
target = Path({target!r})
try:
    with WRITERS[target.name](target) as writer:
        for frame in noisy_frames(1 if target.stem == "picture" else 120):
            writer.write(frame, reading(frame.index, frame.time, *["happy"] * 9))
        writer.finish()
except OutputError as error:
    print(error)
"""


def test_a_file_that_may_not_grow_is_one_clear_line_and_leaves_nothing(target: Path) -> None:
    script = FULL_DISK.format(limit=4096, here=str(Path(__file__).parent), target=str(target))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert f"{target} cannot be written: file too large" in done.stdout
    assert list(target.parent.iterdir()) == []
