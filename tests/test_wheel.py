"""The sdist and the wheel can be published: whole, small, and the same from the repository and from the sdist."""

from __future__ import annotations

import zipfile
from pathlib import Path

from benchmarks import wheel


def test_the_sdist_and_its_wheel_can_be_published(tmp_path: Path) -> None:
    assert wheel.check(wheel.build(tmp_path)) == []


def test_a_wheel_with_a_test_and_without_its_engines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fervid-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("fervid/__init__.py", "fervid/tests/test_api.py", "samples/clips.py"):
            archive.writestr(name, "")
    faults = wheel.faults(path)
    assert "fervid/py.typed is missing." in faults
    assert "fervid/engines/shipped/swift-video/weights.safetensors is missing." in faults
    assert "fervid-1.0.dist-info/licenses/LICENSE is missing." in faults
    assert "samples/clips.py does not belong there." in faults
    assert "fervid/tests/test_api.py is a test." in faults
