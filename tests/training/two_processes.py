"""What each of two processes does in `test_processes`: trains with the other one, unbroken and in two parts.

Run as ``python two_processes.py ARCHIVES FOLDER`` with the environment that torchrun gives.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import torch

from fervid import data
from fervid.training import learner
from fervid.training.loop import train
from fervid.training.processes import Processes, together
from fervid.training.recipe import Augmentation, Recipe

RECIPE = Recipe(
    name="shared",
    network="simple-conv",
    epochs=3,
    batch=16,
    rate=0.01,
    averaging=1.0,
    augmentation=Augmentation(mirror=0.5, rotation=10, erase=0.5, erase_area=0.2, mixup=0.4),
)
FROZEN = dataclasses.replace(RECIPE, frozen=True, augmentation=Augmentation(mirror=0.5))
CPU = torch.device("cpu")


def in_parts(archives: Path, path: Path, processes: Processes) -> None:
    """Stop in the second epoch, because the last process alone is asked to, and go on."""
    asked = iter([False] * 5)

    def stop() -> bool:
        return processes.rank == processes.size - 1 and next(asked, True)

    faces = data.read(archives)
    try:
        list(train(RECIPE, faces, path, device=CPU, stop=stop, processes=processes))
    except KeyboardInterrupt:
        list(train(RECIPE, faces, path, device=CPU, resume=True, processes=processes))
    else:
        raise AssertionError("nothing stopped it")


if __name__ == "__main__":
    learner.has_bf16 = lambda device: False  # its coarse rounding would hide what is compared
    torch.set_num_threads(1)
    archives, folder = map(Path, sys.argv[1:])
    with together(CPU) as processes:
        list(train(RECIPE, data.read(archives), folder / "whole.safetensors", device=CPU, processes=processes))
        in_parts(archives, folder / "parts.safetensors", processes)
        list(train(FROZEN, data.read(archives), folder / "frozen.safetensors", device=CPU, processes=processes))
