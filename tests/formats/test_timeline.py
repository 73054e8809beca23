"""A timeline in memory: to CSV and back, to pandas, and its sums."""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid import formats
from fervid.core.geometry import Box, HeadPose
from fervid.core.packages import pip_install
from fervid.core.readings import FaceReading, FrameReading
from fervid.core.tally import Tally
from fervid.errors import MissingPackageError, OutputError, SourceError, UsageError
from fervid.formats.columns import header
from fervid.formats.timeline import Timeline

CLASSES = ("happy", "sad", "neutral")


POSE = HeadPose(-12.34, 5.0, 179.96)


def face(
    index: int,
    time: float,
    face_id: int,
    shares: list[float],
    *,
    pose: HeadPose | None = POSE,
    quality: float = 0.5,
    certain: bool = True,
) -> FaceReading:
    whole = np.array(shares, np.float32) / np.float32(sum(shares))
    box = Box(1.26, -2.0, 30.0, 40.0)
    return FaceReading(index, time, face_id, box, 0.5, CLASSES, whole, whole[::-1].copy(), pose, quality, certain)


def reading(index: int, time: float, *emotions: str, analysed: bool = True) -> FrameReading:
    """A frame with a face for each of `emotions`, at 80 %."""
    faces = tuple(
        face(index, time, number, [0.8 if name == emotion else 0.1 for name in CLASSES])
        for number, emotion in enumerate(emotions, start=1)
    )
    return FrameReading(index, time, faces, analysed)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Any timeline: gaps, empty frames, passed-over frames, ties, several faces, a clock that begins anywhere."""
    angles = st.floats(-180, 180)
    poses = st.none() | st.builds(HeadPose, angles, angles, angles)
    trust = st.fixed_dictionaries({"quality": st.floats(0, 1), "certain": st.booleans()})
    shares = st.lists(st.integers(0, 5), min_size=3, max_size=3).filter(any)
    frames = []
    index, time = 0, draw(st.floats(-5, 1e6))
    for _ in range(draw(st.integers(0, 6))):
        ids = sorted(draw(st.sets(st.integers(1, 9), max_size=3)))
        faces = tuple(
            face(index, time, face_id, list(map(float, draw(shares))), pose=draw(poses), **draw(trust))
            for face_id in ids
        )
        frames.append(FrameReading(index, time, faces, draw(st.booleans())))
        index, time = index + draw(st.integers(1, 30)), time + draw(st.floats(0, 100))
    return Timeline(CLASSES, tuple(frames))


READABLE = [form for form in formats.of_kind("timeline") if form.readable]


class TestRoundTrip:
    @given(timelines(), st.sampled_from(READABLE))
    def test_what_was_saved_is_loaded(
        self, tmp_path_factory: pytest.TempPathFactory, timeline: Timeline, form: formats.Format
    ) -> None:
        path = tmp_path_factory.mktemp("round") / f"timeline{form.suffix}"
        timeline.save(path)
        loaded = Timeline.load(path)
        analysed = [frame for frame in timeline.frames if frame.analysed]
        if any(frame.faces for frame in analysed) or form.name != "jsonl":  # only faces name the classes there
            assert loaded.classes == timeline.classes
        assert [(frame.index, len(frame.faces)) for frame in loaded.frames] == [
            (frame.index, len(frame.faces)) for frame in analysed
        ]
        assert all(abs(a.time - b.time) <= 0.00051 for a, b in zip(loaded.frames, analysed, strict=True))
        for found, wanted in zip(loaded.readings, timeline.readings, strict=True):
            assert (found.frame, found.face_id, found.emotion) == (wanted.frame, wanted.face_id, wanted.emotion)
            assert np.abs(np.subtract(found.box, wanted.box)).max() <= 0.051
            assert np.abs(found.probabilities - wanted.probabilities).max() <= 0.000051
            assert np.abs(found.raw - wanted.raw).max() <= 0.000051
            assert found.certain == wanted.certain
            assert abs(found.quality - wanted.quality) <= 0.000051
            assert (found.pose is None) == (wanted.pose is None)
            assert np.abs(np.subtract(found.pose or POSE, wanted.pose or POSE)).max() <= 0.051

    @given(timelines(), st.sampled_from(READABLE))
    def test_the_way_through_another_format_changes_no_byte_of_the_csv(
        self, tmp_path_factory: pytest.TempPathFactory, timeline: Timeline, form: formats.Format
    ) -> None:
        folder = tmp_path_factory.mktemp("twice")
        timeline.save(folder / "first.csv")
        Timeline.load(folder / "first.csv").save(folder / f"between{form.suffix}")
        Timeline.load(folder / f"between{form.suffix}").save(folder / "second.csv")
        if any(frame.faces for frame in timeline.frames if frame.analysed) or form.name != "jsonl":
            assert (folder / "first.csv").read_bytes() == (folder / "second.csv").read_bytes()

    def test_a_tie_made_by_rounding_is_decided_as_the_file_has_it(self, tmp_path: Path) -> None:
        near = face(0, 0.0, 1, [0.49999, 0.5, 0.00001])
        Timeline(CLASSES, (FrameReading(0, 0.0, (near,)),)).save(tmp_path / "out.csv")
        (loaded,) = Timeline.load(tmp_path / "out.csv").readings
        assert loaded.emotion == near.emotion == "sad"
        assert loaded.confidence == pytest.approx(0.5)
        assert loaded.probabilities.dtype == loaded.raw.dtype == np.float32

    @pytest.mark.parametrize("form", READABLE, ids=lambda form: form.name)
    def test_the_largest_numbers_that_are_allowed_come_back(self, form: formats.Format, tmp_path: Path) -> None:
        shares = np.array([1, 0, 0], np.float32)
        box, pose = Box(1e10, -1e10, 1e10, 1e10), HeadPose(-180.0, 180.0, 0.0)
        one = FaceReading(2**53, 1e10, 2**31 - 1, box, 1.0, CLASSES, shares, shares[::-1], pose, 0.0)
        Timeline(CLASSES, (FrameReading(2**53, 1e10, (one,)),)).save(tmp_path / f"most{form.suffix}")
        (loaded,) = Timeline.load(tmp_path / f"most{form.suffix}").readings
        assert (loaded.frame, loaded.time, loaded.face_id) == (2**53, 1e10, 2**31 - 1)
        assert (loaded.box, loaded.pose, loaded.score, loaded.quality) == (box, pose, 1.0, 0.0)

    @pytest.mark.parametrize("form", READABLE, ids=lambda form: form.name)
    def test_a_class_may_have_any_letters(self, form: formats.Format, tmp_path: Path) -> None:
        classes = ("\ud7ff", "\ue000 glücklich", "😀")
        glad = FaceReading(0, 0.0, 1, Box(0, 0, 9, 9), 0.5, classes, *np.array([[0.1, 0.2, 0.7]] * 2, np.float32))
        Timeline(classes, (FrameReading(0, 0.0, (glad,)),)).save(tmp_path / f"odd{form.suffix}")
        loaded = Timeline.load(tmp_path / f"odd{form.suffix}")
        assert loaded.classes == classes
        assert next(loaded.readings).emotion == "😀"

    def test_encode_gives_what_save_writes(self, tmp_path: Path) -> None:
        timeline = Timeline(CLASSES, (reading(0, 0.0, "sad"), reading(1, 0.04, analysed=False), reading(2, 0.08)))
        timeline.save(tmp_path / "out.csv")
        assert timeline.encode() == timeline.encode("csv") == (tmp_path / "out.csv").read_bytes()
        with pytest.raises(UsageError, match="there is no timeline format 'tsv'; choose one of csv"):
            timeline.encode("tsv")

    def test_frames_without_a_face_may_be_left_out(self, tmp_path: Path) -> None:
        timeline = Timeline(CLASSES, (reading(0, 0.0), reading(1, 0.04, "sad"), reading(2, 0.08)))
        for form in READABLE:
            timeline.save(tmp_path / f"faces{form.suffix}", empty=False)
            assert [frame.index for frame in Timeline.load(tmp_path / f"faces{form.suffix}").frames] == [1]

    def test_a_name_that_tells_no_format_is_loaded_as_csv_and_not_saved(self, tmp_path: Path) -> None:
        timeline = Timeline(CLASSES, (reading(0, 0.0, "sad"),))
        timeline.save(tmp_path / "out.csv")
        (tmp_path / "out.csv").rename(tmp_path / "out.txt")
        assert Timeline.load(tmp_path / "out.txt").classes == CLASSES
        with pytest.raises(OutputError, match=r"'.*new\.txt' does not have the suffix of a timeline"):
            timeline.save(tmp_path / "new.txt")

    def test_frames_out_of_order_are_not_saved(self, tmp_path: Path) -> None:
        """They would make segments that overlap, and no format could be loaded again."""
        for frames, said in (
            ((reading(0, 0.5), reading(1, 0.25)), "frame 1 is at 0.25 s, before frame 0 at 0.5 s"),
            ((reading(1, 0.0), reading(1, 0.0)), "frame 1 comes after frame 1"),
        ):
            with pytest.raises(UsageError, match=f"{said}; give the timeline its frames in order"):
                Timeline(CLASSES, frames).save(tmp_path / "out.eaf")
        assert list(tmp_path.iterdir()) == []

    def test_an_existing_file_is_kept(self, tmp_path: Path) -> None:
        timeline = Timeline(CLASSES, (reading(0, 0.0, "sad"),))
        timeline.save(tmp_path / "out.csv")
        with pytest.raises(OutputError, match="exists already"):
            timeline.save(tmp_path / "out.csv")
        timeline.save(tmp_path / "out.csv", overwrite=True)


class TestEarlierTimelines:
    """Files of the time before head pose and quality are still read."""

    @pytest.fixture
    def old(self, tmp_path: Path) -> Path:
        """A file without the columns of head pose and quality."""
        Timeline(CLASSES, (reading(3, 0.1, "sad", "happy"), reading(4, 0.2))).save(tmp_path / "new.csv")
        with (tmp_path / "new.csv").open(newline="") as stream:
            rows = [[*row[:8], *row[12:]] for row in csv.reader(stream)]
        assert rows[0][:10] == [
            *("frame", "time_s", "face_id", "x", "y", "width", "height", "score", "emotion", "confidence")
        ]
        with (tmp_path / "old.csv").open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
        return tmp_path / "old.csv"

    def test_what_they_lack_is_unknown(self, old: Path) -> None:
        loaded, (first, second) = Timeline.load(old), Timeline.load(old).readings
        assert (first.pose, second.emotion, second.certain) == (None, "happy", True)
        assert np.isnan(first.quality)
        assert [len(frame.faces) for frame in loaded.frames] == [2, 0]
        assert (
            first.probabilities.tolist()
            == next(Timeline.load(old.with_name("new.csv")).readings).probabilities.tolist()
        )

    @pytest.mark.parametrize("form", READABLE, ids=lambda form: form.name)
    def test_what_is_unknown_stays_unknown(self, old: Path, form: formats.Format) -> None:
        Timeline.load(old).save(old.with_name(f"again{form.suffix}"))
        assert all(np.isnan(face.quality) for face in Timeline.load(old.with_name(f"again{form.suffix}")).readings)

    def test_a_header_that_lacks_only_one_of_them_is_refused(self, old: Path) -> None:
        new = old.with_name("new.csv")
        new.write_text(new.read_text().replace(",quality,", ",", 1))
        with pytest.raises(SourceError, match="the file does not begin with the header of a timeline"):
            Timeline.load(new)


class TestStrictness:
    """A file that is not as fervid wrote it is refused, with the line that is wrong."""

    @pytest.fixture
    def lines(self, tmp_path: Path) -> list[list[str]]:
        """Header, a frame with two faces, an empty frame."""
        Timeline(CLASSES, (reading(3, 0.1, "sad", "happy"), reading(4, 0.2))).save(tmp_path / "good.csv")
        with (tmp_path / "good.csv").open(newline="") as stream:
            return list(csv.reader(stream))

    def refuse(self, path: Path, lines: list[list[str]], said: str) -> None:
        with path.open("w", newline="") as stream:
            csv.writer(stream).writerows(lines)
        with pytest.raises(SourceError, match=rf"{path.name}', {said}"):
            Timeline.load(path)

    @pytest.mark.parametrize(
        ("place", "text", "said"),
        [
            ((1, "frame"), "3.0", "line 2: frame must be a whole number from 0, not '3.0'"),
            ((1, "frame"), "-1", "line 2: frame must be a whole number from 0, not '-1'"),
            ((1, "frame"), "\u0663", "line 2: frame must be a whole number from 0, not '\u0663'"),
            ((1, "frame"), "\u00b3", "line 2: frame must be a whole number from 0, not '\u00b3'"),
            (
                (1, "frame"),
                "9007199254740993",
                "line 2: frame must be at most 9007199254740992, not '9007199254740993'",
            ),
            ((1, "time_s"), "", "line 2: time_s must be a number, not ''"),
            ((1, "time_s"), "nan", "line 2: time_s must be a number, not 'nan'"),
            ((1, "time_s"), "1e300", "line 2: time_s must be from -1e[+]10 to 1e[+]10, not 1e300"),
            ((1, "frame"), "9" * 5000, "line 2: frame must be at most 9007199254740992, not '9{40}[.]{3}'"),
            ((2, "face_id"), "2147483648", "line 3: face_id must be at most 2147483647, not '2147483648'"),
            ((1, "width"), "-1e11", "line 2: width must be from -1e[+]10 to 1e[+]10, not -1e11"),
            ((1, "emotion"), "joy" * 13 + "j", "line 2: emotion '(joy){13}j' is not one of the classes"),
            ((1, "emotion"), "joy" * 900, "line 2: emotion '(joy){13}j[.]{3}' is not one of the classes"),
            ((2, "face_id"), "0", "line 3: face_id must be a whole number from 1, not '0'"),
            ((2, "face_id"), "1", "line 3: frame 3 has a face twice, or its faces out of order"),
            ((2, "time_s"), "0.2", "line 3: frame 3 has two times"),
            ((2, "frame"), "2", "line 3: frame 2 comes after frame 3"),
            ((3, "frame"), "3", "line 4: frame 3 has two times"),
            ((3, "time_s"), "0.05", "line 4: frame 4 is at 0.05 s, before frame 3 at 0.1 s"),
            ((1, "x"), "left", "line 2: x must be a number, not 'left'"),
            ((1, "score"), "1.5", "line 2: score must be from 0 to 1, not 1.5"),
            ((1, "yaw"), "", "line 2: yaw must be a number, not ''"),
            ((1, "pitch"), "up", "line 2: pitch must be a number, not 'up'"),
            ((1, "roll"), "181", "line 2: roll must be from -180 to 180, not 181"),
            ((1, "roll"), "-180.5", "line 2: roll must be from -180 to 180, not -180.5"),
            ((1, "quality"), "2", "line 2: quality must be from 0 to 1, not 2"),
            ((1, "emotion"), "joy", "line 2: emotion 'joy' is not one of the classes"),
            ((1, "emotion"), "happy", "line 2: emotion 'happy' is not the most probable class"),
            ((1, "confidence"), "1.5", "line 2: confidence must be from 0 to 1, not 1.5"),
            ((1, "confidence"), "0.7", "line 2: confidence is not the probability of 'sad'"),
            ((1, "sad"), "80%", "line 2: sad must be a number, not '80%'"),
            ((1, "raw_sad"), "-0.1", "line 2: raw_sad must be from 0 to 1, not -0.1"),
            ((0, "raw_sad"), "sad_raw", "line 1: the file does not begin with the header of a timeline"),
        ],
    )
    def test_a_field_that_is_wrong(
        self, tmp_path: Path, lines: list[list[str]], place: tuple[int, str], text: str, said: str
    ) -> None:
        line, column = place
        lines[line][header(CLASSES).index(column)] = text
        self.refuse(tmp_path / "bad.csv", lines, said)

    def test_a_field_too_few(self, tmp_path: Path, lines: list[list[str]]) -> None:
        lines[2].pop()
        self.refuse(tmp_path / "bad.csv", lines, "line 3: the line has 19 fields, not 20")

    def test_a_face_of_which_only_the_number_is_left(self, tmp_path: Path, lines: list[list[str]]) -> None:
        lines[1][3:] = [""] * len(lines[1][3:])
        self.refuse(tmp_path / "bad.csv", lines, "line 2: x must be a number, not ''")

    def test_an_uncertain_face_without_any_class(self, tmp_path: Path) -> None:
        row = ["0", "0.000", "1", "1.0", "2.0", "3.0", "4.0", "0.5000", "", "", "", "", "uncertain", "0.5000"]
        self.refuse(tmp_path / "bad.csv", [header(()), row], "line 2: emotion 'uncertain' is not one of the classes")

    def test_an_empty_row_of_a_frame_with_faces(self, tmp_path: Path, lines: list[list[str]]) -> None:
        lines[3][:2] = lines[2][:2]
        self.refuse(tmp_path / "bad.csv", lines, "line 4: frame 3 has a face twice")

    def test_a_class_twice(self, tmp_path: Path) -> None:
        self.refuse(
            tmp_path / "bad.csv", [header(("sad", "sad"))], "line 1: the header names a class twice; give a CSV"
        )

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", " is empty; record or copy it again"),
            (b"\r\n", ", line 1: the file does not begin with the header of a timeline"),
            (b"time,emotion\r\n", ", line 1: the file does not begin with the header of a timeline"),
            (b"\xef\xbb\xbf", ", line 1: the file does not begin with the header of a timeline"),
            (b"\xff\xfe\x00", " is not UTF-8 text; give a CSV file that fervid wrote, unchanged"),
            (b'"unclosed', ", line 1: unexpected end of data; give a CSV file that fervid wrote, unchanged"),
        ],
    )
    def test_a_file_of_another_kind(self, tmp_path: Path, content: bytes, said: str) -> None:
        (tmp_path / "bad.csv").write_bytes(content)
        with pytest.raises(SourceError, match=rf"bad\.csv'{said}"):
            Timeline.load(tmp_path / "bad.csv")
        assert not formats.by_name("csv").is_timeline(tmp_path / "bad.csv")

    def test_a_header_that_ends_within_quotation_marks(self, tmp_path: Path) -> None:
        *others, last = header(CLASSES)
        (tmp_path / "bad.csv").write_text(",".join([*others, f'"{last}']))
        with pytest.raises(SourceError, match=r"bad\.csv', line 1: unexpected end of data"):
            Timeline.load(tmp_path / "bad.csv")
        assert not formats.by_name("csv").is_timeline(tmp_path / "bad.csv")

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="does not exist"):
            Timeline.load(tmp_path / "none.csv")


class TestPandas:
    def test_the_columns_are_those_of_the_csv(self) -> None:
        table = Timeline(CLASSES, (reading(0, 0.0), reading(1, 0.04, "sad", "happy"))).to_pandas()
        assert list(table.columns) == header(CLASSES)
        assert table["frame"].tolist() == [0, 1, 1]
        assert table["emotion"].tolist()[1:] == ["sad", "happy"]
        assert table["face_id"].tolist()[1:] == [1, 2]
        assert table["confidence"].tolist()[1:] == [pytest.approx(0.8), pytest.approx(0.8)]

    def test_a_frame_without_a_face_is_missing_values(self) -> None:
        table = Timeline(CLASSES, (reading(0, 0.0), reading(1, 0.04, "sad"))).to_pandas()
        assert table.loc[0, "time_s"] == 0.0
        assert table.drop(columns=["frame", "time_s"]).isna().iloc[0].all()
        assert table.notna().iloc[1].all()

    def test_kinds_do_not_depend_on_the_rows(self) -> None:
        kinds = Timeline(CLASSES, ()).to_pandas().dtypes
        assert str(kinds["frame"]) == "int64"
        assert str(kinds["face_id"]) == "Int64"
        assert str(kinds["raw_sad"]) == "float64"
        for frames in [(reading(0, 0.0),), (reading(0, 0.0, "sad"),), (reading(0, 0.0), reading(1, 1.0, "sad"))]:
            assert Timeline(CLASSES, frames).to_pandas().dtypes.equals(kinds)

    def test_without_pandas_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(MissingPackageError, match=re.escape(pip_install("fervid[pandas]"))):
            Timeline(CLASSES, ()).to_pandas()


class TestTally:
    def test_frames_faces_and_identities(self) -> None:
        tally = Timeline(CLASSES, (reading(0, 0.0), reading(1, 0.5, "sad", "sad"), reading(2, 1.0, "sad"))).tally()
        assert (tally.frames, tally.analysed, tally.with_face, tally.faces) == (3, 3, 2, 2)

    def test_a_frame_lasts_until_the_next_and_the_last_as_long_as_the_one_before(self) -> None:
        tally = Tally()
        for index, (time, emotion) in enumerate([(10.0, "sad"), (10.5, "happy"), (12.5, "sad"), (12.75, "neutral")]):
            tally.add(reading(index, time, emotion))
        assert tally.seconds == {"happy": 2.0, "sad": 0.75, "neutral": 0.25}
        assert list(tally.seconds) == ["happy", "sad", "neutral"]

    def test_two_faces_make_two_seconds_of_one(self) -> None:
        tally = Timeline(CLASSES, (reading(0, 0.0, "sad", "sad"), reading(1, 1.0))).tally()
        assert tally.seconds == {"sad": 2.0}

    def test_passed_over_frames_count_as_time_but_not_as_analysed(self) -> None:
        frames = (reading(0, 0.0, "sad"), reading(1, 1.0, "sad", analysed=False), reading(2, 2.0))
        tally = Timeline(CLASSES, frames).tally()
        assert (tally.frames, tally.analysed, tally.with_face) == (3, 2, 1)
        assert tally.seconds == {"sad": 2.0}

    def test_a_gap_does_not_count_for_the_emotion_before_it(self) -> None:
        """Be the gap at the beginning, amid or at the end."""
        times = [0.0, *(100 + 0.04 * n for n in range(50)), *(200 + 0.04 * n for n in range(50)), 300.0]
        emotions = ["sad", *["happy"] * 50, *["neutral"] * 50, "sad"]
        frames = [reading(n, time, emotion) for n, (time, emotion) in enumerate(zip(times, emotions, strict=True))]
        seconds = Timeline(CLASSES, tuple(frames)).tally().seconds
        assert seconds == pytest.approx({"sad": 2 * 0.04, "happy": 50 * 0.04, "neutral": 50 * 0.04})

    def test_a_gap_between_two_frames_that_are_all_does_not_count(self) -> None:
        frames = (reading(0, 0.0, "happy"), reading(1, 100.0, "happy"))
        assert Timeline(CLASSES, frames).tally().seconds == pytest.approx({"happy": 0.08})

    def test_a_gap_counts_as_little_where_five_frames_a_second_are_analysed(self) -> None:
        times = [*(n / 5 for n in range(10)), *(6 + n / 5 for n in range(10))]
        frames = tuple(reading(n, time, "happy") for n, time in enumerate(times))
        assert Timeline(CLASSES, frames).tally().seconds == pytest.approx({"happy": 4.0})

    def test_a_low_frame_rate_is_no_gap(self) -> None:
        frames = tuple(reading(n, 10.0 * n, "sad") for n in range(6))
        assert Timeline(CLASSES, frames).tally().seconds == {"sad": 60.0}

    def test_a_clock_that_jumps_back_takes_no_time_away(self) -> None:
        frames = (reading(0, 5.0, "sad"), reading(1, 1.0, "sad"), reading(2, 2.0))
        assert Timeline(CLASSES, frames).tally().seconds == {"sad": 1.0}

    def test_asking_in_between_changes_nothing(self) -> None:
        tally = Tally()
        assert tally.seconds == {}
        for index in range(4):
            tally.add(reading(index, index * 0.25, "sad"))
            _ = tally.seconds
        assert tally.seconds == {"sad": 1.0}


def test_times_less_than_a_millisecond_apart_keep_their_differences(tmp_path: Path) -> None:
    frames = tuple(reading(n, n / 2400, "sad") for n in range(50))
    Timeline(CLASSES, frames).save(tmp_path / "fast.csv")
    loaded = Timeline.load(tmp_path / "fast.csv")
    assert [frame.time for frame in loaded.frames] == pytest.approx([n / 2400 for n in range(50)], abs=0.0001)
    assert len({frame.time for frame in loaded.frames}) == 50


def test_readings_are_those_of_analysed_frames() -> None:
    frames = (reading(0, 0.0, "sad"), reading(1, 1.0, "sad", analysed=False), reading(2, 2.0, "happy", "sad"))
    assert [face.emotion for face in Timeline(CLASSES, frames).readings] == ["sad", "happy", "sad"]


def test_a_timeline_is_read_frame_by_frame(tmp_path: Path) -> None:
    """Of a file that is damaged at its end, the frames before the damage come first."""
    frames = tuple(reading(n, n / 4, "sad", *["happy"] * (n % 2)) for n in range(9))
    Timeline(CLASSES, frames).save(tmp_path / "talk.csv")
    classes, streamed = formats.by_name("csv").stream(tmp_path / "talk.csv")
    assert classes == CLASSES
    assert [(frame.index, frame.time, len(frame.faces)) for frame in streamed] == [
        (frame.index, frame.time, len(frame.faces)) for frame in frames
    ]
    with (tmp_path / "talk.csv").open("a") as file:
        file.write("9,oops\n")
    _, streamed = formats.by_name("csv").stream(tmp_path / "talk.csv")
    assert next(streamed).index == 0
    read: list[int] = []
    with pytest.raises(SourceError, match="line 15: the line has 2 fields"):
        read.extend(frame.index for frame in streamed)
    assert read == list(range(1, 8)), "frame 8 may have had further faces"
