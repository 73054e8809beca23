"""Imports that can fail on a user's machine, with the command that mends it."""

from __future__ import annotations

import re
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
"""The modules that fervid cannot do without, and what pip installs each of them by."""

SYSTEM_LIBRARIES: Final = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
}
"""Shared libraries that OpenCV and MediaPipe load and a bare server lacks, with their Debian and Ubuntu packages."""

_LIBRARY = re.compile(r"(lib[\w+.-]+\.so[.\d]*)")


def require(module: str, install: str) -> ModuleType:
    """Import `module`, or say how to get it.

    Args:
        module: Its name in an import statement.
        install: What pip installs it by, such as ``fervid[pandas]``.

    Raises:
        MissingPackageError: It is not installed, or a system library that it loads is missing.
    """
    try:
        return import_module(module)
    except (ImportError, OSError) as error:
        raise missing(module, install, error) from error


def not_importable(error: ImportError | OSError) -> MissingPackageError:
    """Return the error to raise when an import failed somewhere below a module of fervid's own."""
    module = (getattr(error, "name", None) or "a package").partition(".")[0]
    return missing(module, REQUIRED.get(module, "fervid"), error)


def missing(module: str, install: str, error: ImportError | OSError) -> MissingPackageError:
    """The error to raise when importing `module` raised `error`."""
    library = _LIBRARY.search(str(error))
    if library is None:
        return MissingPackageError(f"{module} cannot be imported ({error})", f"run: pip install '{install}'")
    package = SYSTEM_LIBRARIES.get(library[1])
    remedy = (
        f"run: sudo apt-get install {package}" if package else f"install the system package that holds {library[1]}"
    )
    return MissingPackageError(f"{module} needs the system library {library[1]}, which is missing", remedy)
