"""The made-up driver of this process, as tests set it up and examine it."""

from __future__ import annotations

import ctypes
import gc
from dataclasses import dataclass
from pathlib import Path

from fervid.engines.backends import cuda

COUNTED = ("streams", "events", "pinned", "memory")


@dataclass(frozen=True)
class Step:
    """A piece of work on the GPU, in the driver's units of time."""

    kind: str
    stream: int
    start: int
    end: int


class MadeUpDriver:
    """The driver, after a restart: without faults, objects and settings of earlier tests."""

    def __init__(self, path: Path) -> None:
        self._library = ctypes.CDLL(str(path), ctypes.RTLD_GLOBAL)
        self._library.bench_count.restype = ctypes.c_long
        for name in ("bench_faults", "bench_trace"):
            getattr(self._library, name).restype = ctypes.c_char_p

    def restart(self) -> None:
        """Forget everything."""
        gc.collect()
        self._library.bench_reset()
        cuda.capabilities.cache_clear()
        cuda.primary.cache_clear()

    def set(self, **values: int) -> None:
        """Change settings: lazy, gpus, capability, memory, init_error, version."""
        for name, value in values.items():
            self._library.bench_set(name.encode(), ctypes.c_long(value))

    def fail(self, function: str, code: int, *, after: int = 0, ends_context: bool = False) -> None:
        """Let a function, or ``kernel``, fail once after some calls that succeed."""
        self._library.bench_fail(function.encode(), code, after, ends_context)

    def held(self) -> dict[str, int]:
        """Return the number of objects that were not freed, by their kind."""
        gc.collect()
        counts = {name: self._library.bench_count(name.encode()) for name in COUNTED}
        return {name: count for name, count in counts.items() if count}

    def depth(self) -> int:
        """Return the number of contexts on the stack of this thread."""
        return int(self._library.bench_count(b"depth"))

    def faults(self) -> list[str]:
        """Return the mistakes that were made, and forget them."""
        found = self._library.bench_faults().decode().splitlines()
        self._library.bench_forgive()
        return found

    def steps(self) -> list[Step]:
        """Return the work on the GPU since the restart, in the order in which it was asked for."""
        lines = [line.split(",") for line in self._library.bench_trace().decode().splitlines()]
        return [Step(kind, *map(int, numbers)) for kind, *numbers in lines]
