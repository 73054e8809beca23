"""Which backend runs an engine: the fastest one that works here, or the one that was asked for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from fervid.engines import backends, build_cache, resolve, shipped, weights
from fervid.engines.backends import PYTORCH, Backend, Plan, cuda
from fervid.engines.base import Engine
from fervid.engines.compiled import COMPILED, PRECISIONS, REBUILD, Compiled
from fervid.engines.manifest import WEIGHTS, Manifest
from fervid.errors import DeviceError, EngineError, FervidError, MissingPackageError, OutputError, UsageError

WAYS: Final = (
    ("tensorrt", "cuda"),
    ("tensorrt-rtx", "cuda"),
    (PYTORCH, "cuda"),
    ("openvino", "cpu"),
    ("onnx", "cpu"),
    (PYTORCH, "cpu"),
)
"""Backends and where they run, the fastest first."""

ON_REQUEST: Final = "onnx"
"""Taken only where it is asked for: OpenVINO is faster, and PyTorch is always there."""

_log = logging.getLogger(__name__)


def load(folder: Path, device: str, backend: str, precision: str, threads: int) -> Engine:
    """Load the engine in `folder`, trained or compiled; the arguments are those of `fervid.engines.load`."""
    for value, known, what in (
        (device, ("auto", *backends.DEVICES), "device"),
        (backend, ("auto", *backends.NAMES), "backend"),
        (precision, ("auto", *PRECISIONS), "precision"),
    ):
        if value not in known:
            raise DeviceError(f"there is no {what} {value!r}", f"choose one of {', '.join(known)}")
    if (folder / COMPILED).is_file():
        return _compiled(folder, device, backend, precision, threads)
    manifest = Manifest.load(folder)
    weights.check(folder / WEIGHTS, manifest.sha256)
    ways = [
        (name, where)
        for name, where in WAYS
        if device in ("auto", where) and (backend == name or (backend == "auto" and name != ON_REQUEST))
    ]
    if not ways:
        raise UsageError(f"{backend} does not run on {device}", "leave out --device or --backend")
    obstacles = Obstacles()
    for name, where in ways[:-1]:
        try:
            engine = _ready(folder, manifest, name, where, precision, threads)
        except (DeviceError, EngineError, MissingPackageError, OutputError, UsageError) as error:
            obstacles.add(name, where, error)
        else:
            break
    else:
        engine = _ready(folder, manifest, *ways[-1], precision, threads)
    _log.debug("%s runs on %s, %s%s", manifest.name, engine.backend, engine.device, obstacles)
    return engine


def fastest() -> tuple[str, str, Obstacles]:
    """Return the fastest backend that can run networks here, its device, and what is in the way of faster ones."""
    obstacles = Obstacles()
    for name, where in WAYS[:-1]:
        if name == ON_REQUEST:
            continue
        try:
            check(name, where)
        except (DeviceError, MissingPackageError) as error:
            obstacles.add(name, where, error)
        else:
            return name, where, obstacles
    return *WAYS[-1], obstacles


def check(name: str, where: str) -> None:
    """Check that a backend can run networks on a device here.

    Raises:
        DeviceError: The device is not there, or the backend does not know it.
        MissingPackageError: A package or a driver is not installed.
    """
    if where == "cuda":
        cuda.capabilities()  # before a package is loaded for nothing
    if name == PYTORCH:
        from fervid.engines.backends.pytorch import choose_device

        choose_device(where)
    else:
        backends.get(name).check()


class Obstacles:
    """The reasons why backends do not run; as text, "; not on ..." for each reason, or nothing."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def add(self, name: str, where: str, error: FervidError) -> None:
        """Note that `error` keeps the backend `name` from running on a device."""
        self._names.setdefault(error.problem, []).append(f"{name} on {where}" if name == PYTORCH else name)

    def __str__(self) -> str:
        return "".join(f"; not on {', '.join(names)}: {problem}" for problem, names in self._names.items())


def _ready(folder: Path, manifest: Manifest, name: str, where: str, precision: str, threads: int) -> Engine:
    """Return the trained engine in `folder` on one backend, compiled first where it was not yet."""
    check(name, where)
    if name == PYTORCH:
        from fervid.engines.backends.pytorch import PyTorchEngine

        return PyTorchEngine.load(folder, where, precision=precision, threads=threads)
    backend = backends.get(name)
    wanted = backend.precision() if precision == "auto" else precision
    built = build_cache.find(manifest, backend, wanted)
    if built is None:
        built = _built(folder, manifest, backend, wanted)
    return backend.load(built, manifest, Compiled.load(built), threads)


def _built(folder: Path, manifest: Manifest, backend: Backend, precision: str) -> Path:
    from fervid.engines.build import build

    if precision == "int8":
        command = f"fervid build {_said(folder, manifest)} --backend {backend.name} --precision int8 --calibration DATA"
        raise EngineError(f"{manifest.name} was not built for int8 on {backend.name} yet", f"run: {command}")
    plan = Plan(precision=precision)
    _log.info("compiling %s for %s, once", manifest.name, backend.name)
    return build(folder, backend, plan, build_cache.place(manifest, backend, plan)).folder


def _said(folder: Path, manifest: Manifest) -> str:
    """What a user calls the engine in `folder`."""
    return manifest.name if manifest.name in shipped() and resolve(manifest.name) == folder else str(folder)


def _compiled(folder: Path, device: str, name: str, precision: str, threads: int) -> Engine:
    """The compiled engine in `folder`, where nothing contradicts it."""
    compiled, manifest = Compiled.load(folder), Manifest.load(folder)
    if compiled.backend not in backends.COMPILERS:
        raise EngineError(f"{folder} is of the unknown backend {compiled.backend!r}", REBUILD)
    if compiled.weights != manifest.sha256:
        raise EngineError(f"{folder} was built of other weights than its manifest names", REBUILD)
    where = dict(WAYS)[compiled.backend]
    for asked, is_there, option in (
        (device, where, "device"),
        (name, compiled.backend, "backend"),
        (precision, compiled.precision, "precision"),
    ):
        if asked not in ("auto", is_there):
            raise UsageError(f"{folder} is built for {is_there}, not {asked}", f"leave out --{option}, or build anew")
    for file in compiled.files:
        compiled.content(folder, file)  # what is damaged shows on every machine, not only where it could run
    backend = backends.get(compiled.backend)
    if misfit := backend.misfit(compiled):
        raise EngineError(f"{folder} {misfit}", REBUILD)
    backend.check()
    return backend.load(folder, manifest, compiled, threads)
