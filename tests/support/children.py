"""The child processes of a process."""

from __future__ import annotations

from pathlib import Path


def children(process: int) -> list[int]:
    """The processes that a process has started and that have not ended, the oldest first. For Linux alone."""
    found: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        found.extend(int(word) for word in path.read_text().split())
    return sorted(number for number in found if is_running(number))


def is_running(process: int) -> bool:
    """True if a process has not ended; one that its parent has not asked about yet has ended too."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def descendants(process: int) -> list[int]:
    """The processes that a process and its children have started and that have not ended. For Linux alone."""
    found = children(process)
    for child in found:
        found.extend(descendants(child))
    return found
