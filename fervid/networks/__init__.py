"""The networks that fervid knows, by name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from fervid.errors import EngineError

if TYPE_CHECKING:
    from torch import nn

NAMES: Final = ("emotionnet",)
"""Every name that `create` takes."""


def create(name: str, classes: int = 7, channels: int = 1) -> nn.Module:
    """Build a network with fresh weights.

    Args:
        name: One of `NAMES`.
        classes: How many outputs it has.
        channels: 1 for grey pictures, 3 for colour.

    Returns:
        A module that takes (N, channels, size, size) floats and returns (N, classes) logits.

    Raises:
        EngineError: There is no network of that name.
    """
    if name == "emotionnet":
        from fervid.networks.emotionnet import EmotionNet  # torch is loaded only for a network that is wanted

        return EmotionNet(classes, channels)
    close = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(NAMES)}"
    raise EngineError(f"there is no network {name!r}", hint)
