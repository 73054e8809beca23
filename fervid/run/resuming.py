"""The inputs and the folder of a run that has a manifest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from fervid.core.files import absolute
from fervid.errors import UsageError
from fervid.run.result_names import STANDARD_OUTPUT, names_folder
from fervid.sources.inputs import Input

_log = logging.getLogger(__name__)


def manifest_folder(output: str | None, *, several: bool, resume: bool) -> Path | None:
    """Return the folder of the manifest; None for a run that writes a single result to a file or to this folder.

    Raises:
        UsageError: Standard output cannot be resumed.
    """
    if output == STANDARD_OUTPUT:
        if resume:
            raise UsageError("standard output cannot be resumed", "give target a file or a folder", options=("target",))
        return None
    if names_folder(output):
        return Path(output or ".") if several or resume or output is not None else None
    return Path(output or ".").parent if resume else None


def without_results(sources: Sequence[Input], written: frozenset[Path], inputs: Sequence[str]) -> list[Input]:
    """Return the sources without the results of earlier runs, unless the user typed them."""
    typed = {absolute(Path(text)) for text in inputs}
    results = {item for item in sources if absolute(item.path) in written - typed}
    if results:
        count = "1 result of an earlier run is" if len(results) == 1 else f"{len(results)} results of earlier runs are"
        _log.info("%s passed over", count)
    return [item for item in sources if item not in results]
