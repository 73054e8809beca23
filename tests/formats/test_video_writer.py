"""The annotated video: every frame at its own time, every packet of sound as it was, colours as they were."""

from __future__ import annotations

import itertools
import os
import re
import sys
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from support.clips import Encoding, Sound, cut, grey, noise, write_clip
from support.footage import Footage
from writer_inputs import MILLISECOND, clip, copy, flat, frames, info, packets, reading, times, writing

from fervid import formats
from fervid.core.canvas import Canvas
from fervid.core.emotions import FERPLUS
from fervid.core.readings import Frame
from fervid.draw.painter import Painter
from fervid.errors import OutputError, SourceError, UsageError
from fervid.formats.context import Context
from fervid.sources import open_source
from fervid.video.colour import Colour
from fervid.video.containers import BEGIN_TAG

CONTAINERS = [".mp4", ".mov", ".mkv"]
UNEVEN = [0, 40, 45, 300, 301, 302, 500, 1400, 1401, 1433, 1500, 2500]


def annotate(source: Path, target: Path, *, limit: int | None = None, **options: Any) -> Path:
    """Copy `source` through the writer of a video, nothing painted."""
    copy(source, partial(writing, target, **options), limit=limit)
    return target


def apart(first: list[Fraction], second: list[Fraction]) -> Fraction:
    """The largest distance between times that belong together."""
    return max(abs(a - b) for a, b in zip(first, second, strict=True))


def clip_with(path: Path, codec: str, samples: NDArray[np.int16], layout: str, rate: int) -> Path:
    """Write a second of video with sound of several channels; `samples` are interleaved, of shape (1, n * channels)."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = file.add_stream(codec, rate=rate, layout=layout)
        audio.bit_rate = 128_000
        for index in range(25):
            frame = av.VideoFrame.from_ndarray(flat((9, 9, 9), (64, 48)), "bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        heard = av.AudioFrame.from_ndarray(samples, "s16", layout)
        heard.sample_rate, heard.pts, heard.time_base = rate, 0, Fraction(1, rate)
        file.mux(audio.encode(heard))
        file.mux(audio.encode(None))
    return path


class TestTimes:
    @pytest.mark.parametrize("suffix", CONTAINERS)
    def test_uneven_times_are_kept(self, tmp_path: Path, suffix: str) -> None:
        source = clip(tmp_path / "uneven.mp4", UNEVEN)
        assert times(annotate(source, tmp_path / f"out{suffix}")) == [time * MILLISECOND for time in UNEVEN]

    @pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
    def test_every_codec_keeps_them(self, tmp_path: Path, codec: str) -> None:
        source = clip(tmp_path / "uneven.mp4", UNEVEN)
        out = annotate(source, tmp_path / "out.mp4", codec=codec)
        assert times(out) == [time * MILLISECOND for time in UNEVEN]
        with av.open(str(out)) as container:
            assert container.streams.video[0].codec_context.codec.canonical_name == codec

    @pytest.mark.parametrize("suffix", CONTAINERS)
    def test_a_clock_that_begins_late_begins_at_zero(self, tmp_path: Path, suffix: str) -> None:
        late = [1400 + 40 * place for place in range(6)]
        with writing(tmp_path / f"out{suffix}", info(starts_late=True)) as writer:
            for index, time in enumerate(late):
                writer.write(Frame(flat((9, 9, 9)), index, time, MILLISECOND), reading(index, time / 1000))
            writer.finish()
        assert times(tmp_path / f"out{suffix}") == [(time - 1400) * MILLISECOND for time in late]

    @pytest.mark.parametrize("start", [3_600_000 * 20, 2**33 // 90 - 500])
    def test_a_recording_that_begins_late_plays_at_once_with_its_sound(self, tmp_path: Path, start: int) -> None:
        """The second one passes the overflow of the clock of transport streams after half a second."""
        late = range(start, start + 1000, 40)
        source = clip(tmp_path / "late.ts", late, sound="mp2", sound_from_ms=start)
        out = annotate(source, tmp_path / "out.mp4")
        assert [float(time) for time in times(out)] == pytest.approx([n * 0.04 for n in range(25)], abs=1e-4)
        shift = times(source)[0]
        before = [(time - shift, content) for time, content in packets(source) if time >= shift]
        assert [content for _, content in packets(out)] == [content for _, content in before]
        assert apart([time for time, _ in packets(out)], [time for time, _ in before]) <= MILLISECOND

    def test_a_clock_that_begins_below_zero_begins_at_zero(self, tmp_path: Path) -> None:
        with writing(tmp_path / "out.mp4", info()) as writer:
            for index in range(3):
                writer.write(Frame(flat((9, 9, 9)), index, index * 40 - 80, MILLISECOND), reading(index, 0.0))
            writer.finish()
        assert times(tmp_path / "out.mp4") == [0, 40 * MILLISECOND, 80 * MILLISECOND]

    def test_a_clock_that_stands_still_loses_no_frame(self, tmp_path: Path) -> None:
        with writing(tmp_path / "out.mp4", info()) as writer:
            for index, time in enumerate([0, 40, 40, 20, 80]):
                writer.write(Frame(flat((9, 9, 9)), index, time, MILLISECOND), reading(index, 0.0))
            writer.finish()
        assert times(tmp_path / "out.mp4") == [time * MILLISECOND for time in (0, 40, 41, 42, 80)]

    @pytest.mark.parametrize("name", ["lean.mp4", "gone.mov", "things.mp4", "smile.mp4"])
    def test_clips_keep_theirs_exactly(self, footage: Footage, tmp_path: Path, name: str) -> None:
        out = annotate(footage[name], tmp_path / "out.mp4", limit=60)
        assert times(out) == times(footage[name])[:60]


class TestTags:
    @pytest.mark.parametrize("suffix", CONTAINERS)
    def test_title_and_creation_time_are_kept(self, tmp_path: Path, suffix: str) -> None:
        tags = {"title": "Interview 7", "creation_time": "2024-05-06T07:08:09.000000Z", "comment": "private"}
        source = write_clip(tmp_path / f"talk{suffix}", [flat((9, 9, 9))] * 3, tags=tags)
        with av.open(str(annotate(source, tmp_path / f"out{suffix}"))) as container:
            kept = {name.lower(): text for name, text in container.metadata.items()}
        assert kept["title"] == "Interview 7"
        assert kept["creation_time"] == "2024-05-06T07:08:09.000000Z"
        assert "comment" not in kept


class TestSound:
    @pytest.mark.parametrize("name", ["gone.mov", "smile.mp4", "things.mp4"])
    def test_sound_is_copied_byte_for_byte_at_its_own_time(self, footage: Footage, tmp_path: Path, name: str) -> None:
        """AAC that begins 2.4 s late, MP3, and AAC that begins a little below zero."""
        before, after = packets(footage[name]), packets(annotate(footage[name], tmp_path / "out.mp4"))
        assert [content for _, content in after] == [content for _, content in before]
        assert apart([time for time, _ in before], [time for time, _ in after]) <= Fraction(1, 44_100)

    @pytest.mark.parametrize(
        ("sound", "suffix"),
        [(sound, suffix) for sound in ("aac", "mp3", "ac3", "alac") for suffix in CONTAINERS]
        + [("flac", ".mp4"), ("flac", ".mkv")],
    )
    def test_what_the_container_takes_is_copied(self, tmp_path: Path, sound: str, suffix: str) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 1000, 40), sound=sound)
        before, after = packets(source), packets(annotate(source, tmp_path / f"out{suffix}"))
        assert [content for _, content in after] == [content for _, content in before]
        assert apart([time for time, _ in before], [time for time, _ in after]) <= 2 * MILLISECOND

    @pytest.mark.parametrize(("sound", "suffix"), [("pcm_s16le", ".mp4"), ("flac", ".mov")])
    def test_what_it_does_not_take_is_encoded_as_aac(self, tmp_path: Path, sound: str, suffix: str) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 1000, 40), sound=sound, sound_from_ms=200)
        out = annotate(source, tmp_path / f"out{suffix}")
        with av.open(str(out)) as container:
            stream = container.streams.audio[0]
            heard = list(container.decode(stream))
            assert stream.codec_context.name == "aac"
        samples = sum(frame.samples for frame in heard)
        assert abs(samples - 44_100) <= 3 * 1024
        assert abs(heard[0].time - 0.2) <= 0.03
        loud = np.concatenate([frame.to_ndarray()[0] for frame in heard])
        assert np.abs(loud).max() > 0.1

    @pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("5.1", 6)])
    def test_what_is_encoded_keeps_its_channels_and_their_quality(
        self, tmp_path: Path, layout: str, channels: int
    ) -> None:
        """PCM in Matroska names no layout, and AAC does not know the rate."""
        loud = np.random.default_rng(0).integers(-9000, 9000, (1, 50_000 * channels), np.int16)
        out = annotate(clip_with(tmp_path / "clip.mkv", "pcm_s16le", loud, layout, 50_000), tmp_path / "out.mp4")
        with av.open(str(out)) as container:
            stream = container.streams.audio[0]
            assert (stream.codec_context.name, stream.layout.name, stream.rate) == ("aac", layout, 48_000)
            assert stream.bit_rate == pytest.approx(96_000 * channels, rel=0.25)

    def test_what_a_decoder_holds_back_is_encoded_too(self, tmp_path: Path) -> None:
        """The decoder of Windows Media gives the last portion only when it is told that no more comes."""
        tone = (np.sin(np.arange(44_100) * 0.05) * 8000).astype(np.int16)[None]
        source = clip_with(tmp_path / "clip.wmv", "wmav2", tone, "mono", 44_100)
        samples = []
        for path in (source, annotate(source, tmp_path / "out.mp4")):
            with av.open(str(path)) as container:
                samples.append(sum(frame.samples for frame in container.decode(audio=0)))
        assert samples[1] >= samples[0]

    def test_samples_that_were_never_compressed_are_copied_in_other_portions(self, tmp_path: Path) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 1000, 40), sound="pcm_s16le")
        out = annotate(source, tmp_path / "out.mov")
        assert b"".join(content for _, content in packets(out)) == b"".join(content for _, content in packets(source))

    @pytest.mark.parametrize("suffix", [".mp4", ".mov"])
    def test_the_last_packet_lasts_as_long_as_the_one_before(self, tmp_path: Path, suffix: str) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 1000, 40), sound="alac")  # to whose packets Matroska gives no end
        with av.open(str(annotate(source, tmp_path / f"out{suffix}"))) as container:
            stream = container.streams.audio[0]
            assert 1.0 <= float(stream.duration * stream.time_base) <= 1.1

    def test_a_second_packet_at_one_time_is_left_out(self, tmp_path: Path) -> None:
        """Damaged files have such packets."""
        source, twice = clip(tmp_path / "clip.mkv", range(0, 1000, 40), sound="mp3"), tmp_path / "twice.mkv"
        with av.open(str(source)) as read, av.open(str(twice), "w") as written:
            copies = [written.add_stream_from_template(stream) for stream in read.streams]
            for packet in read.demux():
                if packet.dts is not None:
                    again = av.Packet(bytes(packet))
                    again.pts, again.dts, again.time_base = packet.pts, packet.dts, packet.time_base
                    packet.stream = again.stream = copies[packet.stream_index]
                    written.mux(packet)
                    if again.stream.type == "audio":
                        written.mux(again)
        assert len(packets(twice)) == 2 * len(packets(source))
        out = annotate(twice, tmp_path / "out.mp4")
        assert [content for _, content in packets(out)] == [content for _, content in packets(source)]

    @pytest.mark.parametrize("known", [True, False])
    def test_a_track_that_begins_later_ends_no_other(self, tmp_path: Path, known: bool) -> None:
        """A broadcaster may add a language. FFmpeg searches only the first seconds and the last bytes for streams.

        Of a track that it finds in the last bytes, it does not know the sample rate.
        """
        parts = [
            write_clip(tmp_path / "one.ts", [grey(n % 200) for n in range(225)], sound=Sound("mp2", 9.0)),
            write_clip(tmp_path / "two.ts", [grey(n) for n in range(100)], sound=Sound("mp2", 4.0, tracks=2)),
            write_clip(tmp_path / "long.ts", [noise(n, 128, 96) for n in range(40)], sound=Sound("mp2", 1.6)),
        ][: 2 if known else 3]
        source = tmp_path / "all.ts"
        source.write_bytes(b"".join(part.read_bytes() for part in parts))
        with av.open(str(source)) as container:
            assert [stream.rate for stream in container.streams.audio] == ([44_100, 0] if known else [44_100])
        out = annotate(source, tmp_path / "out.mp4")
        assert len(packets(out)) == sum(len(packets(part)) for part in parts)
        if known:
            with av.open(str(out)) as container:
                late = list(container.decode(audio=1))
            assert late[0].time == pytest.approx(9.0, abs=0.05)
            assert sum(frame.samples for frame in late) / late[0].rate == pytest.approx(4.0, abs=0.1)

    def test_every_track_is_carried_over(self, tmp_path: Path) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 1000, 40), sound="aac", tracks=3)
        out = annotate(source, tmp_path / "out.mp4")
        for track in range(3):
            assert [content for _, content in packets(out, track)] == [c for _, c in packets(source, track)]

    def test_a_track_of_an_unknown_kind_is_left_out_with_a_warning(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 1000, 40), sound="aac", tracks=2)
        source.write_bytes(source.read_bytes().replace(b"A_AAC", b"A_ZZZ", 1))
        out = annotate(source, tmp_path / "out.mp4")
        assert len(times(out)) == 25
        assert [content for _, content in packets(out)] == [content for _, content in packets(source, 1)]
        assert caplog.messages == [f"'{source}': sound track 1 has a codec that FFmpeg does not know; it is left out"]

    def test_where_no_track_is_of_a_known_kind_the_video_is_silent(self, tmp_path: Path) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 1000, 40), sound="aac")
        source.write_bytes(source.read_bytes().replace(b"A_AAC", b"A_ZZZ", 1))
        out = annotate(source, tmp_path / "out.mp4")
        assert len(times(out)) == 25
        with av.open(str(out)) as container:
            assert not container.streams.audio

    @pytest.mark.parametrize("suffix", CONTAINERS)
    def test_tags_that_are_not_utf_8_do_not_stop_it(self, tmp_path: Path, suffix: str) -> None:
        tone = Sound(seconds=1.0)
        source = tmp_path / f"latin{suffix}"
        write_clip(source, [flat((9, 9, 9))] * 25, sound=tone, tags={"title": "Café"}, tag_encoding="latin-1")
        assert b"Caf\xe9" in source.read_bytes()
        out = annotate(source, tmp_path / "out.mp4")
        assert len(times(out)) == 25
        assert len(packets(out)) == len(packets(source))

    @pytest.mark.parametrize("name", ["12:30:05 talk.mkv", "concat:b.mkv"])
    def test_no_part_of_a_name_is_a_protocol(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.chdir(tmp_path)
        clip(Path("b.mkv"), range(0, 3000, 40), sound="mp3", sound_ms=3000)
        source = clip(Path(name), range(0, 1000, 40), sound="aac")
        out = annotate(source, Path("12:30:05 out.mp4"))
        assert [content for _, content in packets(out)] == [content for _, content in packets(source)]

    def test_a_source_that_is_gone_is_no_fault_of_the_output(self, tmp_path: Path) -> None:
        source = clip(tmp_path / "clip.mkv", [0, 40, 80], sound="aac")
        with open_source(source) as opened:
            source.unlink()
            with pytest.raises(
                SourceError, match=r"the sound of '.*clip\.mkv' cannot be read .*; check whether the file"
            ):
                writing(tmp_path / "out.mp4", opened.info)

    def test_sound_that_outlasts_the_picture_is_kept(self, tmp_path: Path) -> None:
        source = clip(tmp_path / "clip.mkv", [0, 40, 80], sound="aac", sound_ms=3000)
        assert len(packets(annotate(source, tmp_path / "out.mp4"))) == len(packets(source))

    def test_a_stretch_takes_its_sound_along_and_begins_at_zero(self, tmp_path: Path) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 3000, 40), sound="aac", sound_ms=3000)
        with open_source(source) as opened, writing(tmp_path / "out.mp4", opened.info, trimmed=True) as writer:
            for frame in opened:
                if 1 <= frame.time < 2:
                    writer.write(frame, reading(frame.index, frame.time))
            writer.finish()
        assert times(tmp_path / "out.mp4") == [time * MILLISECOND for time in range(0, 1000, 40)]
        kept = [content for time, content in packets(source) if 1 <= time < 2]
        assert [content for _, content in packets(tmp_path / "out.mp4")] == kept
        first = next(time for time, _ in packets(source) if time >= 1) - 1
        assert abs(packets(tmp_path / "out.mp4")[0][0] - first) <= MILLISECOND

    def test_a_stretch_from_the_beginning_has_the_first_packet(self, tmp_path: Path) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 3000, 40), sound="flac", sound_ms=3000)
        with open_source(source) as opened, writing(tmp_path / "out.mp4", opened.info, trimmed=True) as writer:
            for frame in opened:
                if frame.time < 1:
                    writer.write(frame, reading(frame.index, frame.time))
            writer.finish()
        kept = [content for time, content in packets(source) if time < 1]
        assert [content for _, content in packets(tmp_path / "out.mp4")] == kept

    @pytest.mark.parametrize(("rate", "lasts"), [(Fraction(5), 0.2), (None, 0.04)])
    def test_the_sound_of_a_stretch_lasts_as_long_as_its_last_frame(
        self, tmp_path: Path, rate: Fraction | None, lasts: float
    ) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 3000, 200), sound="aac", sound_ms=3000)
        with open_source(source) as opened:
            writer = writing(tmp_path / "out.mp4", replace(opened.info, rate=rate), trimmed=True)
            with writer:
                for frame in itertools.islice(opened, 5):
                    writer.write(frame, reading(frame.index, frame.time))
                writer.finish()
        last = [time for time, _ in packets(source) if time < 0.8 + lasts][-1]
        assert packets(tmp_path / "out.mp4")[-1][0] == pytest.approx(last, abs=0.002)

    def test_an_interrupted_run_has_the_sound_of_its_pictures(self, tmp_path: Path) -> None:
        source = clip(tmp_path / "clip.mkv", range(0, 3000, 40), sound="aac", sound_ms=3000)
        out = annotate(source, tmp_path / "out.mp4", limit=25)
        assert len(times(out)) == 25
        assert Fraction(9, 10) < packets(out)[-1][0] <= 1

    def test_a_source_that_breaks_off_keeps_what_there_was(self, tmp_path: Path) -> None:
        whole = clip(tmp_path / "whole.mkv", range(0, 4000, 40), sound="mp3", sound_ms=4000)
        cut = tmp_path / "cut.mkv"
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        out = annotate(cut, tmp_path / "out.mp4")
        assert times(out) == times(cut)
        assert [content for _, content in packets(out)] == [content for _, content in packets(cut)]

    def test_sound_that_cannot_be_read_further_is_left_out_with_a_warning(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        images = [noise(n, 176, 144) for n in range(50)]
        whole = write_clip(tmp_path / "whole.rm", images, Encoding("rv10", options=()), sound=Sound("ac3", 2.0))
        source = cut(whole, tmp_path / "cut.rm")
        out = annotate(source, tmp_path / "out.mp4")
        assert len(times(out)) > 20
        assert len(packets(out)) > 20
        (said,) = (message for message in caplog.messages if "sound" in message)
        assert re.fullmatch(
            rf"'{re.escape(str(source))}': the sound is damaged after 0:00:0[01]\.\d+; .* left out", said
        )


class TestColour:
    PATCHES = np.array(
        [[(30, 40, 200), (40, 200, 60), (200, 60, 40)], [(128, 128, 128), (20, 20, 20), (235, 235, 235)]], np.uint8
    )

    @pytest.mark.parametrize("full_range", [False, True])
    @pytest.mark.parametrize("matrix", [None, 1, 6, 9])
    @pytest.mark.parametrize("size", [(96, 64), (97, 65)])
    def test_colours_come_back_as_they_were(
        self, tmp_path: Path, matrix: int | None, full_range: bool, size: tuple[int, int]
    ) -> None:
        # The codes of primaries and transfer are those of the matrix, but for the transfer of BT.2020.
        colour = Colour(full_range, matrix, matrix, 14 if matrix == 9 else matrix)
        image = self.patches(size)
        with writing(tmp_path / "out.mp4", info(size=size, colour=colour), crf=1) as writer:
            for index in range(3):
                writer.write(Frame(image, index, index * 40, MILLISECOND), reading(index, index * 0.04))
            writer.finish()
        with open_source(tmp_path / "out.mp4") as back:
            assert back.info.colour == colour
            assert (back.info.width, back.info.height) == size
            seen = list(back)[1].image
        for y, x in ((16, 16), (16, 48), (16, 80), (48, 16), (48, 48), (48, 80)):
            assert np.abs(seen[y, x].astype(int) - image[y, x]).max() <= 4, (y, x)

    def patches(self, size: tuple[int, int]) -> NDArray[np.uint8]:
        image = np.repeat(np.repeat(self.PATCHES, 33, axis=0), 33, axis=1)
        return np.ascontiguousarray(image[: size[1], : size[0]])


class TestSize:
    @pytest.mark.parametrize("codec", ["h264", "hevc"])
    @pytest.mark.parametrize("size", [(97, 64), (96, 65), (97, 65), (98, 66)])
    def test_odd_sizes_are_kept(self, tmp_path: Path, codec: str, size: tuple[int, int]) -> None:
        with writing(tmp_path / "out.mp4", info(size=size), codec=codec) as writer:
            for frame in frames(3, size):
                writer.write(frame, reading(frame.index, frame.time, "happy"))
            writer.finish()
        with av.open(str(tmp_path / "out.mp4")) as container:
            assert {(frame.width, frame.height) for frame in container.decode(video=0)} == {size}

    def test_what_cannot_store_an_odd_size_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="libsvtav1 cannot store the odd size 97x64"):
            writing(tmp_path / "out.mp4", info(size=(97, 64)), codec="av1")

    def test_pixels_that_are_not_square_stay_so(self, tmp_path: Path) -> None:
        with writing(tmp_path / "out.mp4", info(pixel_aspect=Fraction(16, 15))) as writer:
            writer.write(frames(1)[0], reading(0, 0.0))
            writer.finish()
        with av.open(str(tmp_path / "out.mp4")) as container:
            assert container.streams.video[0].sample_aspect_ratio == Fraction(16, 15)

    def test_without_a_known_source_the_first_frame_gives_the_size_and_the_shape_of_pixels(
        self, tmp_path: Path
    ) -> None:
        with formats.create(tmp_path / "out.mkv", Context(FERPLUS), "video") as writer:
            image = flat((9, 9, 9), (160, 90))
            writer.write(Frame(image, 0, 0, MILLISECOND, pixel_aspect=Fraction(16, 15)), reading(0, 0.0))
            writer.finish()
        with open_source(tmp_path / "out.mkv") as back:
            assert back.info.canvas == Canvas(160, 90, Fraction(16, 15))
        with av.open(str(tmp_path / "out.mkv")) as container:
            assert BEGIN_TAG not in {name.lower() for name in container.metadata}, "it is no recording of a live source"

    def test_frames_of_another_size_are_fitted_into_the_first_with_their_proportions(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        with writing(tmp_path / "out.mp4", info(), crf=1) as writer:
            for index, size in enumerate([(96, 64), (48, 32), (64, 64)]):
                writer.write(Frame(flat((200, 200, 200), size), index, index * 40, MILLISECOND), reading(index, 0.0))
            writer.finish()
        with av.open(str(tmp_path / "out.mp4")) as container:
            first, smaller, square = (frame.to_ndarray(format="gray") for frame in container.decode(video=0))
        assert first.shape == smaller.shape == square.shape == (64, 96)
        assert smaller.min() > 180
        assert square[:, 20:76].min() > 180  # with black at its sides
        assert max(square[:, :12].max(), square[:, 84:].max()) < 40
        assert [record.getMessage() for record in caplog.records] == [
            f"'{tmp_path / 'out.mp4'}' is 96x64; the frames are 48x32 from 0:00:00.040 on, and are fitted in"
        ]

    def test_a_frame_is_fitted_onto_its_canvas_before_anything_is_drawn(self, tmp_path: Path) -> None:
        """So the overlay is as sharp as on a large frame, and the boxes are in pixels of the canvas."""
        canvas = Canvas(640, 360)
        face_reading = reading(0, 0.0, "happy")
        drawn = flat((90, 90, 90), canvas.size)
        Painter().paint(drawn, face_reading)
        with writing(tmp_path / "out.mp4", info(size=canvas.size), crf=1) as writer:
            small = Frame(flat((90, 90, 90), (160, 90)), 0, 0, MILLISECOND, shown_on=canvas)
            writer.write(small, face_reading)
            writer.finish()
        with open_source(tmp_path / "out.mp4") as back:
            (shown,) = back
        assert np.abs(shown.image.astype(int) - drawn).mean() < 2

    def test_boxes_move_with_a_frame_that_is_fitted_into_another_size(self, tmp_path: Path) -> None:
        with writing(tmp_path / "out.mp4", info(size=(640, 360)), crf=1) as writer:
            writer.write(Frame(flat((90, 90, 90), (96, 64)), 0, 0, MILLISECOND), reading(0, 0.0, "happy"))
            writer.finish()
        drawn = np.zeros((360, 640, 3), np.uint8)
        place = Canvas(640, 360).place(Canvas(96, 64))
        drawn[:, round(place.x) : round(place.x + 96 * place.scale_x)] = 90
        Painter().paint(drawn, reading(0, 0.0, "happy").moved(place))
        with open_source(tmp_path / "out.mp4") as back:
            (shown,) = back
        assert np.abs(shown.image.astype(int) - drawn).mean() < 2

    def test_a_recording_has_the_canvas_of_its_first_frame(self, tmp_path: Path) -> None:
        canvas = Canvas(320, 180)
        context = Context(FERPLUS, painter=Painter(), source=info(size=(160, 90)))
        with formats.create(tmp_path / "live.mp4", context, "video", output=formats.InPlace) as writer:
            writer.write(Frame(flat((90, 90, 90), (160, 90)), 0, 0, MILLISECOND, shown_on=canvas), reading(0, 0.0))
            writer.write(Frame(flat((90, 90, 90), canvas.size), 1, 40, MILLISECOND), reading(1, 0.04))
            writer.finish()
        with open_source(tmp_path / "live.mp4") as back:
            assert [frame.size for frame in back] == [canvas] * 2


class TestOptions:
    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the priorities of threads")
    @pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
    def test_no_thread_gets_another_priority(self, tmp_path: Path, codec: str) -> None:
        """SVT-AV1 would give it to the threads of root."""
        policy = os.sched_getscheduler(0)
        changed = []
        with writing(tmp_path / "out.mp4", info(), codec=codec) as writer:
            writer.write(Frame(flat((9, 9, 9)), 0, 0, MILLISECOND), reading(0, 0))
            for thread in (int(path.name) for path in Path("/proc/self/task").iterdir()):
                with suppress(ProcessLookupError):
                    if os.sched_getscheduler(thread) != policy:
                        changed.append(thread)
            writer.finish()
        assert changed == []

    def test_a_lower_crf_is_a_larger_file(self, tmp_path: Path, footage: Footage) -> None:
        fine = annotate(footage["things.mp4"], tmp_path / "fine.mp4", crf=10, limit=10)
        coarse = annotate(footage["things.mp4"], tmp_path / "coarse.mp4", crf=40, limit=10)
        assert fine.stat().st_size > 3 * coarse.stat().st_size

    def test_an_encoder_names_its_codec(self, tmp_path: Path) -> None:
        with writing(tmp_path / "out.mp4", info(), encoder="libx265") as writer:
            for frame in frames(3):
                writer.write(frame, reading(frame.index, frame.time))
            writer.finish()
        with av.open(str(tmp_path / "out.mp4")) as container:
            assert container.streams.video[0].codec_context.name == "hevc"
            assert container.streams.video[0].codec_context.codec_tag == "hvc1"

    @pytest.mark.parametrize(
        ("options", "error", "said"),
        [
            ({"codec": "h265"}, UsageError, "there is no codec 'h265'; choose one of h264, hevc, av1"),
            ({"encoder": "x264"}, OutputError, "FFmpeg has no video encoder 'x264' here; choose one of .*libx264"),
            ({"encoder": "aac"}, OutputError, "FFmpeg has no video encoder 'aac' here"),
            ({"codec": "hevc", "encoder": "libx264"}, UsageError, "'libx264' writes h264, not hevc; .*libx265"),
            ({"encoder": "h264_v4l2m2m", "crf": 20}, UsageError, "takes no crf"),
            ({"encoder": "h264_v4l2m2m"}, OutputError, "'h264_v4l2m2m' does not run on this machine .*libx264"),
        ],
    )
    def test_what_makes_no_sense_is_refused_at_once(
        self, tmp_path: Path, options: dict[str, Any], error: type[Exception], said: str
    ) -> None:
        with pytest.raises(error, match=said):
            writing(tmp_path / "out.mp4", info(), **options)
        assert list(tmp_path.iterdir()) == []

    def test_a_container_that_cannot_hold_the_codec_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"out\.mov' cannot hold av1"):
            writing(tmp_path / "out.mov", info(), codec="av1")

    def test_an_unknown_suffix_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"use \.mp4, \.m4v, \.mov, \.mkv"):
            writing(tmp_path / "out.avi", info())

    def test_a_run_without_a_frame_leaves_nothing(self, tmp_path: Path) -> None:
        with writing(tmp_path / "out.mp4", info()) as writer:
            assert writer.finish(partial=True) is None
        assert list(tmp_path.iterdir()) == []
