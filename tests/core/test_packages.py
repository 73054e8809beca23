"""Missing packages, reported with the command that installs them."""

from __future__ import annotations

import pytest

from fervid.core.packages import missing_package, require
from fervid.errors import MissingPackageError


def test_an_installed_package_is_imported() -> None:
    assert require("json", "json").loads("1") == 1


def test_a_missing_package_names_its_pip_command() -> None:
    with pytest.raises(MissingPackageError, match=r"no_such_module.*pip install 'fervid\[extra\]'"):
        require("no_such_module", "fervid[extra]")


@pytest.mark.parametrize(("library", "package"), [("libGL.so.1", "libgl1"), ("libEGL.so.1", "libegl1")])
def test_a_missing_system_library_names_its_debian_package(library: str, package: str) -> None:
    error = ImportError(f"{library}: cannot open shared object file: No such file or directory")
    assert str(missing_package("cv2", "opencv-contrib-python", error)) == (
        f"cv2 needs the system library {library}, which is missing; run: sudo apt-get install {package}"
    )


def test_an_unknown_system_library_is_named() -> None:
    error = OSError("libwhatever.so.7: cannot open shared object file")
    assert "libwhatever.so.7" in missing_package("cv2", "opencv-contrib-python", error).remedy
