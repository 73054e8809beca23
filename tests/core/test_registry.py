"""A registry imports what is asked for, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fervid.core.registry import Registry, suggestion
from fervid.errors import MissingPackageError, UsageError


def test_a_registered_thing_is_imported_when_it_is_asked_for() -> None:
    registry: Registry[type[Path]] = Registry("path", {"path": "pathlib:Path", "none": "no_such_module:nothing"})
    assert registry.names == ("path", "none")
    assert registry.get("path") is Path


def test_an_unknown_name_is_answered_with_what_is_known() -> None:
    registry: Registry[object] = Registry("smoother", {"median": "pathlib:Path", "none": "pathlib:Path"})
    with pytest.raises(UsageError, match=r"^there is no smoother 'medan'; did you mean median\?$"):
        registry.get("medan")
    with pytest.raises(UsageError, match=r"^there is no smoother 'x'; choose one of median, none$"):
        registry.get("x")


@pytest.mark.parametrize(("package", "install"), [("cv2", "opencv-contrib-python<5"), ("mediapipe", "mediapipe")])
def test_a_missing_package_is_named_with_its_pip_command(
    package: str, install: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wants_it.py").write_text(f"import {package}.something\nthing = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError) as caught:
        Registry[int]("thing", {"it": "wants_it:thing"}).get("it")
    assert caught.value.problem.startswith(f"{package} cannot be imported")
    assert caught.value.remedy == f"run: pip install '{install}'"


def test_a_suggestion_resembles_the_name() -> None:
    assert suggestion("opnvino", ("onnx", "openvino")) == "did you mean openvino?"
    assert suggestion("zzz", ("onnx", "openvino")) == ""
