"""Video files: timestamps, containers, codecs, pixel formats and sizes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import FFV1, H264, Encoding, Sound, grey, noise, piped, turn, write_clip
from support.footage import Footage

from fervid.core.canvas import SAME_PLACE, Canvas
from fervid.core.timecodes import Timecode
from fervid.errors import SourceError
from fervid.sources.video_file import VideoFile
from fervid.video.colour import Colour

FRAMES = {"lean.mp4": 472, "smile.mp4": 72, "gone.mov": 169, "things.mp4": 95}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_are_those_of_bare_decoding(footage: Footage, name: str) -> None:
    with av.open(str(footage[name])) as container:
        stream = container.streams.video[0]
        bare = [(frame.pts, frame.to_ndarray(format="bgr24").mean()) for frame in container.decode(stream)]
        time_base = stream.time_base
    with VideoFile(footage[name]) as source:
        ours = [(frame.pts, frame.image.mean()) for frame in source]
    assert ours == bare
    assert len(ours) == FRAMES[name]
    assert source.info.time_base == time_base
    assert (source.undecodable, source.damage) == (0, None)


def test_a_clip_of_variable_frame_rate_keeps_its_first_and_last_time(footage: Footage) -> None:
    with VideoFile(footage["gone.mov"]) as source:
        times = [frame.time for frame in source]
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(102_272 / 15_360)  # at the average rate it would be 6.650 s, not 6.658 s


def test_packets_that_an_edit_list_leaves_out_are_not_damage(footage: Footage) -> None:
    with VideoFile(footage["things.mp4"]) as source:
        assert source.info.frames == 98  # its header counts them
        assert sum(1 for _ in source) == 95
    assert source.damage is None


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_times_are_those_of_the_container(tmp_path: Path, suffix: str, vfr_times: Sequence[int]) -> None:
    path = write_clip(tmp_path / f"vfr{suffix}", [grey(30 * n) for n in range(len(vfr_times))], times=vfr_times)
    with VideoFile(path) as source:
        frames = list(source)
    assert [round(frame.time * 1000, 6) for frame in frames] == list(vfr_times)
    assert [frame.image.mean() for frame in frames] == pytest.approx([30 * n for n in range(len(frames))], abs=3)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".avi", ".flv", ".ts"])
def test_every_common_container_is_read_to_its_last_frame(tmp_path: Path, suffix: str) -> None:
    encoding = Encoding(options=(("preset", "ultrafast"), ("bf", "0")))
    path = write_clip(tmp_path / f"clip{suffix}", [grey(n) for n in range(50)], encoding)
    with VideoFile(path) as source:
        assert sum(1 for _ in source) == 50
        assert source.info.rate is not None
    assert source.damage is None


@pytest.mark.parametrize(
    ("codec", "suffix", "pix_fmt"),
    [
        ("libvpx", ".webm", "yuv420p"),
        ("libvpx-vp9", ".webm", "yuv420p"),
        ("mpeg4", ".avi", "yuv420p"),
        ("mjpeg", ".avi", "yuvj420p"),
        ("mpeg2video", ".m2v", "yuv420p"),
        ("gif", ".gif", "rgb8"),
    ],
)
def test_other_codecs_are_read_to_their_last_frame(tmp_path: Path, codec: str, suffix: str, pix_fmt: str) -> None:
    encoding = Encoding(codec, pix_fmt, (("bf", "2"),) if codec in ("mpeg4", "mpeg2video") else ())
    if codec in ("mpeg4", "mpeg2video", "mjpeg"):  # they know no time base of a millisecond
        encoding = Encoding(codec, pix_fmt, encoding.options, tags=(("time_base", Fraction(1, 25)),))
    path = write_clip(tmp_path / f"clip{suffix}", [grey(5 * n) for n in range(30)], encoding)
    with VideoFile(path) as source:
        assert sum(1 for _ in source) == 30
    assert (source.undecodable, source.damage) == (0, None)


def test_an_avi_with_b_frames_has_evenly_spaced_times(tmp_path: Path) -> None:
    encoding = Encoding(options=(("preset", "medium"), ("bf", "2")))
    path = write_clip(tmp_path / "reordered.avi", [grey(8 * n) for n in range(30)], encoding)
    with VideoFile(path) as source:
        times = [frame.time for frame in source]
    assert np.diff(times) == pytest.approx(0.04)
    assert source.damage is None


def test_interlaced_frames_are_left_as_they_are_if_that_is_asked_for(tmp_path: Path) -> None:
    options = (("preset", "ultrafast"), ("crf", "5"), ("x264-params", "interlaced=1"))
    comb = grey(60)
    comb[::2] = 180
    path = write_clip(tmp_path / "comb.mp4", [comb] * 20, Encoding(options=options))
    with VideoFile(path, deinterlace=False) as source:
        frames = list(source)
    assert (len(frames), source.damage) == (20, None)
    assert np.abs(frames[10].image.astype(int) - comb).mean() < 12


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"),
    [
        ("libx265", "yuv420p10le", ".mkv"),
        ("ffv1", "yuv422p10le", ".mkv"),
        ("ffv1", "yuv444p16le", ".mkv"),
        ("ffv1", "gray", ".mkv"),
        ("ffv1", "gray16le", ".mkv"),
        ("ffv1", "bgra", ".mkv"),
        ("png", "rgba", ".mov"),
        ("png", "rgb48be", ".mov"),
        ("qtrle", "argb", ".mov"),
        ("libvpx-vp9", "yuva420p", ".webm"),
        ("rawvideo", "bgr24", ".avi"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_depth_grey_and_alpha(tmp_path: Path, codec: str, pix_fmt: str, suffix: str) -> None:
    options = (("x265-params", "log-level=none"),) if codec == "libx265" else ()
    levels = (20, 128, 235)
    path = write_clip(tmp_path / f"clip{suffix}", [grey(n) for n in levels], Encoding(codec, pix_fmt, options))
    with VideoFile(path) as source:
        images = [frame.image for frame in source]
    for image, level in zip(images, levels, strict=True):
        assert image.shape == (48, 64, 3)
        assert np.abs(image.astype(int) - level).max() <= 6


@pytest.mark.parametrize(("width", "height"), [(63, 47), (1, 1), (17, 48), (64, 5)])
def test_odd_sizes(tmp_path: Path, width: int, height: int) -> None:
    path = write_clip(tmp_path / "odd.mkv", [grey(90, width, height)], Encoding("ffv1", "yuv444p", ()))
    with VideoFile(path) as source:
        (frame,) = source
    assert frame.image.shape == (height, width, 3)
    assert frame.image.flags.c_contiguous
    assert np.abs(frame.image.astype(int) - 90).max() <= 1


def joined(*parts: Path, target: Path) -> Path:
    """Join transport streams byte by byte, which they allow."""
    target.write_bytes(b"".join(part.read_bytes() for part in parts))
    return target


def test_frames_have_their_own_sizes_and_are_shown_in_the_largest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    small = write_clip(tmp_path / "small.ts", [grey(100, 64, 64)] * 10)
    large = write_clip(tmp_path / "large.ts", [grey(200, 128, 96)] * 10)
    with VideoFile(joined(small, large, target=tmp_path / "both.ts")) as source:
        assert (source.info.width, source.info.height) == (128, 96)
        frames = list(source)
    assert [frame.size for frame in frames] == [Canvas(64, 64)] * 10 + [Canvas(128, 96)] * 10
    assert {frame.canvas for frame in frames} == {Canvas(128, 96)}
    assert [record.getMessage() for record in caplog.records] == [
        f"the frames of '{tmp_path / 'both.ts'}' are 64x64 and 128x96; boxes and the annotated video are 128x96"
    ]


def test_a_pipe_keeps_its_first_size_for_boxes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    small = write_clip(tmp_path / "small.ts", [grey(100, 64, 48)] * 10)
    large = write_clip(tmp_path / "large.ts", [grey(200, 128, 96)] * 10)
    with (
        piped(joined(small, large, target=tmp_path / "both.ts"), tmp_path / "pipe") as pipe,
        VideoFile(pipe) as source,
    ):
        frames = list(source)
    assert [frame.size for frame in frames] == [Canvas(64, 48)] * 10 + [Canvas(128, 96)] * 10
    assert {frame.canvas for frame in frames} == {Canvas(64, 48)}
    assert caplog.text.count("changes to 128x96 at 0:00:00.360;") == 1
    assert "boxes and the annotated video stay 64x48" in caplog.text


def test_times_go_on_over_clips_joined_byte_by_byte(tmp_path: Path) -> None:
    parts = [write_clip(tmp_path / f"{n}.ts", [grey(50 * n)] * 50) for n in range(2)]
    with VideoFile(joined(*parts, target=tmp_path / "both.ts")) as source:
        times = [frame.time for frame in source]
    assert len(times) == 100
    assert np.diff(times) == pytest.approx(0.04, abs=0.005)
    assert source.damage is not None
    assert "had a time that was not later than the one before" in source.damage


def test_a_stream_that_begins_later_loses_no_frame(tmp_path: Path) -> None:
    """A broadcaster may add a language. FFmpeg searches only the first seconds and the last bytes for streams."""
    encoding = Encoding(options=(("preset", "ultrafast"), ("g", "25")))
    parts = [
        write_clip(tmp_path / "silent.ts", [grey(n % 200) for n in range(300)], encoding),
        write_clip(tmp_path / "loud.ts", [grey(n) for n in range(100)], encoding, sound=Sound(seconds=4.0, rate=8000)),
        write_clip(tmp_path / "long.ts", [noise(n, 128, 96) for n in range(40)], encoding),
    ]
    with VideoFile(joined(*parts, target=tmp_path / "all.ts")) as source:
        assert not source.info.has_audio
        assert sum(1 for _ in source) == 440


def test_the_pixel_aspect_is_that_of_the_upright_frame(tmp_path: Path) -> None:
    tags = (("sample_aspect_ratio", Fraction(4, 3)),)
    path = write_clip(tmp_path / "wide.mp4", [grey(9)], Encoding(tags=tags))
    with VideoFile(path) as source:
        assert source.info.pixel_aspect == Fraction(4, 3)
        assert [frame.size for frame in source] == [Canvas(64, 48, Fraction(4, 3))]
    turn(path, 0, 1, -1, 0)
    with VideoFile(path) as source:
        assert source.info.pixel_aspect == Fraction(3, 4)
        assert [frame.size for frame in source] == [Canvas(48, 64, Fraction(3, 4))]


def test_a_pixel_aspect_that_changes_changes_no_proportions(tmp_path: Path) -> None:
    """A broadcaster goes from 4:3 to 16:9 with the same number of pixels."""
    parts = [
        write_clip(
            tmp_path / f"{n}.ts", [grey(100, 72, 56)] * 10, Encoding(tags=(("sample_aspect_ratio", Fraction(n, 15)),))
        )
        for n in (16, 22)
    ]
    with VideoFile(joined(*parts, target=tmp_path / "both.ts")) as source:
        frames = list(source)
    assert [frame.pixel_aspect for frame in frames] == [Fraction(16, 15)] * 10 + [Fraction(22, 15)] * 10
    assert frames[0].placement == SAME_PLACE
    placement = frames[-1].placement
    assert placement.scale_x == pytest.approx(1.0)
    assert placement.scale_y == pytest.approx(16 / 22, abs=0.01)


def test_info_has_audio(four_seconds: Path, vfr: Path) -> None:
    with VideoFile(four_seconds) as loud, VideoFile(vfr) as silent:
        assert loud.info.has_audio
        assert not silent.info.has_audio


def test_info_has_the_colour_encoding_of_the_file(footage: Footage) -> None:
    with VideoFile(footage["lean.mp4"]) as source:
        assert source.info.colour == Colour(full_range=False, matrix=6, primaries=6, transfer=6)
    with VideoFile(footage["things.mp4"]) as source:
        assert source.info.colour == Colour()


def write_tracks(path: Path, levels: Sequence[int], default: int | None) -> Path:
    """Write a video track of each grey level; `default` is the place of the one that is marked."""
    with av.open(str(path), "w") as file:
        tracks = [file.add_stream("libx264", rate=25) for _ in levels]
        for place, track in enumerate(tracks):
            track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
            track.disposition = av.stream.Disposition.default if place == default else av.stream.Disposition(0)
        for track, level in zip(tracks, levels, strict=True):
            for _ in range(3):
                file.mux(track.encode(av.VideoFrame.from_ndarray(grey(level), "bgr24").reformat(format="yuv420p")))
            file.mux(track.encode(None))
    return path


@pytest.mark.parametrize(("default", "number", "taken"), [(1, None, 2), (None, None, 1), (1, 1, 1), (None, 3, 3)])
def test_the_default_track_is_taken_unless_another_is_chosen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, default: int | None, number: int | None, taken: int
) -> None:
    caplog.set_level(logging.INFO, "fervid")
    path = write_tracks(tmp_path / "tracks.mkv", [50, 100, 150], default)
    with VideoFile(path, stream=number) as source:
        assert [frame.image.mean() for frame in source] == pytest.approx([50 * taken] * 3, abs=9)
    line = f"'{path}' has 3 video tracks; track {taken} is analysed, stream=N chooses another"
    assert [record.getMessage() for record in caplog.records] == ([line] if number is None else [])


def test_a_track_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    path = write_tracks(tmp_path / "tracks.mkv", [50, 100], None)
    with pytest.raises(SourceError, match=r"tracks\.mkv' has 2 video tracks, and no track 3; leave out stream"):
        VideoFile(path, stream=3)


def test_a_cover_picture_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "covered.mp4"
    with av.open(str(path), "w") as file:
        cover = file.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        video = file.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        file.mux(cover.encode(av.VideoFrame.from_ndarray(grey(0, 16, 16), "bgr24").reformat(format="yuvj420p")))
        file.mux(cover.encode(None))
        for level in (10, 20, 30):
            file.mux(video.encode(av.VideoFrame.from_ndarray(grey(level), "bgr24").reformat(format="yuv420p")))
        file.mux(video.encode(None))
    with VideoFile(path) as source:
        assert (source.info.width, source.info.height) == (64, 48)
        assert sum(1 for _ in source) == 3


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        (None, None, 100),
        (Timecode(seconds=1.0), None, 75),
        (Timecode(seconds=1.0), Timecode(seconds=3.0), 50),
        (Timecode(frame=90), None, 10),
        (None, Timecode(frame=7), 7),
        (Timecode(frame=99), Timecode(seconds=1000), 1),
    ],
)
def test_start_and_end_limit_the_expected_number_of_frames(
    four_seconds: Path, start: Timecode | None, end: Timecode | None, frames: int
) -> None:
    with VideoFile(four_seconds, start=start, end=end) as source:
        assert source.info.frames == frames
        assert sum(1 for _ in source) == frames


def test_a_start_after_the_last_frame_is_an_error(four_seconds: Path) -> None:
    with (
        VideoFile(four_seconds, start=Timecode(seconds=60)) as source,
        pytest.raises(
            SourceError,
            match=r"between start and end; .*between 0:00:00\.000 and 0:00:03\.960",
        ),
    ):
        list(source)


@pytest.mark.parametrize("suffix", [".ts", ".mkv"])
class TestLateStart:
    """Parts of longer recordings, whose clock goes on from that of the whole."""

    @pytest.fixture
    def late(self, tmp_path: Path, suffix: str) -> Path:
        times = [3_600_000 + 40 * n for n in range(60)]
        sound = Sound(seconds=2.4, start=3600.0, codec="mp2")
        encoding = Encoding(options=(("preset", "ultrafast"), ("g", "25"), ("bf", "0")))
        return write_clip(tmp_path / f"late{suffix}", [grey(3 * n) for n in range(60)], encoding, times, sound=sound)

    def test_times_are_those_of_the_container(self, late: Path) -> None:
        with VideoFile(late) as source:
            times = [frame.time for frame in source]
            info = source.info
        assert info.starts_late
        assert info.start == times[0] == pytest.approx(3600, abs=1.5)  # a transport stream adds a delay
        assert times[-1] - times[0] == pytest.approx(59 * 0.04)
        assert info.duration == pytest.approx(2.4, abs=0.2)
        assert source.damage is None

    def test_start_and_end_count_from_the_first_frame(self, late: Path) -> None:
        with VideoFile(late, start=Timecode(seconds=1), end=Timecode(seconds=2)) as source:
            frames = list(source)
        assert [frame.index for frame in frames] == list(range(25, 50))

    @pytest.mark.parametrize(("start", "end"), [(Timecode(seconds=3700), None), (None, Timecode(frame=0))])
    def test_an_empty_part_names_the_one_that_there_is(
        self, late: Path, start: Timecode | None, end: Timecode | None
    ) -> None:
        with (
            VideoFile(late, start=start, end=end) as source,
            pytest.raises(SourceError, match=r"choose a part between 0:00:00\.000 and 0:00:02\.[345]\d\d"),
        ):
            list(source)


def write_overflow(path: Path) -> Path:
    """Write a transport stream of 4 s whose clock of 33 bits overflows after 2 s."""
    start = 2**33 - 2 * 90_000
    times = [start + 3600 * n for n in range(100)]
    sound = Sound("mp2", 4.0, start / 90_000)
    return write_clip(path, [noise(n) for n in range(100)], times=times, time_base=Fraction(1, 90_000), sound=sound)


def test_the_clock_of_a_transport_stream_that_overflows_goes_on(tmp_path: Path) -> None:
    with VideoFile(write_overflow(tmp_path / "overflow.ts")) as source:
        times = [frame.time for frame in source]
    assert source.info.start == times[0] == pytest.approx(2**33 / 90_000 - 2, abs=1.5)
    assert np.diff(times) == pytest.approx(0.04)
    assert (len(times), source.damage, source.info.starts_late) == (100, None, True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.limit(30)
@pytest.mark.parametrize("suffix", [".ts", ".mkv"])
def test_a_pipe_is_read_to_its_end(tmp_path: Path, suffix: str) -> None:
    path = write_clip(tmp_path / f"clip{suffix}", [noise(n) for n in range(60)], sound=Sound("mp2", 2.4))
    with VideoFile(path) as source:
        expected = [(frame.index, frame.time, frame.image.mean()) for frame in source]
    with piped(path, tmp_path / "pipe") as pipe, VideoFile(pipe) as source:
        found = [(frame.index, frame.time, frame.image.mean()) for frame in source]
    assert found == expected
    assert len(found) == 60
    assert (source.info.is_pipe, source.info.has_audio, source.damage) == (True, True, None)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.limit(30)
def test_a_pipe_without_a_video_says_so(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no video")
    with (
        piped(tmp_path / "note.txt", tmp_path / "pipe") as pipe,
        pytest.raises(SourceError, match=r"pipe' is not a video, or one that cannot be read from a pipe; "),
    ):
        VideoFile(pipe)


def test_file_names_that_look_like_patterns_or_addresses(tmp_path: Path) -> None:
    for name in ("a%03d.mp4", "http:clip.mp4", "[x]*.mp4", "смех 笑.mp4"):
        path = write_clip(tmp_path / "plain.mp4", [grey(50)] * 3).rename(tmp_path / name)
        with VideoFile(path) as source:
            assert sum(1 for _ in source) == 3


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    assert resource
    path = write_clip(tmp_path / "long.mp4", [grey(n % 200, 640, 480) for n in range(400)])
    script = (
        "import resource, sys; from pathlib import Path; from fervid.sources.video_file import VideoFile\n"
        "seen = []\n"
        "for frame in VideoFile(Path(sys.argv[1])):\n"
        "    if frame.index in (100, 399): seen.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        "print(seen[1] / seen[0])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1.2  # 300 frames kept would be 276 MB more
    assert done.stderr == ""


def test_clips_of_the_tests_have_the_encoding_they_name(tmp_path: Path) -> None:
    for encoding, suffix in ((H264, ".mp4"), (FFV1, ".mkv")):
        path = write_clip(tmp_path / f"clip{suffix}", [grey(1)], encoding)
        with av.open(str(path)) as container:
            assert container.streams.video[0].codec_context.pix_fmt == encoding.pix_fmt
