"""The contract of every format in the registry, under every policy of naming."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import pyarrow.parquet as pq
import pysubs2
import pytest
import webvtt
from praatio import textgrid
from pympi import Eaf
from writer_inputs import frames, info, reading

from fervid import formats
from fervid.core.emotions import FERPLUS
from fervid.draw.painter import Painter
from fervid.errors import OutputError, UsageError
from fervid.formats.base import Format, Writer
from fervid.formats.context import Context
from fervid.formats.file_output import Atomic, FileOutput, InPlace
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.photo_table import PhotoReading

WRITTEN = formats.of_kind("timeline", "segments", "video", "picture")
TABLES = formats.of_kind("table")


def csv_rows(path: Path) -> int:
    with path.open(newline="") as stream:
        return len(list(csv.reader(stream, strict=True))) - 1


def parquet_rows(path: Path) -> int:
    return int(pq.read_table(path).num_rows)


def json_lines(path: Path) -> int:
    return len([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()])


def video_frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return len(list(container.decode(video=0)))


def whole_picture(path: Path) -> int:
    return int(cv2.imread(str(path)).shape == (64, 96, 3))


def segment_frames(path: Path) -> int:
    with path.open(newline="") as stream:
        return sum(int(row["frames"]) for row in csv.DictReader(stream, strict=True))


def frames_in(seconds: float) -> int:
    """The number of frames that last so long."""
    return round(seconds / 0.04)


def elan_frames(path: Path) -> int:
    found = Eaf(str(path))
    return frames_in(sum(end - start for start, end, _ in found.get_annotation_data_for_tier("face 1")) / 1000)


def praat_frames(path: Path) -> int:
    (tier,) = textgrid.openTextgrid(str(path), includeEmptyIntervals=False).tiers
    return frames_in(sum(interval.end - interval.start for interval in tier.entries))


def webvtt_frames(path: Path) -> int:
    spans = ((each.start_time, each.end_time) for each in webvtt.read(str(path)))
    return frames_in(sum(end.in_milliseconds() - start.in_milliseconds() for start, end in spans) / 1000)


def srt_frames(path: Path) -> int:
    return frames_in(sum(each.duration for each in pysubs2.load(str(path), format_="srt")) / 1000)


def boris_frames(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        times = re.findall(r'office:value="([\d.]+)"', archive.read("content.xml").decode())
    return frames_in(float(times[1]) - float(times[0]))


COUNTED: dict[str, Callable[[Path], int]] = {
    "csv": csv_rows,
    "jsonl": json_lines,
    "parquet": parquet_rows,
    "segments": segment_frames,
    "elan": elan_frames,
    "praat": praat_frames,
    "webvtt": webvtt_frames,
    "srt": srt_frames,
    "boris": boris_frames,
    "video": video_frames,
    "picture": whole_picture,
}
"""For each format, a function that returns the number of frames in a file and raises if the file is not complete."""


@dataclass(frozen=True)
class Case:
    """A format with one of its suffixes, under one policy."""

    format: Format
    suffix: str
    output: type[FileOutput]

    def __str__(self) -> str:
        return f"{self.format.name}-{self.suffix[1:]}-{self.output.__name__}"

    def open(self, target: Path, *, overwrite: bool = False) -> Writer:
        context = Context(FERPLUS, source=info(), painter=Painter())
        return formats.create(target, context, output=self.output, overwrite=overwrite)

    @property
    def count(self) -> int:
        """The number of frames that the tests write."""
        return 1 if "picture" in self.format.kinds else 5

    def fill(self, writer: Writer) -> None:
        for frame in frames(self.count):
            writer.write(frame, reading(frame.index, frame.time, "happy"))

    def whole(self, path: Path) -> bool:
        """Return True if a file holds exactly what `fill` wrote."""
        return COUNTED[self.format.name](path) == self.count


ATOMIC = [Case(form, suffix, Atomic) for form in WRITTEN for suffix in form.suffixes]
IN_PLACE = [Case(form, suffix, InPlace) for form in WRITTEN for suffix in form.growing]
NOT_GROWING = [(form, suffix) for form in WRITTEN for suffix in form.suffixes if suffix not in form.growing]


@pytest.fixture
def target(case: Case, tmp_path: Path) -> Path:
    return tmp_path / f"result{case.suffix}"


@pytest.mark.parametrize("case", ATOMIC + IN_PLACE, ids=str)
class TestEveryPolicy:
    def test_a_finished_file_is_whole_and_alone(self, case: Case, target: Path) -> None:
        with case.open(target) as writer:
            assert writer.target == target
            case.fill(writer)
            assert writer.finish() == target
        assert case.whole(target)
        assert list(target.parent.iterdir()) == [target]

    def test_discarding_after_the_end_does_nothing(self, case: Case, target: Path) -> None:
        with case.open(target) as writer:
            case.fill(writer)
            writer.finish()
            writer.discard()
        assert case.whole(target)

    def test_an_existing_file_is_refused_before_any_work(self, case: Case, target: Path) -> None:
        target.write_text("mine")
        with pytest.raises(OutputError, match=r"' exists already; replace it with overwrite=True"):
            case.open(target)
        assert target.read_text() == "mine"
        assert list(target.parent.iterdir()) == [target]

    def test_an_existing_file_is_replaced_where_that_is_asked_for(self, case: Case, target: Path) -> None:
        target.write_text("mine" * 100_000)
        with case.open(target, overwrite=True) as writer:
            case.fill(writer)
            writer.finish()
        assert case.whole(target)
        assert b"minemine" not in target.read_bytes()

    def test_an_interrupted_run_keeps_what_it_has(self, case: Case, target: Path) -> None:
        with case.open(target) as writer:
            case.fill(writer)
            beside = target if case.output is InPlace else target.with_name(f"{target.stem}.partial{target.suffix}")
            assert writer.finish(partial=True) == beside
        assert case.whole(beside)
        assert list(target.parent.iterdir()) == [beside]

    def test_a_missing_folder_is_refused(self, case: Case, target: Path) -> None:
        with pytest.raises(OutputError, match=r"its folder does not exist; create the folder, or choose another$"):
            case.open(target.parent / "nowhere" / target.name)

    def test_a_folder_as_target_is_refused(self, case: Case, target: Path) -> None:
        target.mkdir()
        with pytest.raises(OutputError, match=r"is a folder; name a file in it$"):
            case.open(target, overwrite=True)

    def test_a_device_is_never_replaced(self, case: Case, target: Path) -> None:
        target.symlink_to("/dev/null")
        with pytest.raises(OutputError, match=r"is not a regular file; choose another name$"):
            case.open(target, overwrite=True)

    def test_a_link_is_followed_and_stays(self, case: Case, target: Path, tmp_path: Path) -> None:
        real = tmp_path / "elsewhere" / "data"  # which has no suffix: the link's name counts
        real.parent.mkdir()
        target.symlink_to(real)
        with case.open(target) as writer:
            case.fill(writer)
            assert writer.finish() == target
        assert target.is_symlink()
        assert case.whole(real)

    def test_the_longest_name_is_taken(self, case: Case, target: Path) -> None:
        long = target.with_name("n" * (255 - len(case.suffix)) + case.suffix)
        with case.open(long) as writer:
            case.fill(writer)
            assert writer.finish() == long

    def test_a_suffix_may_be_in_capitals(self, case: Case, target: Path) -> None:
        loud = target.with_suffix(case.suffix.upper())
        with case.open(loud) as writer:
            case.fill(writer)
            assert writer.finish() == loud
        assert case.whole(loud)

    def test_a_frame_is_never_painted_on(self, case: Case, target: Path) -> None:
        frame = frames(1)[0]
        frame.image.flags.writeable = False
        with case.open(target) as writer:
            writer.write(frame, reading(0, 0.0, "happy"))

    def test_a_file_that_may_not_grow_is_one_clear_line(self, case: Case, target: Path) -> None:
        script = FULL_DISK.format(
            limit=64 if case.format.kinds == ("segments",) else 4096,
            path=[str(parent) for parent in Path(__file__).parents[:2]],
            target=str(target),
            count=120 if case.count > 1 else 1,
            case=case,
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr == ""
        assert done.stdout.count("\n") == 1
        assert f"'{target}' cannot be written: file too large" in done.stdout
        # What was written in place stays, up to the last whole row; a video has no whole fragment yet.
        kept = case.output is InPlace and case.format.name != "video"
        assert list(target.parent.iterdir()) == ([target] if kept else [])


FULL_DISK = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from fervid import formats
from fervid.errors import OutputError
from fervid.formats.context import Context
from fervid.formats.file_output import {case.output.__name__}
from support.full_disk import largest_file
from writer_inputs import FERPLUS, info, noisy_frames, reading
# From here on, or else a byte code file that Python keeps would be cut short too.
target, context = Path({target!r}), Context(FERPLUS, source=info())
formats.by_suffix(target).module
try:
    with largest_file({limit}), formats.create(target, context, output={case.output.__name__}) as writer:
        for frame in noisy_frames({count}):
            writer.write(frame, reading(frame.index, frame.time, *["happy"] * 9))
        writer.finish()
except OutputError as error:
    print(error)
"""


@pytest.mark.parametrize("case", ATOMIC, ids=str)
class TestAtomic:
    def test_the_file_has_its_name_when_it_is_complete(self, case: Case, target: Path) -> None:
        with case.open(target) as writer:
            case.fill(writer)
            assert not target.exists()
            writer.finish()
        assert target.exists()

    def test_discarding_leaves_nothing(self, case: Case, target: Path) -> None:
        with case.open(target) as writer:
            case.fill(writer)
            writer.discard()
        assert list(target.parent.iterdir()) == []

    def test_an_exception_discards(self, case: Case, target: Path) -> None:
        def stumble() -> None:
            with case.open(target) as writer:
                case.fill(writer)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            stumble()
        assert list(target.parent.iterdir()) == []

    def test_an_existing_file_stays_until_the_new_one_is_complete(self, case: Case, target: Path) -> None:
        target.write_text("mine")
        with case.open(target, overwrite=True) as writer:
            case.fill(writer)
            assert target.read_text() == "mine"
            writer.finish()
        assert case.whole(target)

    def test_discarding_leaves_an_existing_file(self, case: Case, target: Path) -> None:
        target.write_text("mine")
        with case.open(target, overwrite=True) as writer:
            case.fill(writer)
        assert target.read_text() == "mine"
        assert list(target.parent.iterdir()) == [target]

    def test_an_interrupted_run_does_not_replace_a_complete_file(self, case: Case, target: Path) -> None:
        target.write_text("mine")
        beside = target.with_name(f"{target.stem}.partial{target.suffix}")
        with case.open(target, overwrite=True) as writer:
            case.fill(writer)
            assert writer.finish(partial=True) == beside
        assert target.read_text() == "mine"
        assert case.whole(beside)

    def test_a_file_that_appears_meanwhile_is_not_replaced(self, case: Case, target: Path) -> None:
        beside = target.with_name(f"{target.stem}.partial{target.suffix}")
        with case.open(target) as writer:
            case.fill(writer)
            target.write_text("mine")
            assert writer.finish() == beside
        assert target.read_text() == "mine"
        assert case.whole(beside)


@pytest.mark.parametrize("case", IN_PLACE, ids=str)
class TestInPlace:
    def test_the_file_has_its_name_from_the_beginning(self, case: Case, target: Path) -> None:
        with case.open(target):
            assert target.exists()

    def test_it_can_be_used_at_every_moment_up_to_the_last_second(self, case: Case, target: Path) -> None:
        output = InPlace(target, now=Seconds(0.5))
        with case.format.open(output, Context(FERPLUS, painter=Painter())) as writer:
            for frame in frames(60, step=125):  # eight a second
                writer.write(frame, reading(frame.index, frame.time, "happy"))
                if frame.index in (20, 40, 59):
                    assert COUNTED[case.format.name](target) > frame.index - 8

    def test_what_was_written_stays_when_something_goes_wrong(self, case: Case, target: Path) -> None:
        def stumble() -> None:
            with case.open(target) as writer:
                case.fill(writer)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            stumble()
        assert list(target.parent.iterdir()) == [target]
        assert case.whole(target)


class Seconds:
    """A clock that advances by a fixed number of seconds with each call."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._now = 0.0

    def __call__(self) -> float:
        self._now += self._step
        return self._now


@pytest.mark.parametrize(("form", "suffix"), NOT_GROWING, ids=str)
def test_what_is_whole_only_at_its_end_is_not_recorded_live(form: Format, suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"result{suffix}"
    target.write_text("mine")
    for name in (None, form.name):
        with pytest.raises(
            OutputError, match=rf"result\{suffix}' does not have the suffix of a .* that can be recorded live"
        ):
            formats.create(target, Context(FERPLUS), format=name, output=InPlace, overwrite=True)
    assert target.read_text() == "mine"


def test_each_format_is_counted_here() -> None:
    assert set(COUNTED) == {form.name for form in WRITTEN}


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
def test_a_format_that_streams_goes_to_standard_output_and_another_is_refused(
    form: Format, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    if not form.streams:
        with pytest.raises(UsageError, match=f"a {form.kinds[0]} cannot be .* standard output; name a file or"):
            formats.create(None, Context(FERPLUS), format=form.name)
        return
    with formats.create(None, Context(FERPLUS), format=form.name) as writer:
        assert writer.target is None
        for frame in frames(5):
            writer.write(frame, reading(frame.index, frame.time, "happy"))
        assert writer.finish() is None
    assert capsysbinary.readouterr().out


@pytest.mark.parametrize("form", formats.of_kind("timeline"), ids=lambda form: form.name)
def test_a_timeline_needs_no_frames_and_is_loaded_again_where_that_is_possible(form: Format, tmp_path: Path) -> None:
    readings = [reading(0, 0.0), reading(1, 0.04, "happy", "sad"), reading(2, 0.08, "sad")]
    target = tmp_path / f"result{form.suffix}"
    with formats.create(target, Context(FERPLUS), "timeline") as writer:
        assert isinstance(writer, TimelineWriter)
        for one in readings:
            writer.append(one)
        writer.finish()
    if form.readable:
        loaded = form.load(target)
        assert loaded.classes == FERPLUS
        assert [len(frame.faces) for frame in loaded.frames] == [0, 2, 1]


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form.name)
class TestTables:
    PHOTOS = (
        PhotoReading(Path("in/family.jpg"), 640, 480, reading(0, 0.0, "happy", "sad").faces),
        PhotoReading(Path("lake, at noon.jpg"), 320, 240, ()),
    )

    def test_a_table_comes_into_being_at_the_end_or_not_at_all(self, form: Format, tmp_path: Path) -> None:
        target = tmp_path / f"faces{form.suffix}"
        with formats.create_table(target):
            assert not target.exists()
        assert list(tmp_path.iterdir()) == []
        with formats.create_table(target) as table:
            assert table.finish(self.PHOTOS, FERPLUS) == target
        assert target.read_bytes() == form.table(self.PHOTOS, FERPLUS).encode()
        with pytest.raises(OutputError, match="' exists already; replace it with overwrite=True"):
            formats.create_table(target)

    def test_it_names_every_picture_and_every_class(self, form: Format) -> None:
        text = form.table(self.PHOTOS, FERPLUS)
        for word in (str(Path("in/family.jpg")), "lake, at noon.jpg", *FERPLUS):
            assert word in text or json.dumps(word) in text

    def test_a_table_goes_to_standard_output(self, form: Format, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        with formats.create_table(None, format=form.name) as table:
            assert table.finish(self.PHOTOS, FERPLUS) is None
        assert capsysbinary.readouterr().out == form.table(self.PHOTOS, FERPLUS).encode()

    def test_an_interrupted_run_does_not_replace_a_complete_table(self, form: Format, tmp_path: Path) -> None:
        target = tmp_path / f"faces{form.suffix}"
        target.write_text("mine")
        with formats.create_table(target, overwrite=True) as table:
            assert table.finish(self.PHOTOS, FERPLUS, partial=True) == tmp_path / f"faces.partial{form.suffix}"
        assert target.read_text() == "mine"

    def test_it_has_a_media_type(self, form: Format) -> None:
        assert form.media_type is not None
