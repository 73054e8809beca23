"""Engines, which are trained networks ready to run, by name or by path.

An engine is a folder with ``manifest.json`` and ``weights.safetensors``. An engine that was compiled for a backend
(`fervid.engines.build`) has ``compiled.json`` and the backend's files instead of the weights. The engines that ship
with fervid have the names of their folders in ``engines/`` of the repository, or in ``fervid/engines/shipped/`` of an
installed package.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from fervid.core.registry import suggestion
from fervid.engines.compiled import COMPILED
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import EngineError

if TYPE_CHECKING:
    from fervid.engines.base import Engine

DEFAULT_ENGINE: Final = "compact-video"
"""The engine that ``auto`` means; its model card says why."""


def shipped() -> list[str]:
    """Return the names of the engines that ship with fervid, in alphabetical order."""
    return sorted(path.parent.name for path in _shelf().glob(f"*/{MANIFEST}"))


def lasting_name(engine: str) -> str:
    """Return a name or path that means the same engine in later versions: for ``auto``, that of the default engine."""
    return DEFAULT_ENGINE if engine == "auto" else engine


def resolve(engine: str | Path) -> Path:
    """Return the folder of an engine.

    Args:
        engine: Name of a shipped engine, ``auto`` for the default engine, or the path of a folder or of the manifest,
            weights or ``compiled.json`` in it. A name takes precedence over a folder of the same name in the current
            directory; ``./NAME`` means the folder.

    Raises:
        EngineError: There is no such engine.
    """
    text, path = str(engine), Path(engine)
    if text == "auto":
        return _shelf() / lasting_name(text)
    if text in shipped():
        return _shelf() / text
    if path.is_dir():
        return path
    if path.is_file():
        if path.name in (MANIFEST, WEIGHTS, COMPILED):
            return path.parent
        raise EngineError(f"'{path}' is not an engine", f"give a folder that holds {MANIFEST} and {WEIGHTS}")
    if path.name != text or text.startswith("."):
        raise EngineError(f"'{path}' does not exist", f"give a folder that holds {MANIFEST} and {WEIGHTS}")
    names = shipped()
    choices = f"choose one of {', '.join(names) or 'none'}, or give the path of a folder"
    raise EngineError(f"there is no engine {text!r}", f"{suggestion(text, names)} {choices}".lstrip())


def resolve_trained(engine: str | Path) -> tuple[Path, Manifest]:
    """Return the folder and the manifest of a trained engine.

    Args:
        engine: Name or path, as for `resolve`.

    Raises:
        EngineError: There is no such engine, or it is a compiled one.
    """
    folder = resolve(engine)
    manifest = Manifest.load(folder)
    if (folder / COMPILED).exists():
        raise EngineError(
            f"'{folder}' is a compiled engine", f"give the trained engine that it was built from, '{manifest.name}'"
        )
    return folder, manifest


def load(
    engine: str | Path,
    device: str = "auto",
    *,
    backend: str = "auto",
    precision: str = "auto",
    threads: int = 1,
    trust_compiled: bool = False,
) -> Engine:
    """Load an engine and make it ready to run.

    A trained engine runs on the fastest backend that works here, in this order: TensorRT, PyTorch on a GPU, OpenVINO,
    PyTorch on the CPU. The first use compiles it, and the build is cached (`fervid.engines.build_cache`). A compiled
    engine runs on its own backend.

    Args:
        engine: Name or path, as for `resolve`.
        device: ``cpu``, ``cuda``, a GPU such as ``cuda:1``, or ``auto`` for the fastest.
        backend: One of `fervid.engines.backends.NAMES`, or ``auto`` for the fastest.
        precision: One of `fervid.engines.compiled.PRECISIONS`, or ``auto`` for the fastest that changes no label beyond
            rounding.
        threads: Number of CPU threads, if it runs on a CPU.
        trust_compiled: Run an engine that somebody else compiled for TensorRT, although it can hold any code.

    Raises:
        EngineError: The engine does not exist, its files are damaged or do not match, it was compiled elsewhere and is
            not trusted, or the chosen backend cannot run it.
        DeviceError: The device is not available, or the name of the device, backend or precision is unknown.
        MissingPackageError: The package of the chosen backend is not installed.
        UsageError: Backend, device and precision contradict each other or the compiled engine.
    """
    folder = resolve(engine)
    from fervid.engines import choice

    return choice.load(folder, device, backend, precision, threads, trust_compiled=trust_compiled)


def _shelf() -> Path:
    """Return the folder of the shipped engines, in the installed package or in the repository."""
    here = Path(__file__).resolve().parent
    inside = here / "shipped"
    return inside if inside.is_dir() else here.parent.parent / "engines"
