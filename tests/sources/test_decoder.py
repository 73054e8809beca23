"""Damaged files, of which the rest is read and the loss counted, and files that are no videos."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import Encoding, Sound, cut, grey, noise, scramble, write_clip

from fervid.errors import SourceError
from fervid.sources import open_source
from fervid.sources.video_file import VideoFile

FRAGMENTED = Encoding(container=(("movflags", "frag_keyframe+empty_moov"),), options=(("g", "20"), ("crf", "10")))


@pytest.fixture(scope="module")
def fragmented(clips: Path) -> Path:
    return write_clip(clips / "fragmented.mp4", [noise(n) for n in range(100)], FRAGMENTED)


def frames_of(path: Path) -> tuple[int, VideoFile]:
    with VideoFile(path) as source:
        indices = [frame.index for frame in source]
    assert indices == list(range(len(indices)))
    return len(indices), source


def test_a_file_that_is_cut_off_is_read_to_the_cut(four_seconds: Path, tmp_path: Path) -> None:
    count, source = frames_of(cut(four_seconds, tmp_path / "cut.mp4"))
    assert 50 <= count <= 70
    assert source.undecodable == 1  # the packet that the cut goes through
    assert source.damage is not None
    last = (count - 1) * 0.04
    assert f"cut off after 0:00:0{last:.3f}: {count} of about 100 frames" in source.damage
    assert "\n" not in source.damage


@pytest.mark.parametrize("suffix", [".mkv", ".flv", ".avi"])
def test_other_containers_that_are_cut_off(tmp_path: Path, suffix: str) -> None:
    encoding = Encoding(options=(("preset", "ultrafast"), ("bf", "0")), tags=(("time_base", Fraction(1, 25)),))
    whole = write_clip(tmp_path / f"whole{suffix}", [noise(n) for n in range(100)], encoding)
    count, source = frames_of(cut(whole, tmp_path / f"cut{suffix}"))
    assert 50 <= count <= 80
    assert source.damage is not None
    assert f"cut off after 0:00:0{(count - 1) * 0.04:.3f}: {count} of about 100 frames" in source.damage


def test_a_fragmented_file_that_is_cut_off(fragmented: Path, tmp_path: Path) -> None:
    count, source = frames_of(cut(fragmented, tmp_path / "cut.mp4"))
    assert 50 <= count <= 70
    assert source.damage is not None
    assert "cut off after" in source.damage


def test_a_transport_stream_that_is_cut_off_has_no_header_to_tell(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.ts", [noise(n) for n in range(100)])
    count, _ = frames_of(cut(whole, tmp_path / "cut.ts"))
    assert 50 <= count <= 70


def test_sound_that_is_longer_than_the_video_is_not_damage(tmp_path: Path) -> None:
    for suffix in (".mp4", ".mkv"):
        path = write_clip(tmp_path / f"long{suffix}", [grey(n) for n in range(25)], sound=Sound(seconds=5.0, rate=8000))
        count, source = frames_of(path)
        assert (count, source.damage) == (25, None)


def test_video_that_is_longer_than_the_sound_is_not_damage(tmp_path: Path) -> None:
    count, source = frames_of(
        write_clip(tmp_path / "short.mkv", [grey(n) for n in range(100)], sound=Sound(seconds=0.5, rate=8000))
    )
    assert (count, source.damage) == (100, None)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_corrupt_bytes_in_the_middle_lose_few_frames(four_seconds: Path, tmp_path: Path, share: float) -> None:
    count, source = frames_of(scramble(four_seconds, tmp_path / "scrambled.mp4", share))
    assert 90 <= count <= 100
    assert count + source.undecodable == 100  # every frame is accounted for
    assert source.damage is None or "cut off" not in source.damage


def test_packets_that_do_not_decode_are_counted(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "whole.mov", [noise(n) for n in range(20)], Encoding("png", "rgb24", ()))
    data = bytearray(path.read_bytes())
    starts = [place for place in range(len(data)) if data[place : place + 8] == b"\x89PNG\r\n\x1a\n"]
    for start in (starts[7], starts[8]):
        data[start : start + 8] = bytes(8)
    path.write_bytes(data)
    with VideoFile(path) as source:
        frames = list(source)
    assert [round(frame.time * 25) for frame in frames] == [n for n in range(20) if n not in (7, 8)]
    assert [frame.index for frame in frames] == list(range(18))
    assert source.undecodable == 2
    assert source.damage is not None
    assert source.damage.endswith("whole.mov' is damaged: 2 frames did not decode")


@pytest.mark.parametrize("seed", range(8))
def test_random_corruption_raises_no_other_error(four_seconds: Path, tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    data = np.frombuffer(four_seconds.read_bytes(), np.uint8).copy()
    places = random.integers(0, len(data), 1 + seed * 100)
    data[places] = random.integers(0, 256, len(places))
    path = tmp_path / "noisy.mp4"
    path.write_bytes(data.tobytes())
    try:
        with VideoFile(path) as source:
            times = [frame.time for frame in source]
    except SourceError:
        return
    assert all(earlier < later for earlier, later in itertools.pairwise(times))


def audio_only(path: Path) -> Path:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        sound.sample_rate = 8000
        file.mux(stream.encode(sound))
        file.mux(stream.encode(None))
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def problem(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        open_source(path)
    assert "\n" not in str(caught.value)
    assert str(path) in caught.value.problem
    return str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    assert "does not exist" in problem(tmp_path / "missing.mp4")
    assert "does not exist" in problem(written(tmp_path / "file", b"x") / "clip.mp4")


def test_a_folder_in_place_of_a_video(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder"):
        VideoFile(tmp_path)


def test_an_empty_file(tmp_path: Path) -> None:
    assert "is empty" in problem(written(tmp_path / "empty.mp4", b""))


@pytest.mark.parametrize("name", ["text.mp4", "text.txt", "text", "text.gif"])
def test_a_text_file(tmp_path: Path, name: str) -> None:
    assert "is not a video" in problem(written(tmp_path / name, b"These are words, not frames.\n" * 100))


@pytest.mark.parametrize("content", ["ffconcat version 1.0\nfile {0}\n", "#EXTM3U\n#EXTINF:4,\n{0}\n#EXT-X-ENDLIST\n"])
def test_a_playlist_opens_no_other_file(four_seconds: Path, tmp_path: Path, content: str) -> None:
    with av.open(str(four_seconds)) as read, av.open(str(tmp_path / "other.ts"), "w") as copy:
        stream = copy.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    playlist = written(tmp_path / "innocent.mp4", content.format("other.ts").encode())
    assert "is a playlist, which only names other files; give those files" in problem(playlist)


def test_random_bytes(tmp_path: Path) -> None:
    problem(written(tmp_path / "random.mp4", np.random.default_rng(0).bytes(10_000)))


def test_sound_without_pictures(tmp_path: Path) -> None:
    assert "has only sound" in problem(audio_only(tmp_path / "sound.m4a"))


def test_a_file_that_has_lost_its_index(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", [noise(n) for n in range(20)])
    assert "has no index" in problem(cut(whole, tmp_path / "cut.mp4"))


def test_an_index_without_frames(four_seconds: Path, tmp_path: Path) -> None:
    data = four_seconds.read_bytes()
    path = written(tmp_path / "index.mp4", data[: data.index(b"mdat") + 4])
    assert "has no frame that decodes" in problem(path)


def test_an_unknown_codec(four_seconds: Path, tmp_path: Path) -> None:
    problem(written(tmp_path / "odd.mp4", four_seconds.read_bytes().replace(b"avc1", b"zzzz")))


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_a_file_without_permission(four_seconds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(shutil.copy(four_seconds, tmp_path / "secret.mp4"))
    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser may read everything

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    assert "permission denied" in problem(path)


def test_ffmpeg_and_opencv_print_nothing(four_seconds: Path, album: Path, tmp_path: Path) -> None:
    """Messages of their own would break a progress bar."""
    damaged = [
        cut(four_seconds, tmp_path / "cut.mp4"),
        scramble(four_seconds, tmp_path / "scrambled.mp4", length=3000),
        written(tmp_path / "text.mp4", b"words"),
        cut(album / "img1.png", tmp_path / "cut.png"),
        scramble(album / "img1.png", tmp_path / "scrambled.png", length=5),
        written(tmp_path / "cut.tiff", b"II*\0\x08\0\0\0\x09\0\0\1"),
    ]
    script = (
        "import sys; from pathlib import Path\n"
        "from fervid.errors import SourceError; from fervid.sources import open_source\n"
        "for path in sys.argv[1:]:\n"
        "    try: list(open_source(Path(path)))\n"
        "    except SourceError: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, damaged)], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
