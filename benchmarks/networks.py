"""Compare the speed of networks on one thread: python benchmarks/networks.py compact swift [--calls N].

It prints the milliseconds a face of each network in PyTorch and OpenVINO, float32, at batches of 1 and 8, and their
ratio to the first network's. The weights are random, since they do not matter for the speed. CPU time is counted and
the networks take turns, so that a busy machine slows all of them alike; each figure is the median over all calls.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import fervid
from fervid import engines, networks
from fervid.core.emotions import FER2013
from fervid.core.files import write_text
from fervid.engines import weights
from fervid.engines.backends import Plan
from fervid.engines.backends.openvino import OPENVINO
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.base import Engine
from fervid.engines.build import build
from fervid.engines.manifest import MANIFEST, WEIGHTS, InputSpec, Manifest
from fervid.engines.measure.comparison import noise
from fervid.engines.measure.timing import take_turns

BATCHES = (1, 8)
CALLS = 300


def write_random(name: str, folder: Path) -> Path:
    """Write an engine of the network `name` with random weights into `folder`, and return the engine's folder."""
    place = folder / name
    place.mkdir()
    digest = weights.write(place / WEIGHTS, networks.create(name).state_dict())
    manifest = Manifest(
        name=name,
        network=name,
        classes=FER2013,
        input=InputSpec(networks.size(name), "grey", (0.5,), (0.25,)),
        temperature=1.0,
        data_set="none",
        recipe=name,
        accuracy={},
        sha256=digest,
        fervid=fervid.__version__,
    )
    write_text(place / MANIFEST, manifest.dump())
    return place


def load(folder: Path) -> dict[str, Engine]:
    """Return the engine in `folder` on each backend, on one thread and in float32."""
    built = build(folder, OPENVINO, Plan(precision="fp32"), folder.with_name(f"{folder.name}-openvino"))
    return {
        "PyTorch": PyTorchEngine.load(folder, "cpu", precision="fp32"),
        "OpenVINO": engines.load(built.folder, "cpu"),
    }


def main() -> None:
    """Measure the networks of the command line, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="+", help="names of networks with images of the same size")
    parser.add_argument("--calls", type=int, default=CALLS, help=f"timed calls of each (default: {CALLS})")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        loaded = [load(write_random(name, folder)) for name in arguments.networks]
        crops = noise(InputSpec(networks.size(arguments.networks[0]), "grey", (0.5,), (0.25,)), max(BATCHES)).images
        columns = []
        for backend in loaded[0]:
            for batch in BATCHES:
                same = [each[backend] for each in loaded]
                timings = take_turns(same, crops[:batch], arguments.calls, time.process_time)
                columns.append([1000 * timing.median / batch for timing in timings])
    titles = [f"{backend}, batch {batch}" for backend in loaded[0] for batch in BATCHES]
    print("| network | " + " | ".join(titles) + " |\n|---|" + "---:|" * len(titles))
    for name, *figures in zip(arguments.networks, *columns, strict=True):
        cells = (f"{figure:.2f} ({figure / column[0]:.2f})" for figure, column in zip(figures, columns, strict=True))
        print(f"| `{name}` | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
