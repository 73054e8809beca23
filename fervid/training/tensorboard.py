"""A run for TensorBoard: its network as a graph, and the figures of its epochs. Needs ``fervid[tensorboard]``."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch.jit import TracerWarning  # type: ignore[attr-defined]
from typing_extensions import override

from fervid import networks
from fervid.closing import Closing
from fervid.errors import OutputError
from fervid.files import make_folder
from fervid.packages import require
from fervid.training.checkpoint import Epoch
from fervid.training.learner import Shape

_EVENTS: Final = "events.out.tfevents.*"


def check() -> None:
    """Find out before hours of training whether it can be followed.

    Raises:
        MissingPackageError: tensorboard is not installed.
    """
    _writers()


class Board(Closing):
    """The folder that ``tensorboard --logdir`` reads.

    Args:
        folder: Made where it is missing; what an earlier part of the run wrote there is written anew.
        network: The name of the one that is trained.
        shape: What it takes and gives.

    Raises:
        MissingPackageError: tensorboard is not installed.
        OutputError: The folder cannot be written.
    """

    def __init__(self, folder: Path, network: str, shape: Shape) -> None:
        make_folder(folder)
        try:
            for old in folder.glob(_EVENTS):
                old.unlink()
            self._writer = _writers().SummaryWriter(str(folder))
        except OSError as error:
            raise _unwritable(folder, error) from error
        self._folder = folder
        self._written = 0
        self._draw(network, shape)

    def write(self, history: Sequence[Epoch]) -> None:
        """Add the epochs that are not there yet.

        Args:
            history: All epochs of the run so far.

        Raises:
            OutputError: They cannot be written.
        """
        for epoch in history[self._written :]:
            for name, value in (
                ("loss/training", epoch.train_loss),
                ("loss/public_test", epoch.loss),
                ("accuracy/training", epoch.train_accuracy),
                ("accuracy/public_test", epoch.accuracy),
                ("rate", epoch.rate),
                ("seconds", epoch.seconds),
            ):
                self._writer.add_scalar(name, value, epoch.number)
        self._written = len(history)
        try:
            self._writer.flush()
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    @override
    def close(self) -> None:
        """Finish the file. May be called twice."""
        self._writer.close()

    def _draw(self, name: str, shape: Shape) -> None:
        network = networks.create(name, len(shape.classes), shape.channels).eval()
        picture = torch.zeros(1, shape.channels, shape.size, shape.size)
        with warnings.catch_warnings():
            # TensorBoard's graphs come from torch.jit, which torch calls deprecated and has no other way for.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", TracerWarning)
            self._writer.add_graph(network, picture)


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder} cannot be written ({error.strerror})", "free space, or leave out --tensorboard")


def _writers() -> Any:
    return require("torch.utils.tensorboard", "fervid[tensorboard]")
