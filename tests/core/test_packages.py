"""Missing packages, reported with the command that installs them."""

from __future__ import annotations

from importlib import metadata
from importlib.metadata import PackageNotFoundError

import pytest

from fervid.core.packages import missing_package, pip_install, require
from fervid.errors import MissingPackageError


def test_an_installed_package_is_imported() -> None:
    assert require("json", "json").loads("1") == 1


def test_a_missing_package_names_its_pip_command() -> None:
    with pytest.raises(MissingPackageError, match=r"no_such_module.*pip install 'fervid\[extra\]'"):
        require("no_such_module", "fervid[extra]")


def test_an_extra_is_spelled_out_as_its_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = [
        "numpy>=1.26",
        "onnx>=1.17; extra == 'onnx'",
        'pycuda>=2024.1; extra == "tensorrt-cu12"',
        "tensorrt-cu12>=10.7 ; (sys_platform != 'darwin') and extra == 'tensorrt-cu12'",
        "fervid[onnx]; extra == 'tensorrt-cu12'",
        "tensorrt-cu13>=10.13.2; extra == 'tensorrt'",
    ]
    monkeypatch.setattr(metadata, "requires", lambda _: declared)
    assert pip_install("fervid[tensorrt-cu12]") == "pip install 'pycuda>=2024.1' 'tensorrt-cu12>=10.7' 'onnx>=1.17'"
    assert pip_install("fervid[unknown]") == "pip install 'fervid[unknown]'"
    assert pip_install("av") == "pip install 'av'"


def test_without_installation_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> list[str]:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", none)
    assert pip_install("fervid[onnx]") == "pip install 'fervid[onnx]'"


@pytest.mark.parametrize(("library", "package"), [("libGL.so.1", "libgl1"), ("libEGL.so.1", "libegl1")])
def test_a_missing_system_library_names_its_debian_package(library: str, package: str) -> None:
    error = ImportError(f"{library}: cannot open shared object file: No such file or directory")
    assert str(missing_package("cv2", "opencv-contrib-python", error)) == (
        f"cv2 needs the system library {library}, which is missing; run: sudo apt-get install {package}"
    )


def test_an_unknown_system_library_is_named() -> None:
    error = OSError("libwhatever.so.7: cannot open shared object file")
    assert "libwhatever.so.7" in missing_package("cv2", "opencv-contrib-python", error).remedy
