"""Compare the speed of networks on one thread: python benchmarks/networks.py compact swift [--calls N].

It prints the milliseconds a face of each network in PyTorch and OpenVINO, float32, at batches of 1 and 8, and their
ratio to the first network's. The weights are random, since they do not matter for the speed. CPU time is counted and
the networks take turns, so that a busy machine slows all of them alike; each figure is the median over all calls.

    python benchmarks/networks.py --results

measures the network of each recipe that has results in training/, in the size and colour of the recipe, in OpenVINO at
a batch of 8, and writes training/speed.json. There, a network's milliseconds are those of `compact` times the median of
its ratio to `compact` in each turn. `python training/make_picture.py` draws the file.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

import fervid
from fervid import engines, networks
from fervid.core.emotions import FER2013
from fervid.core.files import write_text
from fervid.core.machine import describe
from fervid.engines import weights
from fervid.engines.backends import Plan
from fervid.engines.backends.openvino import OPENVINO
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.base import Engine
from fervid.engines.build import build
from fervid.engines.manifest import CHANNELS, MANIFEST, WEIGHTS, InputSpec, Manifest
from fervid.engines.measure.comparison import noise
from fervid.engines.measure.timing import TURN, Timing, take_turns_on

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "training"))

from recipe_results import HERE, Result, results

BATCHES = (1, 8)
CALLS = 300
REFERENCE = "compact"
SPEED = HERE / "speed.json"


@dataclass(frozen=True, slots=True, order=True)
class Input:
    """A network and the images that it takes.

    Attributes:
        network: One of `fervid.networks.NAMES`.
        size: Width and height of the images in pixels.
        colour: ``grey`` or ``rgb``.
    """

    network: str
    size: int
    colour: str = "grey"

    @classmethod
    def of(cls, result: Result) -> Input:
        """Return the network of a recipe."""
        return cls(result.recipe.network, result.recipe.picture_size, result.recipe.colour)

    @property
    def spec(self) -> InputSpec:
        """The images, with some normalisation."""
        channels = CHANNELS[self.colour]
        return InputSpec(self.size, self.colour, (0.5,) * channels, (0.25,) * channels)


def write_random(which: Input, folder: Path) -> Path:
    """Write an engine with random weights into `folder`, and return the engine's folder."""
    place = folder / f"{which.network}-{which.size}-{which.colour}"
    place.mkdir()
    network = networks.create(which.network, len(FER2013), which.spec.channels)
    digest = weights.write(place / WEIGHTS, network.state_dict())
    manifest = Manifest(
        name=place.name,
        network=which.network,
        classes=FER2013,
        input=which.spec,
        temperature=1.0,
        data_set="none",
        recipe=which.network,
        accuracy={},
        sha256=digest,
        fervid=fervid.__version__,
    )
    write_text(place / MANIFEST, manifest.dump())
    return place


def openvino(trained: Path) -> Engine:
    """Compile an engine for OpenVINO in float32, and load it on one thread."""
    built = build(trained, OPENVINO, Plan(precision="fp32"), trained.with_name(f"{trained.name}-openvino"))
    return engines.load(built.folder, "cpu")


def measure(loaded: Sequence[Engine], batch: int, calls: int) -> list[Timing]:
    """Time engines by turns with one batch size, each on images as it takes them, in CPU time."""
    pairs = [(engine, noise(engine.manifest.input, batch).images) for engine in loaded]
    return take_turns_on(pairs, calls, time.process_time)


def compare(names: Sequence[str], calls: int) -> None:
    """Print a table of the speed of networks in their own sizes."""
    with tempfile.TemporaryDirectory() as folder:
        trained = [write_random(Input(name, networks.size(name)), Path(folder)) for name in names]
        loaded = {
            "PyTorch": [PyTorchEngine.load(each, "cpu", precision="fp32") for each in trained],
            "OpenVINO": [openvino(each) for each in trained],
        }
        columns = {
            f"{backend}, batch {batch}": [1000 * timing.median / batch for timing in measure(some, batch, calls)]
            for backend, some in loaded.items()
            for batch in BATCHES
        }
    print("| network | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns))
    for name, *figures in zip(names, *columns.values(), strict=True):
        pairs = zip(figures, columns.values(), strict=True)
        cells = (f"{figure:.2f} ({figure / column[0]:.2f})" for figure, column in pairs)
        print(f"| `{name}` | " + " | ".join(cells) + " |", flush=True)


def speed_of_results(calls: int) -> dict[str, Any]:
    """Measure the networks of all results, and return what speed.json holds."""
    reference = Input(REFERENCE, networks.size(REFERENCE))
    inputs = sorted({reference, *map(Input.of, results())})
    with tempfile.TemporaryDirectory() as folder:
        timings = measure([openvino(write_random(each, Path(folder))) for each in inputs], BATCHES[-1], calls)
    base = timings[inputs.index(reference)]
    rows = []
    for each, timing in zip(inputs, timings, strict=True):
        low, middle, high = np.percentile(ratios(timing, base), (25, 50, 75))
        rows.append(
            {
                "network": each.network,
                "size": each.size,
                "colour": each.colour,
                "ms": significant(1000 * base.median / base.faces * middle),
                "ratio": significant(middle),
                "ratio_quartiles": [significant(low), significant(high)],
            }
        )
    return {
        "command": "python benchmarks/networks.py --results",
        "date": datetime.now(timezone.utc).date().isoformat(),
        "machine": describe(),
        "backend": "openvino",
        "precision": "fp32",
        "threads": 1,
        "batch": BATCHES[-1],
        "clock": "CPU time",
        "calls": calls,
        "turns": -(-calls // TURN),
        "reference": REFERENCE,
        "networks": rows,
    }


def ratios(timing: Timing, reference: Timing) -> list[float]:
    """Return the duration of a face in each turn, relative to the reference's in the same turn."""
    own, other = (
        [statistics.median(each.seconds[at : at + TURN]) for at in range(0, len(each.seconds), TURN)]
        for each in (timing, reference)
    )
    return [one / base for one, base in zip(own, other, strict=True)]


def significant(figure: float) -> float:
    """Round to four significant digits."""
    return float(f"{figure:.4g}")


def main() -> None:
    """Measure the networks of the command line, or those of all results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", help="names of networks")
    parser.add_argument("--results", action="store_true", help="measure the networks of training/, for speed.json")
    parser.add_argument("--calls", type=int, default=CALLS, help=f"timed calls of each (default: {CALLS})")
    arguments = parser.parse_args()
    if arguments.results == bool(arguments.networks):
        parser.error("name networks, or give --results")
    if arguments.results:
        write_text(SPEED, json.dumps(speed_of_results(arguments.calls), indent=2) + "\n")
    else:
        compare(arguments.networks, arguments.calls)


if __name__ == "__main__":
    main()
