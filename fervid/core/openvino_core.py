"""The one instance of OpenVINO's runtime in a process."""

from __future__ import annotations

import threading
from typing import Any

from fervid.core.packages import require_openvino

_lock = threading.Lock()
_core: Any = None


def openvino_core() -> Any:
    """Return OpenVINO's `Core`, which all networks of the process share and which lives as long as the process.

    A `Core` gives the thread that makes it a stack of its own for signals, and takes it back when it is destroyed. If
    two were destroyed in the order of their making, or in another thread, the thread would be left with a stack that
    is gone, and the next Ctrl-C would end the process with a segmentation fault.

    Raises:
        MissingPackageError: OpenVINO is not installed.
    """
    global _core  # noqa: PLW0603
    with _lock:
        if _core is None:
            _core = require_openvino().Core()
        return _core
