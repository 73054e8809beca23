"""Write the predictions of shipped engines for drawn faces: ``python tests/engines/make_golden.py NAME ...``.

Run it for an engine that is new or has been exported anew, never to make a failing test pass.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fervid import engines
from fervid.engines.backends.pytorch import PyTorchEngine

FOLDER = Path(__file__).parent / "golden"


def draw(smile: float, mouth: float, brow: float, light: float) -> NDArray[np.uint8]:
    """Draw a face of 48x48 with a given rise and opening of the mouth, slope of the brows, and light."""
    y, x = np.mgrid[0:48, 0:48] / 47.0
    picture = np.full((48, 48), 60.0) + 60 * light * x
    picture[((x - 0.5) / 0.42) ** 2 + ((y - 0.52) / 0.5) ** 2 < 1] += 90
    for side in (-1, 1):
        eye = 0.5 + side * 0.185
        picture[((x - eye) / 0.07) ** 2 + ((y - 0.4) / 0.035) ** 2 < 1] = 30
        picture[(np.abs(y - 0.3 + side * brow * (x - eye)) < 0.02) & (np.abs(x - eye) < 0.1)] = 40
    curve = 0.78 - smile * (((x - 0.5) / 0.18) ** 2 - 0.5)
    picture[(np.abs(y - curve) < 0.02 + mouth) & (np.abs(x - 0.5) < 0.18)] = 45
    return picture.clip(0, 255).astype(np.uint8)


def main() -> None:
    """Draw faces, classify them in float32 and write the predictions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", choices=engines.shipped(), metavar="NAME", help="names of shipped engines")
    names = parser.parse_args().names
    settings = [(s, m, b, li) for s in (-0.08, 0, 0.08) for m in (0, 0.06) for b in (-0.3, 0.3) for li in (0.0, 1.0)]
    crops = np.stack([draw(*setting) for setting in settings])[:, None]
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        with PyTorchEngine.load(engines.resolve(name), "cpu", precision="fp32") as engine:
            np.savez_compressed(FOLDER / f"{name}.npz", crops=crops, probabilities=engine.classify(crops))


if __name__ == "__main__":
    main()
