"""``fervid photo --browse`` as a user calls it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import av
import httpx
import pytest
from PIL import Image
from support.footage import Footage

from fervid.cli import run

pytestmark = pytest.mark.realtime


@contextmanager
def browsing(*arguments: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A run, and the address that it has printed."""
    command = [sys.executable, "-m", "fervid", "photo", "--browse", *arguments]
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_a_page_is_served_until_ctrl_c(footage: Footage, assets: Path, tmp_path: Path) -> None:
    with av.open(str(footage["smile.mp4"])) as clip:
        next(clip.decode(video=0)).to_image().save(tmp_path / "woman.png")
    with browsing(":0", cwd=tmp_path) as (process, url):
        picture = (tmp_path / "woman.png").read_bytes()
        read = httpx.post(f"{url}photo", params={"name": "woman.png"}, content=picture, timeout=60).json()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert url.startswith("http://127.0.0.1:")
    assert [face["face"] for face in read["faces"]] == [1]
    assert process.returncode == 0, said
    assert "press Ctrl-C to stop" in said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["woman.png"]


@pytest.mark.skipif(os.name == "nt", reason="sends SIGTERM")
def test_pictures_in_progress_keep_nobody_from_the_page_and_do_not_hold_up_the_end(
    assets: Path, tmp_path: Path
) -> None:
    Image.new("1", (8000, 8000)).save(tmp_path / "large.png")
    large = (tmp_path / "large.png").read_bytes()
    with browsing(":0", cwd=tmp_path) as (process, url), ThreadPoolExecutor(9) as pool:
        answers = [pool.submit(httpx.post, f"{url}photo?name=large.png", content=large, timeout=60) for _ in range(9)]
        done, _ = wait(answers, timeout=60, return_when=FIRST_COMPLETED)
        assert httpx.get(url, timeout=10).status_code == 200
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert {answer.result().status_code for answer in answers} <= {200, 503}
    assert {answer.result().json()["error"] for answer in done} == {
        "fervid is busy with 6 other pictures; send it again in a moment"
    }
    assert process.returncode == 0, said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--browse", "8080", "a.jpg"], "--browse takes its pictures from a page"),
        (["--csv", "a.csv", "--browse"], "--browse takes its pictures from a page"),
        (["--browse", "no/where"], "'no/where' is not an address"),
        (["--browse", "https://a/b.jpg"], "--browse takes HOST:PORT, not 'https://a/b.jpg'; put IMAGE before --browse"),
        (["a.jpg", "-o", "b.jpg", "--csv", "b.jpg"], "-o and --csv both name 'b.jpg'"),
        ([], "IMAGE is missing; name a picture, or give --browse"),
    ],
)
def test_what_makes_no_sense_ends_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["photo", *arguments]) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
