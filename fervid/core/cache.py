"""The folder in which fervid keeps what takes long to get again: detectors, ImageNet weights and compiled engines.

Where it cannot be written, because it is read-only, belongs to somebody else or lies on a full disk, a temporary folder
takes its place until the process ends.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from platformdirs import user_cache_path

from fervid.errors import OutputError

FOLDER: Final = "FERVID_CACHE"
"""Environment variable that names another folder."""

_MATPLOTLIB: Final = "MPLCONFIGDIR"
"""Environment variable that names the folder in which matplotlib keeps its list of fonts."""

T = TypeVar("T")

_log = logging.getLogger(__name__)
_guard = threading.RLock()
_replaced: set[Path] = set()
_temporary: Path | None = None


def root() -> Path:
    """Return the cache folder, which may not exist yet."""
    named = os.environ.get(FOLDER)
    return _expanded(named or str(user_cache_path("fervid", appauthor=False)))


@dataclass(frozen=True, slots=True)
class Section:
    """A folder in the cache.

    Attributes:
        name: Its name.
        variable: Environment variable that names another folder in its place; empty if there is none.
    """

    name: str
    variable: str = ""

    @property
    def folder(self) -> Path:
        """The folder, which may not exist yet."""
        named = self.variable and os.environ.get(self.variable)
        return _expanded(named) if named else root() / self.name

    def places(self) -> list[Path]:
        """Return the folders to look in: its own, and the temporary one if that has taken its place."""
        with _guard:
            return [self.folder] if _temporary is None else [self.folder, _temporary / self.name]

    def keep(self, write: Callable[[Path], T]) -> T:
        """Call `write` with the folder; if that cannot be written, again with a temporary one, which is said once.

        Args:
            write: Writes into the folder, which may not exist yet.

        Returns:
            The result of `write`.

        Raises:
            OSError: Neither can be written; the error is that of the folder.
            OutputError: Likewise.
        """
        folder = self.folder
        if folder in _replaced:
            return write(_temporary_folder() / self.name)
        try:
            return write(folder)
        except (OSError, OutputError) as error:
            try:
                instead = _temporary_folder()
            except OSError:
                raise error from None
            self._report(folder, error)
            try:
                return write(instead / self.name)
            except (OSError, OutputError):
                raise error from None

    def _report(self, folder: Path, error: OSError | OutputError) -> None:
        with _guard:
            is_first = not _replaced
            _replaced.add(folder)
        if is_first:
            problem = (
                f"'{folder}' cannot be written ({error.strerror})" if isinstance(error, OSError) else error.problem
            )
            variable = self.variable if self.variable in os.environ else FOLDER
            _log.warning(
                "%s, so this run uses a temporary folder; name another one in %s to keep models and compiled engines",
                problem,
                variable,
            )


DETECTORS: Final = Section("detectors")
WEIGHTS: Final = Section("imagenet")
IDENTITY: Final = Section("identity")
ENGINES: Final = Section("engines", "FERVID_ENGINES")


@cache
def shelter_matplotlib() -> None:
    """Name a folder in which matplotlib can keep its list of fonts, if its own cannot be written; it would say so.

    Nor does matplotlib announce from now on that it makes that list. Call this before anything is imported that imports
    matplotlib.
    """
    logging.getLogger("matplotlib.font_manager").addFilter(_is_no_announcement)
    if "matplotlib" in sys.modules or os.environ.get(_MATPLOTLIB):
        return
    usual = ["~/.matplotlib"]
    if sys.platform.startswith(("linux", "freebsd")):
        above = (os.environ.get("XDG_CONFIG_HOME") or "~/.config", os.environ.get("XDG_CACHE_HOME") or "~/.cache")
        usual = [f"{folder}/matplotlib" for folder in above]
    if all(map(is_writable, map(_expanded, usual))):
        return
    own = root() / "matplotlib"
    with suppress(OSError):  # where nothing can be written, matplotlib may say so
        os.environ[_MATPLOTLIB] = str(own if is_writable(own) else _temporary_folder() / "matplotlib")


def _is_no_announcement(record: logging.LogRecord) -> bool:
    return "building the font cache" not in record.getMessage()


def discard() -> None:
    """Remove the temporary folder, in a process that ends at once."""
    global _temporary  # noqa: PLW0603 - the folder belongs to the whole process
    with _guard:
        if _temporary is not None:
            _remove(_temporary, os.getpid())
            _temporary = None


def _temporary_folder() -> Path:
    """Return the temporary folder, which is removed when the process ends.

    Raises:
        OSError: It cannot be created.
    """
    global _temporary  # noqa: PLW0603 - the folder belongs to the whole process
    with _guard:
        if _temporary is None:
            _temporary = Path(tempfile.mkdtemp(prefix="fervid-"))
            atexit.register(_remove, _temporary, os.getpid())
        return _temporary


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # a copy of the process, made by a fork, must leave it alone
        shutil.rmtree(folder, ignore_errors=True)


def _expanded(folder: str) -> Path:
    """Return `folder` with the user's home folder in place of ``~``; for a user who has none, that is ``/``."""
    path = Path(os.path.expanduser(folder))  # noqa: PTH111 - Path.expanduser fails where there is no home
    return Path(os.sep, *path.parts[1:]) if path.parts[:1] == ("~",) else path


def is_writable(folder: Path) -> bool:
    """Return True if a file can be written in `folder`, which is created if missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
    except OSError:
        return False
    return True
