"""TensorBoard event files: the graph of the network and the metrics of each epoch. Needs ``fervid[tensorboard]``."""

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
from fervid.training.shape import Shape

_EVENTS: Final = "events.out.tfevents.*"


def check() -> None:
    """Check that event files can be written, before hours of training.

    Raises:
        MissingPackageError: tensorboard is not installed.
    """
    _writers()


class Board(Closing):
    """A folder that ``tensorboard --logdir`` reads.

    Args:
        folder: The folder, created if missing; event files of an earlier part of the run are replaced.
        network: The name of the network.
        shape: The input and output of the network.

    Raises:
        MissingPackageError: tensorboard is not installed.
        OutputError: The folder cannot be written.
    """

    def __init__(self, folder: Path, network: str, shape: Shape) -> None:
        make_folder(folder)
        self._folder = folder
        self._written = 0
        self._hook = threading.excepthook
        threading.excepthook = self._ignore_os_errors
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
        """Add the epochs that are not written yet.

        Args:
            history: All epochs of the run so far.

        Raises:
            OutputError: The file cannot be written.
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
        """Complete the file. May be called twice.

        Raises:
            OutputError: The file cannot be written.
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
            problem = f"'{self._folder}' cannot be written ({error.strerror})"
            raise OutputError(problem, "free some space, or leave out --tensorboard") from error

    def _ignore_os_errors(self, caught: threading.ExceptHookArgs) -> None:
        """Suppress tracebacks of TensorBoard's writer thread; its next call raises the same error in ours."""
        if not isinstance(caught.exc_value, OSError):
            self._hook(caught)

    def _draw(self, name: str, shape: Shape) -> None:
        network = networks.create(name, len(shape.outputs), shape.channels).eval()
        picture = torch.zeros(1, shape.channels, shape.size, shape.size)
        with warnings.catch_warnings():
            # TensorBoard graphs come from torch.jit, which torch deprecates without offering a replacement.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", TracerWarning)
            self._writer.add_graph(network, picture)


def _writers() -> Any:
    return require("torch.utils.tensorboard", "fervid[tensorboard]")
