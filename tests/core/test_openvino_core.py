"""OpenVINO's one runtime leaves signals alone."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("openvino")

_SCRIPT = """
import gc, signal
from fervid.detect import create
from fervid.settings import Settings

first, second = create(Settings()), create(Settings())
for detector in (first, second):
    detector.close()
del first
gc.collect()
del second, detector
gc.collect()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_after_two_networks_are_closed_in_their_order_is_a_keyboard_interrupt() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
