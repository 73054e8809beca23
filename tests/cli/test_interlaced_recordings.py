"""An interlaced recording of a face that sways, beside the progressive pictures that it is made from."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import FFV1, write_clip
from support.footage import Footage
from support.interlacing import write_interlaced

from fervid import Timeline
from fervid.cli import run
from fervid.sources import open_source

_PROGRESSIVE = b"\x9a\x81\x02"
"""The element FlagInterlaced of Matroska (RFC 9559, 5.1.4.1.28.1) with the value for progressive video."""


def labels(path: Path) -> dict[int, int]:
    """The class of the first face of each frame that has one, by the index of the frame."""
    return {frame.index: int(np.argmax(frame.faces[0].raw)) for frame in Timeline.load(path).frames if frame.faces}


def deviation(path: Path, original: Path) -> float:
    """The mean difference between the probabilities of the first faces of two timelines; 1 for a face not found."""
    first, second = (
        {frame.index: frame.faces[0].raw for frame in Timeline.load(one).frames if frame.faces}
        for one in (path, original)
    )
    return float(np.mean([np.abs(first[at] - raw).mean() if at in first else 1.0 for at, raw in second.items()]))


def test_a_swaying_face_has_the_labels_of_the_progressive_original(
    footage: Footage, assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_source(footage["smile.mp4"]) as source:
        swaying = [np.roll(f.image, 2 * round(30 * math.sin(math.pi * f.index / 10)), axis=1) for f in source]
    original = write_clip(tmp_path / "original.mkv", swaying[::2], FFV1)
    recording = write_interlaced(tmp_path / "recording.mkv", swaying)

    assert run(["timeline", str(original), "--quiet"]) == 0
    assert "interlaced" not in capsys.readouterr().err
    truth = labels(tmp_path / "original.csv")
    assert len(truth) == len(swaying) // 2 == 36

    assert run(["annotate", str(recording), "--csv", "-o", "result.mkv"]) == 0
    line = "recording.mkv' has interlaced frames, which are deinterlaced; --no-deinterlace leaves them as they are"
    assert capsys.readouterr().err.count(line) == 1
    assert labels(tmp_path / "result.csv") == truth
    assert _PROGRESSIVE in (tmp_path / "result.mkv").read_bytes()
    with av.open(str(tmp_path / "result.mkv")) as container:
        assert [frame.interlaced_frame for frame in container.decode(video=0)] == [False] * 36

    assert run(["timeline", str(recording), "--no-deinterlace", "-o", "combed.csv"]) == 0
    assert "interlaced" not in capsys.readouterr().err
    combed, clean = (deviation(tmp_path / name, tmp_path / "original.csv") for name in ("combed.csv", "result.csv"))
    assert combed > 2 * clean  # the combs hide the face, or change its probabilities
