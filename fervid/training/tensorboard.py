"""A run for TensorBoard: its network as a graph, and the figures of its epochs. Needs ``fervid[tensorboard]``."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from torch.jit import TracerWarning  # type: ignore[attr-defined]
from typing_extensions import override

from fervid import networks
from fervid.core.closing import Closing
from fervid.core.files import make_folder
from fervid.core.packages import require
from fervid.errors import OutputError
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
        self._folder = folder
        self._written = 0
        self._hook = threading.excepthook
        threading.excepthook = self._hear
        try:
            with self._writing():
                for old in folder.glob(_EVENTS):
                    old.unlink()
                self._writer = _writers().SummaryWriter(str(folder))
                self._draw(network, shape)
        except BaseException:
            threading.excepthook = self._hook
            raise

    def write(self, history: Sequence[Epoch]) -> None:
        """Add the epochs that are not there yet.

        Args:
            history: All epochs of the run so far.

        Raises:
            OutputError: They cannot be written.
        """
        with self._writing():
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
            self._writer.flush()

    @override
    def close(self) -> None:
        """Finish the file. May be called twice.

        Raises:
            OutputError: It cannot be written.
        """
        try:
            with self._writing():
                self._writer.close()
        finally:
            threading.excepthook = self._hook

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            problem = f"{self._folder} cannot be written ({error.strerror})"
            raise OutputError(problem, "free space, or leave out --tensorboard") from error

    def _hear(self, told: threading.ExceptHookArgs) -> None:
        """Keep the traceback of tensorboard's own thread to ourselves: its next call raises the same here."""
        if not isinstance(told.exc_value, OSError):
            self._hook(told)

    def _draw(self, name: str, shape: Shape) -> None:
        network = networks.create(name, len(shape.classes), shape.channels).eval()
        picture = torch.zeros(1, shape.channels, shape.size, shape.size)
        with warnings.catch_warnings():
            # TensorBoard's graphs come from torch.jit, which torch calls deprecated and has no other way for.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", TracerWarning)
            self._writer.add_graph(network, picture)


def _writers() -> Any:
    return require("torch.utils.tensorboard", "fervid[tensorboard]")
