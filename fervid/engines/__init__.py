"""Trained networks made ready to run, by name or by path.

An engine is a folder with ``manifest.json`` and ``weights.safetensors``. Those that come with fervid are known by the
names of their folders: ``engines/`` of the repository, which a wheel carries as ``fervid/engines/shipped/``.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

from fervid.engines.manifest import MANIFEST, WEIGHTS
from fervid.errors import EngineError

if TYPE_CHECKING:
    from fervid.engines.base import Engine


def shipped() -> list[str]:
    """The names of the engines that come with fervid, in alphabetical order."""
    return sorted(path.parent.name for path in _shelf().glob(f"*/{MANIFEST}"))


def resolve(engine: str | Path) -> Path:
    """The folder of an engine.

    Args:
        engine: The name of a shipped engine; or the path of a folder, or of the manifest or the weights in it. A name
            comes before a folder of that name in the current directory, which ``./NAME`` reaches.

    Raises:
        EngineError: There is no such engine.
    """
    text, path = str(engine), Path(engine)
    if text in shipped():
        return _shelf() / text
    if path.is_dir():
        return path
    if path.is_file():
        if path.name in (MANIFEST, WEIGHTS):
            return path.parent
        raise EngineError(f"{path} is not an engine", f"give a folder that holds {MANIFEST} and {WEIGHTS}")
    if path.name != text or text.startswith("."):
        raise EngineError(f"{path} does not exist", f"give a folder that holds {MANIFEST} and {WEIGHTS}")
    names = shipped()
    close = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise EngineError(
        f"there is no engine {text!r}", f"{hint}known are {', '.join(names) or 'none'}, or give the path of a folder"
    )


def load(engine: str | Path, device: str = "auto") -> Engine:
    """Load an engine and make it ready to run.

    Args:
        engine: A name or a path, as for `resolve`.
        device: ``cpu``, ``cuda``, or ``auto``: cuda where torch sees a GPU.

    Raises:
        EngineError: It does not exist, or its files are damaged or do not fit together.
        DeviceError: The device is not there.
    """
    folder = resolve(engine)
    from fervid.engines.pytorch import PyTorchEngine  # torch is loaded only for an engine that exists

    return PyTorchEngine.load(folder, device)


def _shelf() -> Path:
    """Where the shipped engines lie: in the package when it was installed, else in the repository."""
    here = Path(__file__).resolve().parent
    inside = here / "shipped"
    return inside if inside.is_dir() else here.parent.parent / "engines"
