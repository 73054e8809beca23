"""How an engine trained on another data set does on CK+ (Lucey et al. 2010), of which it has seen no face.

    python training/evaluate_ck.py ENGINE ck48.npz

The archive holds `images` (N, 48, 48) uint8 and `label` (N,) in the order of `fervid.emotions.CK_PLUS`. Only the six
classes that CK+ shares with FER2013 count, so faces of contempt are left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from fervid import engines
from fervid.emotions import CK_PLUS
from fervid.engines.base import Engine


def accuracies(engine: Engine, archive: Path) -> tuple[int, float, float]:
    """Let `engine` classify the faces of the shared classes.

    Returns:
        How many faces; the accuracy (0 to 1) where any answer of the engine is an answer, so that neutral is wrong;
        and the accuracy where it may only answer with a shared class.
    """
    classes = engine.manifest.classes
    shared = [name for name in CK_PLUS if name in classes and name != "contempt"]
    with np.load(archive) as arrays:
        names = np.array(CK_PLUS)[arrays["label"]]
        chosen = np.isin(names, shared)
        probabilities, names = engine.classify(arrays["images"][chosen][:, None]), names[chosen]
    free = np.array(classes)[probabilities.argmax(1)]
    among = probabilities[:, [classes.index(name) for name in shared]]
    return len(names), float((free == names).mean()), float((np.array(shared)[among.argmax(1)] == names).mean())


def main() -> None:
    """Read the command line and print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", help="a shipped engine's name, or the path of one")
    parser.add_argument("archive", type=Path)
    arguments = parser.parse_args()
    with engines.load(arguments.engine, "cpu") as engine:
        count, free, among = accuracies(engine, arguments.archive)
    line = f"{count} faces of the shared classes: {free:.1%} right, {among:.1%} where only those may be answered"
    print(line)  # noqa: T201


if __name__ == "__main__":
    main()
