"""All the ways to run one trained engine on this machine, opened side by side for a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch

from fervid import engines
from fervid.core.closing import Closing
from fervid.engines import backends
from fervid.engines.backends import PYTORCH, Calibration, Plan, cuda
from fervid.engines.backends.pytorch import has_bf16
from fervid.engines.base import Engine
from fervid.engines.build import keep
from fervid.engines.choice import FASTEST_FIRST, check
from fervid.engines.manifest import Manifest
from fervid.engines.measure import reference
from fervid.engines.measure.reference import EagerEngine
from fervid.errors import DeviceError, EngineError, FervidError, MissingPackageError, UsageError

_PYTORCH_PRECISIONS: Final = {"cpu": ("fp32", "bf16"), "cuda": ("fp32", "fp16", "bf16")}


@dataclass(frozen=True, slots=True)
class Selection:
    """The devices, backends and precisions to compare.

    Attributes:
        device: ``auto``, ``cpu``, ``cuda`` or a GPU such as ``cuda:1``.
        backends: Names from `fervid.engines.backends.NAMES`; empty for all.
        precisions: Names from `fervid.engines.compiled.PRECISIONS`; empty for those that make sense on this machine.
        threads: Number of CPU threads.
        calibration: Faces to build int8 with; None for any build in the cache, or a new one with drawn faces.
    """

    device: str = "auto"
    backends: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    threads: int = 1
    calibration: Calibration | None = None


@dataclass(slots=True)
class Candidates(Closing):
    """Open engines of the same weights.

    Attributes:
        engines: Engines by the names shown to users; the reference comes first.
        left_out: Reasons why other candidates cannot run, by their names.
    """

    engines: dict[str, Engine] = field(default_factory=dict)
    left_out: dict[str, FervidError] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def add(self, name: str, engine: Engine) -> None:
        """Add an engine, which is closed with the others."""
        self.engines[name] = self._open.enter_context(engine)

    def close(self) -> None:
        """Close all engines; closing twice does no harm."""
        self._open.close()


def open_candidates(folder: Path, selection: Selection) -> Candidates:
    """Load the trained engine in `folder` in every selected way that works on this machine.

    It is compiled for each backend that has no build in the cache (`fervid.engines.build_cache`).

    Raises:
        FervidError: The engine is damaged; or nothing but the reference works, with the reason of the first candidate.
    """
    candidates = Candidates()
    try:
        candidates.add(reference.NAME, _reference(folder, selection))
        for name, device in _backends(selection):
            title = f"{name} {device}" if (name, backends.kind(device)) == (PYTORCH, "cuda") else name
            try:
                check(name, device)
            except (DeviceError, MissingPackageError) as error:
                candidates.left_out[title] = error
                continue
            for precision in selection.precisions or _useful_precisions(name, device):
                try:
                    candidates.add(f"{title} {precision}", _load(folder, name, device, precision, selection))
                except (DeviceError, EngineError, MissingPackageError, UsageError) as error:
                    candidates.left_out[f"{title} {precision}"] = error
        if len(candidates.engines) == 1:
            raise next(iter(candidates.left_out.values()))
    except BaseException:
        candidates.close()
        raise
    return candidates


def _reference(folder: Path, selection: Selection) -> EagerEngine:
    """Return the reference on the selected device, or on the CPU where TensorRT can use the GPU and torch cannot.

    Raises:
        DeviceError: There is no such device.
    """
    device = "cpu" if selection.device == "auto" else selection.device
    try:
        return EagerEngine.load(folder, device, selection.threads)
    except DeviceError:
        if backends.kind(device) == "cpu" or not _has_gpu(device):
            raise
    return EagerEngine.load(folder, "cpu", selection.threads)


def _has_gpu(device: str) -> bool:
    try:
        return bool(cuda.capability(backends.gpu_index(device)))
    except DeviceError:
        return False


def _backends(selection: Selection) -> Sequence[tuple[str, str]]:
    """Return the selected backends and their devices.

    Raises:
        UsageError: None of the backends runs on the device.
    """
    kind = backends.kind(selection.device)
    found = [
        (name, device if kind == "auto" else selection.device)
        for name, device in FASTEST_FIRST
        if kind in ("auto", device) and (not selection.backends or name in selection.backends)
    ]
    if not found:
        verb = "does" if len(selection.backends) == 1 else "do"
        raise UsageError(
            f"{' and '.join(selection.backends)} {verb} not run on {selection.device}",
            "leave out --device or --backend",
        )
    return found


def _useful_precisions(name: str, device: str) -> Sequence[str]:
    """Return the precisions of a backend, without bfloat16 on a device that lacks instructions for it."""
    precisions = _PYTORCH_PRECISIONS[backends.kind(device)] if name == PYTORCH else backends.get(name).precisions
    if name != PYTORCH and backends.kind(device) == "cuda":
        return precisions  # TensorRT refuses what the GPU lacks
    return [precision for precision in precisions if precision != "bf16" or has_bf16(torch.device(device))]


def _load(folder: Path, name: str, device: str, precision: str, selection: Selection) -> Engine:
    if precision == "int8" and name != PYTORCH and selection.calibration is not None:
        plan = Plan(precision=precision, calibration=selection.calibration)
        backend = backends.get(name, backends.gpu_index(device))
        built = keep(folder, Manifest.load(folder), backend, plan)
        return engines.load(built, device, threads=selection.threads)
    return engines.load(folder, device, backend=name, precision=precision, threads=selection.threads)
