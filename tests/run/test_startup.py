"""The packages that an analysis loads before its first row."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fervid import engines
from fervid.settings import Settings
from samples.clips import CLIPS
from samples.render import adapted, render


def test_the_timeline_of_one_face_loads_no_package_that_it_has_no_use_for(assets: Path, tmp_path: Path) -> None:
    del assets  # both models are on this machine, as they are from the second analysis on
    engines.load(Settings().engine, "cpu").close()
    clip = render(adapted(CLIPS["single"], (320, 180), 0.3), tmp_path)
    unused = {"torch", "scipy", "matplotlib", "pandas", "sounddevice"}
    code = (
        "import fervid.cli, sys\n"
        f"code = fervid.cli.run(['timeline', {str(clip)!r}, '-o', {str(tmp_path / 'single.csv')!r}])\n"
        f"print(code, sorted({unused} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "0 []\n", done.stderr
    assert (tmp_path / "single.csv").read_text().count("\n") > 5
