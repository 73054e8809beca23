"""The files of the render script: a video and its ground truth."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from samples.clips import CLIPS
from samples.render import TRUTH_COLUMNS, adapted, main, render, truth_path


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short, small rendering of the clip with one face."""
    return render(adapted(CLIPS["single"], (320, 180), 1.5), tmp_path_factory.mktemp("single"))


def rows_of(video: Path) -> list[dict[str, str]]:
    with truth_path(video).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def times_of(video: Path) -> list[float]:
    with av.open(str(video)) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


def test_the_video_is_h264_with_aac_sound_as_long_as_the_picture(single: Path) -> None:
    with av.open(str(single)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert (picture.width, picture.height, picture.average_rate) == (320, 180, 30)
        assert float(sound.duration * sound.time_base) == pytest.approx(1.5, abs=0.03)
        heard = max(abs(frame.to_ndarray()).max() for frame in container.decode(audio=0))
    assert heard > 0.05


def test_frames_keep_their_given_times(single: Path) -> None:
    assert times_of(single) == pytest.approx([number / 30 for number in range(45)], abs=1e-4)


def test_the_truth_has_a_row_for_the_face_in_every_frame(single: Path) -> None:
    rows = rows_of(single)
    assert tuple(rows[0]) == TRUTH_COLUMNS
    assert [int(row["frame"]) for row in rows] == list(range(45))
    assert [float(row["time_s"]) for row in rows] == pytest.approx(times_of(single), abs=6e-4)
    assert {row["face"] for row in rows} == {"dan"}
    assert [rows[frame]["expression"] for frame in (0, 20, 40)] == ["neutral", "neutral", "happy"]
    for row in rows:
        x, y, width, height = (float(row[key]) for key in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + width <= 320
        assert y + height <= 180


def test_uneven_times_are_in_the_container_and_in_the_truth(tmp_path: Path) -> None:
    video = render(adapted(CLIPS["vfr"], (160, 90), 1.0), tmp_path)
    times = times_of(video)
    assert [float(row["time_s"]) for row in rows_of(video)] == pytest.approx(times, abs=6e-4)
    assert len(set(np.diff(times).round(4))) > 5


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    clip = adapted(CLIPS["vfr"], (160, 90), 0.5)
    first, again = render(clip, tmp_path / "first", seed=3), render(clip, tmp_path / "again", seed=3)
    assert truth_path(first).read_bytes() == truth_path(again).read_bytes()
    assert first.read_bytes() == again.read_bytes()


def test_a_clip_without_faces_has_no_rows_of_ground_truth(tmp_path: Path) -> None:
    assert rows_of(render(adapted(CLIPS["none"], (160, 90), 0.2), tmp_path)) == []


def test_it_runs_as_a_script_from_anywhere(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(root / "samples/render.py"), "out", "--clip", "none", "--size", "128x72"]
    result = subprocess.run(
        [*command, "--seconds", "0.2"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{Path('out/none.mp4')}: hills by a lake, without people\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["none.mp4", "none.truth.csv"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--clip", "zebras"], "invalid choice: 'zebras'"),
        (["--size", "big"], "'big' is not a size; write it like 1280x720"),
        (["--size", "641x360"], "both sides must be even"),
        (["--seconds", "nan"], "give 0.1 to 3600 seconds"),
    ],
)
def test_invalid_arguments_are_usage_errors(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path), *arguments])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
