"""The limits that keep a compiled network from filling the memory or from running for ever.

A folder with a compiled engine may come from anybody. Its files match the digests in ``compiled.json``, but the same
person wrote both. A graph is therefore read before anything of it runs. It may hold only the operators that fervid's
own networks have, none of which repeats others, and none of its results may be larger than theirs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from fervid.engines.compiled import REBUILD
from fervid.errors import EngineError

MOST_VALUES: Final = 1 << 26
"""The largest number of values that an operator may return for one face: 64 channels of 1024x1024."""


def check_operators(path: Path, found: Iterable[str], allowed: frozenset[str]) -> None:
    """Check that a graph has no other operators than these.

    Raises:
        EngineError: It has another one.
    """
    for name in found:
        if name not in allowed:
            shown = name if name.isprintable() and len(name) <= 80 else ascii(name[:80])
            raise EngineError(f"'{path}' has the operator {shown}, which no network of fervid has", REBUILD)


def check_shape(path: Path, operator: str, shape: Sequence[int | None]) -> None:
    """Check the shape of a result; its first dimension is the number of faces, unless it does not depend on them.

    Args:
        path: The file, for the message.
        operator: The name of the operator, for the message.
        shape: The dimensions; None for one that is not known.

    Raises:
        EngineError: It is too large, or its size is not known.
    """
    sides = [1 if side is None and place == 0 else side for place, side in enumerate(shape)]
    known = [side for side in sides if side is not None]
    if len(known) < len(sides) or math.prod(known) > MOST_VALUES:
        text = "x".join("?" if side is None else str(side) for side in shape)
        raise EngineError(f"'{path}' has a result of {operator} of {text} values, more than fervid allows", REBUILD)
