"""The origin of compiled engines: a list of those that this user's fervid made.

The engine file of TensorRT holds machine code, so that whoever made it decides what it does. Its digest in
``compiled.json`` shows that it is whole, but not who made it, since the same hand writes both.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from fervid.core.cache import ENGINES
from fervid.core.files import make_folder
from fervid.engines.compiled import COMPILED, digest
from fervid.errors import OutputError

_LIST: Final = "made-here.txt"
"""The file in the cache of the digests of the descriptions of those engines, one a line."""

_log = logging.getLogger(__name__)


def record(description: str) -> None:
    """Remember a compiled engine as one of this user's, by the text of its ``compiled.json``."""
    try:
        make_folder(ENGINES.folder)
        with (ENGINES.folder / _LIST).open("a", encoding="ascii") as file:
            file.write(digest(description.encode()) + "\n")
    except (OSError, OutputError) as error:  # it will have to be trusted by an option
        _log.debug("%s cannot be extended (%s)", ENGINES.folder / _LIST, error)


def is_own(folder: Path) -> bool:
    """Return whether the compiled engine in `folder` was made by this user's fervid, and not changed since."""
    if folder.resolve().parent in {place.resolve() for place in ENGINES.places()}:
        return True
    try:
        known = (ENGINES.folder / _LIST).read_text(encoding="ascii").split()
        return digest((folder / COMPILED).read_bytes()) in known
    except (OSError, ValueError):
        return False
