"""Evaluate the shipped engines on CK+, as the data set crops its faces and as a video's are cropped.

    python benchmarks/ck_plus.py CK48.npz

writes training/ck_plus.json, for `python training/make_table.py` and `python training/make_cards.py`, and prints the
accuracies. None of the engines was trained on CK+ (Lucey et al. 2010). Contempt is left out, which most of them lack,
so that all are judged by the same faces of six classes, in float32.
"""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

from fervid import data, detect, engines
from fervid.core.files import write_text
from fervid.data.dataset import DataSet
from fervid.data.splits import undivided
from fervid.engines.manifest import Manifest
from fervid.evaluation import ALL
from fervid.evaluation.assessment import Assessment, assess
from fervid.settings import Settings

FIGURES = Path(__file__).resolve().parent.parent / "training" / "ck_plus.json"
LEFT_OUT = ("contempt",)
FRAMINGS = ("archive", "video")
"""As the faces are cropped in the archive, and as fervid crops those of a video."""


def figures(path: Path, framing: str, name: str) -> dict[str, Any]:
    """Return the figures of one engine on faces that are framed in one way."""
    with engines.load(name, "cpu", precision="fp32") as engine:
        spec = engine.manifest.input
        return summary(
            assess(engine, read(path, framing, spec.size, spec.colour), ALL, leave_out=LEFT_OUT, mirror=True)
        )


@cache
def read(path: Path, framing: str, size: int, colour: str) -> DataSet:
    """Read the faces; most engines take the same."""
    with detect.create(Settings()) if framing == "video" else nullcontext() as detector:
        return undivided(data.read_faces(path, size=size, colour=colour, detector=detector))


def summary(found: Assessment) -> dict[str, Any]:
    """Return the accuracies of an assessment, with and without the mirror image and other classes than the labels'."""
    evaluations = {
        "all": found.evaluation,
        "restricted": found.restricted,
        "mirrored": found.mirrored,
        "mirrored_restricted": found.mirrored_restricted,
    }
    return {
        "faces": found.evaluation.faces,
        "undetected": found.undetected,
        **{name: round(evaluation.accuracy, 6) for name, evaluation in evaluations.items() if evaluation is not None},
    }


def main() -> None:
    """Evaluate all shipped engines, print their accuracies, and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path, metavar="CK48.npz", help="the archive of CK+")
    archive = parser.parse_args().archive
    found: dict[str, Any] = {}
    for name in engines.shipped():
        found[name] = {"sha256": Manifest.load(engines.resolve(name)).sha256}
        for framing in FRAMINGS:
            found[name][framing] = figures(archive, framing, name)
            print(name, framing, found[name][framing], flush=True)
    document = {
        "command": "python benchmarks/ck_plus.py ck48.npz",
        "date": datetime.now(timezone.utc).date().isoformat(),
        "precision": "fp32",
        "left_out": LEFT_OUT,
        "engines": found,
    }
    write_text(FIGURES, json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
