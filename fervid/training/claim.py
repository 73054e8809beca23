"""The folder of a training or a study, into which one process at a time writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fervid.core.files import make_folder
from fervid.core.locks import exclusive
from fervid.errors import OutputError

_LOCK: Final = "in-use.lock"


@contextmanager
def claimed(folder: Path, *subfolders: Path) -> Iterator[None]:
    """Keep other trainings out of a folder during the block, and create the folder if it is missing.

    Folders that were created within the block and are still empty at its end are removed.

    Args:
        folder: The folder. The lock of a process that has died keeps nobody out.
        subfolders: Folders in it that may be created within the block.

    Raises:
        OutputError: Another training uses the folder, or it cannot be created.
    """

    def refuse(owner: str) -> None:
        remedy = "wait until that has ended, or choose another folder with -o"
        raise OutputError(f"'{folder}' is in use by another training, {owner}", remedy)

    made = [path for path in (*subfolders, folder, *folder.parents) if not path.exists()]
    try:
        make_folder(folder)
        with exclusive(folder / _LOCK, refuse):
            yield
    finally:
        for path in made:
            with suppress(OSError):
                path.rmdir()
