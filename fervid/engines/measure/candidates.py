"""One trained engine on everything that runs it here, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fervid import engines
from fervid.core.closing import Closing
from fervid.engines import backends, build_cache
from fervid.engines.backends import PYTORCH, Backend, Calibration, Plan, cuda
from fervid.engines.backends.pytorch import cpu_has_bf16
from fervid.engines.base import Engine
from fervid.engines.build import build
from fervid.engines.choice import WAYS
from fervid.engines.compiled import COMPILED
from fervid.engines.manifest import Manifest
from fervid.engines.measure import eager
from fervid.engines.measure.eager import EagerEngine
from fervid.errors import DeviceError, EngineError, FervidError, MissingPackageError, UsageError

_OF_PYTORCH: Final = {"cpu": ("fp32", "bf16"), "cuda": ("fp32", "fp16", "bf16")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to stand in a line-up.

    Attributes:
        device: ``auto``, ``cpu`` or ``cuda``.
        backends: Some of `fervid.engines.backends.NAMES`; none for all of them.
        precisions: Some of `fervid.engines.compiled.PRECISIONS`; none for those that make sense here.
        threads: How many CPU threads compute.
        calibration: To build int8 with; without it, only what was built for int8 before takes part.
    """

    device: str = "auto"
    backends: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    threads: int = 1
    calibration: Calibration | None = None


@dataclass(slots=True)
class Candidates(Closing):
    """Engines of the same weights, open until it is closed.

    Attributes:
        engines: By their names for people; the yardstick comes first.
        left_out: Why another cannot take part, by its name.
    """

    engines: dict[str, Engine] = field(default_factory=dict)
    left_out: dict[str, FervidError] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def add(self, name: str, engine: Engine) -> None:
        """Take an engine in; it is closed with the others."""
        self.engines[name] = self._open.enter_context(engine)

    def close(self) -> None:
        """Let go of all engines. May be called twice."""
        self._open.close()


def open_candidates(folder: Path, wanted: Wanted) -> Candidates:
    """Make the trained engine in `folder` ready to run in every way that is wanted and works here.

    It is built for each backend where it was not yet, and kept (`fervid.engines.build_cache`).

    Raises:
        FervidError: The engine is damaged; or nothing works but the yardstick, with the reason of the first way.
    """
    lined = Candidates()
    try:
        lined.add(eager.NAME, EagerEngine.load(folder, "cuda" if wanted.device == "cuda" else "cpu", wanted.threads))
        for name, where in _ways(wanted):
            title = f"{name} {where}" if (name, where) == (PYTORCH, "cuda") else name
            try:
                _check(name, where)
            except (DeviceError, MissingPackageError) as error:
                lined.left_out[title] = error
                continue
            for precision in wanted.precisions or _sensible(name, where):
                try:
                    lined.add(f"{title} {precision}", _ready(folder, name, where, precision, wanted))
                except (DeviceError, EngineError, MissingPackageError, UsageError) as error:
                    lined.left_out[f"{title} {precision}"] = error
        if len(lined.engines) == 1:
            raise next(iter(lined.left_out.values()))
    except BaseException:
        lined.close()
        raise
    return lined


def _ways(wanted: Wanted) -> Sequence[tuple[str, str]]:
    """Backends and where they run.

    Raises:
        UsageError: There is none.
    """
    ways = [
        (name, where)
        for name, where in WAYS
        if wanted.device in ("auto", where) and (not wanted.backends or name in wanted.backends)
    ]
    if not ways:
        raise UsageError(
            f"{' and '.join(wanted.backends)} does not run on {wanted.device}", "leave out --device or --backend"
        )
    return ways


def _check(name: str, where: str) -> None:
    if where == "cuda":
        cuda.capabilities()  # before a package is loaded for nothing
    if name != PYTORCH:
        backends.get(name).check()


def _sensible(name: str, where: str) -> Sequence[str]:
    """The precisions of a backend, but for bfloat16 where the CPU has no instructions for it and is slower by it."""
    known = _OF_PYTORCH[where] if name == PYTORCH else backends.get(name).precisions
    return [precision for precision in known if precision != "bf16" or where == "cuda" or cpu_has_bf16()]


def _ready(folder: Path, name: str, where: str, precision: str, wanted: Wanted) -> Engine:
    if precision == "int8" and name != PYTORCH and wanted.calibration is not None:
        built = _built(folder, backends.get(name), Plan(precision=precision, calibration=wanted.calibration))
        return engines.load(built, where, threads=wanted.threads)
    return engines.load(folder, where, backend=name, precision=precision, threads=wanted.threads)


def _built(folder: Path, backend: Backend, plan: Plan) -> Path:
    """The build by that very plan, from the store where it is there."""
    place = build_cache.place(Manifest.load(folder), backend, plan)
    return place if (place / COMPILED).is_file() else build(folder, backend, plan, place).folder
