"""File descriptors, of which a process may have a limited number open at a time."""

from __future__ import annotations

import os
import sys
from typing import Final

ENOUGH: Final = 1024
"""The soft limit that is asked for. `select`, which some libraries still call, takes no descriptor from 1024 on."""

_FOLDER: Final = "/dev/fd"
"""The folder in which Linux and macOS list the descriptors that this process has open."""


def free_descriptors() -> int | None:
    """Raise the limit of this process as far as the system lets it, and return how many more it may open.

    macOS starts programs with a soft limit of 256, which a page with its viewers, a recording and the models use up.
    The soft limit is there to be raised by the program itself, up to the hard one.

    Returns:
        The number of descriptors; None where there is no limit to reckon with, as on Windows.
    """
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return None
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(ENOUGH, hard)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError):  # the system has a limit of its own; the page gets along with fewer
            pass
    try:
        in_use = len(os.listdir(_FOLDER))  # noqa: PTH208 - counted without making a path of each
    except OSError:
        in_use = soft // 4
    return max(0, soft - in_use)
