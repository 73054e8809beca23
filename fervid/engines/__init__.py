"""Trained networks made ready to run, by name or by path.

An engine is a folder with ``manifest.json`` and ``weights.safetensors``, or with ``compiled.json`` in place of the
weights where it was compiled for a backend (`fervid.engines.build`). Those that come with fervid are known by the
names of their folders: ``engines/`` of the repository, which a wheel carries as ``fervid/engines/shipped/``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from fervid.core.registry import suggestion
from fervid.engines.compiled import COMPILED
from fervid.engines.manifest import MANIFEST, WEIGHTS
from fervid.errors import EngineError

if TYPE_CHECKING:
    from fervid.engines.base import Engine

DEFAULT_ENGINE: Final = "compact-fer2013"
"""The engine that ``auto`` means; its model card says why."""


def shipped() -> list[str]:
    """The names of the engines that come with fervid, in alphabetical order."""
    return sorted(path.parent.name for path in _shelf().glob(f"*/{MANIFEST}"))


def resolve(engine: str | Path) -> Path:
    """The folder of an engine.

    Args:
        engine: The name of a shipped engine, or ``auto``, the default one; or the path of a folder, or of the manifest
            or the weights in it. A name comes before a folder of that name in the current directory, which ``./NAME``
            reaches.

    Raises:
        EngineError: There is no such engine.
    """
    text, path = str(engine), Path(engine)
    if text == "auto":
        return _shelf() / DEFAULT_ENGINE
    if text in shipped():
        return _shelf() / text
    if path.is_dir():
        return path
    if path.is_file():
        if path.name in (MANIFEST, WEIGHTS, COMPILED):
            return path.parent
        raise EngineError(f"{path} is not an engine", f"give a folder that holds {MANIFEST} and {WEIGHTS}")
    if path.name != text or text.startswith("."):
        raise EngineError(f"{path} does not exist", f"give a folder that holds {MANIFEST} and {WEIGHTS}")
    names = shipped()
    known = f"known are {', '.join(names) or 'none'}, or give the path of a folder"
    raise EngineError(f"there is no engine {text!r}", f"{suggestion(text, names)} {known}".lstrip())


def load(
    engine: str | Path, device: str = "auto", *, backend: str = "auto", precision: str = "auto", threads: int = 1
) -> Engine:
    """Load an engine and make it ready to run.

    A trained engine runs on the fastest backend that works here: TensorRT, PyTorch on a GPU, OpenVINO, PyTorch on the
    CPU. It is compiled at its first use and kept (`fervid.engines.build_cache`). A compiled engine runs on its own
    backend.

    Args:
        engine: A name or a path, as for `resolve`.
        device: ``cpu``, ``cuda``, or ``auto``: whichever is faster.
        backend: One of `fervid.engines.backends.NAMES`, or ``auto``.
        precision: One of `fervid.engines.compiled.PRECISIONS`, or ``auto``: the fastest that changes no label beyond
            rounding.
        threads: How many CPU threads compute, where it runs on a CPU.

    Raises:
        EngineError: It does not exist, its files are damaged or do not fit together, or the backend that was asked for
            does not take it.
        DeviceError: The device is not there, or is unknown as the backend or the precision may be.
        MissingPackageError: The package of the backend that was asked for is not installed.
        UsageError: Backend, device and precision contradict each other or the compiled engine.
    """
    folder = resolve(engine)
    from fervid.engines import choice

    return choice.load(folder, device, backend, precision, threads)


def _shelf() -> Path:
    """Where the shipped engines lie: in the package when it was installed, else in the repository."""
    here = Path(__file__).resolve().parent
    inside = here / "shipped"
    return inside if inside.is_dir() else here.parent.parent / "engines"
