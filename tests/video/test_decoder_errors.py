"""A decoder that does not open fails in one way at every packet, whatever the version of PyAV."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from support.clips import FFV1, grey, write_clip

from fervid.errors import SourceError
from fervid.sources import open_source
from fervid.video.containers import open_file
from fervid.video.decoder_errors import decoder_errors


@pytest.fixture
def unopenable(tmp_path: Path) -> Path:
    """Return a video whose decoder refuses what the header says of the codec."""
    path = write_clip(tmp_path / "clip.mkv", [grey(50)] * 3, FFV1)
    with open_file(path) as container:
        header = container.streams.video[0].codec_context.extradata
    assert header
    content = path.read_bytes()
    assert content.count(header) == 1
    path.write_bytes(content.replace(header, b"\xff" * len(header)))
    return path


def test_every_packet_is_invalid_data(unopenable: Path) -> None:
    with open_file(unopenable) as container:
        for packet in [*container.demux(video=0)][:3]:
            with pytest.raises(av.InvalidDataError), decoder_errors():
                packet.decode()


def test_other_errors_of_ffmpeg_are_passed_on() -> None:
    with pytest.raises(av.FFmpegError) as caught, decoder_errors():
        raise av.ArgumentError(22, "Invalid argument")
    assert type(caught.value) is av.ArgumentError


def test_a_video_whose_decoder_does_not_open_is_one_clear_error(unopenable: Path) -> None:
    with pytest.raises(SourceError, match="has no frame that decodes"):
        open_source(unopenable)
