"""Optional packages, and the command that installs one that is missing."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from types import ModuleType
from typing import Final

from fervid.errors import MissingPackageError

REQUIRED: Final = {
    "av": "av",
    "cv2": "opencv-contrib-python<5",
    "mediapipe": "mediapipe",
    "numpy": "numpy",
    "safetensors": "safetensors",
    "scipy": "scipy",
    "starlette": "starlette",
    "torch": "torch",
    "uvicorn": "uvicorn",
    "websockets": "websockets",
}
"""The modules that fervid always needs, and the requirement that makes pip install each of them."""

SYSTEM_LIBRARIES: Final = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
}
"""The Debian and Ubuntu packages of the shared libraries that OpenCV and MediaPipe need and a minimal server lacks."""

OPENVINO_EXTRA: Final = "fervid[openvino]"
"""The requirement that makes pip install OpenVINO."""

_LIBRARIES: Final = {
    "pylsl": (
        "liblsl",
        "run: conda install -c conda-forge liblsl, or install it from github.com/sccn/liblsl/releases and name its "
        "file in PYLSL_LIB",
    ),
}
"""The libraries that modules look for themselves, with a `RuntimeError` of many lines where one is missing, and the way
to get each."""

_EXTRA = re.compile(r"fervid\[([\w-]+)\]")
_LIBRARY = re.compile(r"(lib[\w+.-]+\.so[.\d]*)")


def require(module: str, install: str) -> ModuleType:
    """Import a module that may be missing, and return it.

    Args:
        module: The name to import, such as ``pandas``.
        install: The requirement that makes pip install it, such as ``fervid[pandas]``.

    Raises:
        MissingPackageError: It is not installed, or a system library that it needs is missing. The message has the
            command that installs it.
    """
    # Imported here, because `make` reads the list of system libraries before any package is installed.
    from fervid.core.cache import shelter_matplotlib

    shelter_matplotlib()
    try:
        return import_module(module)
    except (ImportError, OSError) as error:
        raise missing_package(module, install, error) from error
    except RuntimeError as error:
        if module not in _LIBRARIES:
            raise
        library, remedy = _LIBRARIES[module]
        raise MissingPackageError(f"{module} does not find the library {library}", remedy) from error


def require_openvino() -> ModuleType:
    """Import OpenVINO, which may be missing, and return it.

    Raises:
        MissingPackageError: As for `require`.
    """
    # OpenVINO and NNCF send usage statistics over the network if they can import this module, so they must not.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return require("openvino", OPENVINO_EXTRA)


def pip_install(install: str) -> str:
    """Return the command that installs a requirement.

    An extra of fervid is spelled out as the packages that belong to it: fervid itself may be installed from a copy of
    its repository, which no package index can add to.
    """
    return "pip install " + " ".join(f"'{requirement}'" for requirement in _spelled_out(install))


def _spelled_out(install: str) -> list[str]:
    from importlib.metadata import PackageNotFoundError, requires

    extra = _EXTRA.fullmatch(install)
    if extra is None:
        return [install]
    try:
        declared = requires("fervid") or []
    except PackageNotFoundError:  # fervid runs from its repository without being installed
        return [install]
    found: list[str] = []
    for line in declared:
        requirement, _, condition = (part.strip() for part in line.partition(";"))
        if re.search(rf"extra == ['\"]{extra[1]}['\"]", condition):
            found += _spelled_out(requirement)
    return found or [install]


def not_importable(error: ImportError | OSError) -> MissingPackageError:
    """Return the error to raise when an import of a required package failed somewhere inside fervid."""
    module = (getattr(error, "name", None) or "a package").partition(".")[0]
    return missing_package(module, REQUIRED.get(module, "fervid"), error)


def missing_package(module: str, install: str, error: ImportError | OSError) -> MissingPackageError:
    """Return the error to raise when importing `module` raised `error`."""
    library = _LIBRARY.search(str(error))
    if library is None:
        return MissingPackageError(f"{module} cannot be imported ({error})", f"run: {pip_install(install)}")
    package = SYSTEM_LIBRARIES.get(library[1])
    remedy = (
        f"run: sudo apt-get install {package}" if package else f"install the system package that provides {library[1]}"
    )
    return MissingPackageError(f"{module} needs the system library {library[1]}, which is missing", remedy)
