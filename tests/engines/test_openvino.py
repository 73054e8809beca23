"""OpenVINO divides batches among streams, and sends nothing over the network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fervid import engines

FACES = np.random.default_rng(5).integers(0, 256, (70, 1, 48, 48), np.uint8)


@pytest.mark.parametrize("count", [1, 2, 3, 70])
def test_streams_share_the_faces_of_a_call(engine_folder: Path, count: int) -> None:
    with (
        engines.load(engine_folder, backend="openvino", precision="fp32") as one,
        engines.load(engine_folder, backend="openvino", precision="fp32", threads=3) as several,
    ):
        np.testing.assert_allclose(several.classify(FACES[:count]), one.classify(FACES[:count]), atol=1e-6)


REPORTS_NOTHING = """
import sys
from pathlib import Path
import numpy as np
from fervid.engines import backends
from fervid.engines.backends import Calibration, Plan
from fervid.engines.build import build
faces = np.random.default_rng(5).integers(0, 256, (8, 1, 48, 48), np.uint8)
plan = Plan(precision="int8", calibration=Calibration(faces, "noise"))
build(Path(sys.argv[1]), backends.get("openvino"), plan, Path(sys.argv[2]))
import nncf
sys.exit(any(name.startswith("openvino_telemetry.") for name in sys.modules))
"""


def test_nothing_reports_over_the_network(engine_folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    names = [sys.executable, "-c", REPORTS_NOTHING, str(engine_folder), str(tmp_path / "int8")]
    # Where OpenVINO reports, it leaves an identity of the user in the home folder.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("CI", "PYTEST"))}
    done = subprocess.run(names, env=environment | {"HOME": str(home)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert (tmp_path / "int8" / "model.xml").is_file()
    assert not (home / "intel").exists()
