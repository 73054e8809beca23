"""Training in several processes, as ``torchrun`` starts them, or in one.

``torchrun`` numbers the processes by environment variables. Each process draws the same random numbers, augments the
same batch, and computes its own share of it; the gradients are averaged (DistributedDataParallel, Li et al. 2020,
arXiv:2006.15704), so the weights are the same everywhere.
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
"""A part of gloo's message about a connection that the other side has closed or reset."""


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes of a training run, seen from one of them; all call the same methods in the same order.

    Attributes:
        rank: The number of this process, from 0.
        size: The number of processes.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """True in the process that writes files and reports progress."""
        return self.rank == 0

    def share(self, batch: int) -> slice:
        """Return the slice of a batch for this process; the batch is a multiple of `size`."""
        part = batch // self.size
        return slice(self.rank * part, (self.rank + 1) * part)

    def wrap(self, network: nn.Module) -> nn.Module:
        """Return `network` wrapped so that its gradients are averaged over all processes."""
        return network if self.size == 1 else DistributedDataParallel(network)

    def sum(self, *values: float) -> tuple[float, ...]:
        """Return the sum of each value over all processes."""
        if self.size == 1:
            return values
        return _numbers(values, dist.all_reduce)

    def any(self, asked: bool) -> bool:
        """Return True if `asked` is True in at least one process."""
        return self.sum(asked)[0] > 0

    def from_first(self, find: Callable[[], tuple[float, ...]], count: int) -> tuple[float, ...]:
        """Return the `count` numbers that `find` returns in the first process; the others wait for them."""
        values = find() if self.is_first else (0.0,) * count
        return values if self.size == 1 else _numbers(values, lambda tensor: dist.broadcast(tensor, 0))

    def barrier(self) -> None:
        """Wait until all processes have called this."""
        self.sum(0)


ALONE = Processes()


def rank() -> int:
    """Return the number of this process among all of the run, from 0."""
    return int(os.environ.get("RANK", "0"))


def local_rank() -> int:
    """Return the number of this process among those on this machine, from 0."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def device(name: str) -> torch.device:
    """Return the device for this process; each process of a machine gets a GPU of its own.

    Args:
        name: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        DeviceError: The device does not exist, or there are more processes than GPUs.
    """
    where = choose_device(name)
    if where.type == "cpu" or "LOCAL_RANK" not in os.environ:
        return where
    count = torch.cuda.device_count()
    if local_rank() >= count:
        raise DeviceError(
            f"there are more processes on this machine than GPUs ({count})",
            "start one process for each GPU, or use --device cpu",
        )
    torch.cuda.set_device(local_rank())
    return torch.device("cuda", local_rank())


@contextmanager
def together(where: torch.device) -> Iterator[Processes]:
    """Join the other processes that ``torchrun`` started, for the duration of the block.

    Args:
        where: The device of this process.

    Raises:
        DeviceError: The processes cannot connect, or one of them exited before the end of the block.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    try:
        # Numbers are exchanged on the CPU, gradients on the device.
        dist.init_process_group("gloo" if where.type == "cpu" else "cpu:gloo,cuda:nccl")
    except (RuntimeError, ValueError) as error:
        problem = f"the training processes cannot connect ({str(error).splitlines()[0]})"
        raise DeviceError(problem, "start them with torchrun") from error
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    except RuntimeError as error:
        if isinstance(error, dist.DistBackendError) or _LOST in str(error):
            problem = "another process of this run has exited"
            raise DeviceError(problem, "see its message, then continue from the checkpoint with --resume") from error
        raise
    finally:
        dist.destroy_process_group()


def _numbers(values: tuple[float, ...], exchange: Callable[[Tensor], object]) -> tuple[float, ...]:
    tensor = torch.tensor(values, dtype=torch.float64)
    exchange(tensor)
    return tuple(tensor.tolist())
