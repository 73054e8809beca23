"""Several processes that train one network together, as ``torchrun`` starts them; or one alone.

``torchrun`` tells each process by environment variables which one it is. Each draws the same chance, augments the same
batch, and computes its own share of it; the gradients are averaged (DistributedDataParallel, Li et al. 2020,
arXiv:2006.15704), so that the weights are the same everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from fervid.engines.backends.pytorch import choose_device
from fervid.errors import DeviceError

_LOST: Final = "by peer"
"""gloo's complaint about a connection that the other side has closed or reset."""


@dataclass(frozen=True, slots=True)
class Processes:
    """All processes of a training, seen from one of them; each calls the same methods in the same order.

    Attributes:
        rank: Which one this is, from 0.
        size: How many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes files and says how it goes."""
        return self.rank == 0

    def share(self, batch: int) -> slice:
        """Which faces of a batch are this one's; the batch is a multiple of `size`."""
        part = batch // self.size
        return slice(self.rank * part, (self.rank + 1) * part)

    def wrap(self, network: nn.Module) -> nn.Module:
        """`network`, so that its gradients become the mean of those of all processes."""
        return network if self.size == 1 else DistributedDataParallel(network)

    def sum(self, *values: float) -> tuple[float, ...]:
        """The sum of each value over all processes."""
        if self.size == 1:
            return values
        return _numbers(values, dist.all_reduce)

    def any(self, asked: bool) -> bool:
        """Whether it is so in at least one process."""
        return self.sum(asked)[0] > 0

    def from_first(self, find: Callable[[], tuple[float, ...]], count: int) -> tuple[float, ...]:
        """The `count` numbers that the first process finds; the others wait for them."""
        values = find() if self.is_first else (0.0,) * count
        return values if self.size == 1 else _numbers(values, lambda tensor: dist.broadcast(tensor, 0))

    def barrier(self) -> None:
        """Wait until all are here."""
        self.sum(0)


ALONE = Processes()


def rank() -> int:
    """Which process of a training this is, from 0."""
    return int(os.environ.get("RANK", "0"))


def local_rank() -> int:
    """Which one it is among those on this machine, from 0."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def device(name: str) -> torch.device:
    """The device of that name for this process: each process of a machine has a GPU to itself.

    Args:
        name: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        DeviceError: There is no such device, or there are more processes than GPUs.
    """
    where = choose_device(name)
    if where.type == "cpu" or "LOCAL_RANK" not in os.environ:
        return where
    count = torch.cuda.device_count()
    if local_rank() >= count:
        raise DeviceError(
            f"{count} GPUs are too few for the processes on this machine", "start one for each, or use --device cpu"
        )
    torch.cuda.set_device(local_rank())
    return torch.device("cuda", local_rank())


@contextmanager
def together(where: torch.device) -> Iterator[Processes]:
    """Meet the other processes that ``torchrun`` has started; the block is their common work.

    Args:
        where: The device that this one computes on.

    Raises:
        DeviceError: They do not find each other, or one of them has ended before the block did.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    try:
        # Single numbers stay on the CPU, gradients where they are.
        dist.init_process_group("gloo" if where.type == "cpu" else "cpu:gloo,cuda:nccl")
    except (RuntimeError, ValueError) as error:
        problem = f"the processes do not find each other ({str(error).splitlines()[0]})"
        raise DeviceError(problem, "start them with torchrun") from error
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    except RuntimeError as error:
        if isinstance(error, dist.DistBackendError) or _LOST in str(error):
            problem = "another process of this training has ended"
            raise DeviceError(problem, "see why, and go on from the last checkpoint with --resume") from error
        raise
    finally:
        dist.destroy_process_group()


def _numbers(values: tuple[float, ...], exchange: Callable[[Tensor], object]) -> tuple[float, ...]:
    tensor = torch.tensor(values, dtype=torch.float64)
    exchange(tensor)
    return tuple(tensor.tolist())
