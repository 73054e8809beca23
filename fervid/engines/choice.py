"""The choice of a backend for an engine: the fastest one that works here, or the one that the user asks for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from fervid.engines import backends, build_cache, origin, resolve, shipped, weights
from fervid.engines.backends import PYTORCH, Backend, Plan, cuda
from fervid.engines.base import Engine
from fervid.engines.calibration_faces import default_calibration
from fervid.engines.compiled import COMPILED, PRECISIONS, REBUILD, Compiled
from fervid.engines.manifest import WEIGHTS, Manifest
from fervid.errors import DeviceError, EngineError, FervidError, MissingPackageError, OutputError, UsageError

FASTEST_FIRST: Final = (
    ("tensorrt", "cuda"),
    ("tensorrt-rtx", "cuda"),
    (PYTORCH, "cuda"),
    ("openvino", "cpu"),
    ("onnx", "cpu"),
    (PYTORCH, "cpu"),
)
"""Backends with the devices that they run on, the fastest first."""

ON_REQUEST: Final = "onnx"
"""The backend that is used only on request, because OpenVINO is faster and PyTorch is always available."""

_log = logging.getLogger(__name__)


def load(
    folder: Path, device: str, backend: str, precision: str, threads: int, *, trust_compiled: bool = False
) -> Engine:
    """Load the trained or compiled engine in `folder`; the other arguments are those of `fervid.engines.load`."""
    for value, known, noun in (
        (device, ("auto", *backends.DEVICES), "device"),
        (backend, ("auto", *backends.NAMES), "backend"),
        (precision, ("auto", *PRECISIONS), "precision"),
    ):
        if value not in known and not (noun == "device" and backends.is_device(value)):
            raise DeviceError(f"there is no {noun} {value!r}", f"choose one of {', '.join(known)}")
    if (folder / COMPILED).is_file():
        return _load_compiled(folder, device, backend, precision, threads, trust_compiled=trust_compiled)
    manifest = Manifest.load(folder)
    weights.check(folder / WEIGHTS, manifest.sha256)
    candidates = [
        (name, where if device == "auto" else device)
        for name, where in FASTEST_FIRST
        if backends.kind(device) in ("auto", where) and (backend == name or (backend == "auto" and name != ON_REQUEST))
    ]
    if not candidates:
        raise UsageError(
            f"{backend} does not run on {device}", "leave out device or backend", options=("device", "backend")
        )
    obstacles = Obstacles()
    for name, where in candidates[:-1]:
        try:
            engine = _load_on(folder, manifest, name, where, precision, threads)
        except (DeviceError, EngineError, MissingPackageError, OutputError, UsageError) as error:
            obstacles.add(name, where, error)
            if isinstance(error, OutputError):  # a full disk costs speed, which is no reason to stop but one to speak
                _log.warning("%s, so %s does not run on %s; %s", error.problem, manifest.name, name, error.remedy)
            elif isinstance(error, EngineError) and backends.kind(where) == "cuda":  # so does a full or an old GPU
                _log.warning("%s does not run on %s: %s", manifest.name, name, error)
        else:
            break
    else:
        engine = _load_on(folder, manifest, *candidates[-1], precision, threads)
    _log.debug("%s runs on %s, %s%s", manifest.name, engine.backend, engine.device, obstacles)
    return engine


def fastest(device: str = "auto") -> tuple[str, str, Obstacles]:
    """Return the fastest backend that works here, its device, and the obstacles for faster ones.

    Args:
        device: ``cpu``, ``cuda``, or ``auto`` for both.
    """
    obstacles = Obstacles()
    for name, where in FASTEST_FIRST[:-1]:
        if name == ON_REQUEST or backends.kind(device) not in ("auto", where):
            continue
        try:
            check(name, where)
        except (DeviceError, MissingPackageError) as error:
            obstacles.add(name, where, error)
        else:
            return name, where, obstacles
    return *FASTEST_FIRST[-1], obstacles


def check(name: str, where: str) -> None:
    """Check that a backend can run networks on a device here.

    Raises:
        DeviceError: The device is not available, or the backend does not support it.
        MissingPackageError: A package or a driver is not installed.
    """
    if backends.kind(where) == "cuda":
        cuda.capability(backends.gpu_index(where))  # fails before a heavy package is imported in vain
    if name == PYTORCH:
        from fervid.engines.backends.pytorch import choose_device

        choose_device(where)
    else:
        backends.get(name, backends.gpu_index(where)).check()


class Obstacles:
    """The reasons why backends do not run; as text, "; not on ..." for each reason."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, name: str, where: str, error: FervidError) -> None:
        """Record `error` as the reason why a backend does not run on a device."""
        self._names.setdefault(error.problem, []).append(f"{name} on {where}" if name == PYTORCH else name)

    def __str__(self) -> str:
        return "".join(f"; not on {', '.join(names)}: {problem}" for problem, names in self._names.items())


def _load_on(folder: Path, manifest: Manifest, name: str, where: str, precision: str, threads: int) -> Engine:
    """Load the trained engine in `folder` on one backend, compiling it first if the cache has no intact build."""
    check(name, where)
    if name == PYTORCH:
        from fervid.engines.backends.pytorch import PyTorchEngine

        return PyTorchEngine.load(folder, where, precision=precision, threads=threads)
    backend = backends.get(name, backends.gpu_index(where))
    wanted = backend.default_precision() if precision == "auto" else precision
    built = build_cache.find(manifest, backend, wanted) or _build(folder, manifest, backend, wanted)
    return backend.load(built, manifest, Compiled.load(built), threads)


def _build(folder: Path, manifest: Manifest, backend: Backend, precision: str) -> Path:
    from fervid.engines.build import keep

    plan = Plan(precision=precision, calibration=default_calibration(precision, manifest.input))
    return keep(folder, manifest, backend, plan)


def _load_compiled(
    folder: Path, device: str, name: str, precision: str, threads: int, *, trust_compiled: bool
) -> Engine:
    """Load the compiled engine in `folder`, if the requested device, backend and precision match it."""
    compiled, manifest = Compiled.load(folder), Manifest.load(folder)
    if compiled.backend not in backends.COMPILERS:
        raise EngineError(f"'{folder}' was built for the unknown backend {compiled.backend!r}", REBUILD)
    if compiled.weights != manifest.sha256:
        raise EngineError(f"'{folder}' was built from other weights than those of its manifest", REBUILD)
    for wanted, actual, option in (
        (backends.kind(device), dict(FASTEST_FIRST)[compiled.backend], "device"),
        (name, compiled.backend, "backend"),
        (precision, compiled.precision, "precision"),
    ):
        if wanted not in ("auto", actual):
            raise UsageError(
                f"'{folder}' was built for {actual}, not {wanted}",
                f"leave out {option}, or build it for {wanted}",
                options=(option,),
            )
    for file in compiled.files:
        compiled.content(folder, file)  # damage is reported on every machine, not only where the engine could run
    backend = backends.get(compiled.backend, backends.gpu_index(device))
    if mismatch := backend.mismatch(compiled):
        raise EngineError(f"'{folder}' {mismatch}", REBUILD)
    if backend.is_native and not trust_compiled and not origin.is_own(folder):
        return _load_anew(folder, manifest, compiled, device, threads)
    backend.check()
    return backend.load(folder, manifest, compiled, threads)


def _load_anew(folder: Path, manifest: Manifest, compiled: Compiled, device: str, threads: int) -> Engine:
    """Compile the shipped engine that a compiled engine of unknown origin was made from, and load that."""
    trained = resolve(manifest.name) if manifest.name in shipped() else None
    problem = f"'{folder}' was compiled elsewhere, and can hold any code"
    remedy = "trust_compiled=True takes it as it is"
    if trained is None or Manifest.load(trained) != manifest or compiled.precision == "int8":
        raise EngineError(problem, f"compile the trained engine here with fervid build; {remedy}")
    _log.warning("%s; compiling %s from its weights instead (%s)", problem, manifest.name, remedy)
    where = device if backends.kind(device) == "cuda" else "cuda"
    return _load_on(trained, manifest, compiled.backend, where, compiled.precision, threads)
