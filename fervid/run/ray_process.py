"""Processes on other machines that analyse inputs, behind actors of Ray."""

from __future__ import annotations

import logging
import pickle
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from fervid.core.packages import require
from fervid.errors import FervidError
from fervid.run.hosts import Connection
from fervid.run.worker import Logged, NotReady

if TYPE_CHECKING:
    from types import ModuleType

_PATIENCE_S: Final = 15.0
"""The time in seconds after which a process that should end is given up."""

_WAIT_S: Final = 10.0
"""The time in seconds after which a process that has found no room in the cluster says so."""


def import_ray() -> ModuleType:
    """Import Ray.

    Raises:
        MissingPackageError: It is not installed.
    """
    return require("ray", "fervid[ray]")


class RayProcess(Connection):
    """A process in a cluster.

    Args:
        relay: The handle of its `Relay`.
    """

    machine = ""

    def __init__(self, relay: Any) -> None:
        self._ray = import_ray()
        self._relay = relay
        self._described = relay.describe.remote()
        self._is_placed = threading.Event()
        self._has_waited = False

    @override
    def send(self, content: bytes) -> None:
        with suppress(Exception):  # for an actor that is lost, Ray raises nothing more particular
            self._relay.send.remote(content)

    @override
    def receive(self) -> bytes:
        try:
            if not self._is_placed.is_set() and (first := self._await_place()) is not None:
                return first
            content: bytes | None = self._ray.get(self._relay.receive.remote())
        except self._ray.exceptions.RayError as error:
            raise EOFError from error
        if content is None:
            raise EOFError
        return content

    def _await_place(self) -> bytes | None:
        """Wait until a machine has taken the process, and return what there is to say about that."""
        timeout = None if self._has_waited else _WAIT_S
        ready, _ = self._ray.wait([self._described], timeout=timeout)
        if not ready:
            self._has_waited = True
            text = "the cluster has no room for a process yet, and fervid waits for it"
            return _pickled_warning(text)
        name, problem = self._ray.get(self._described)
        self.machine = f"the machine '{name}'"
        self._is_placed.set()
        return pickle.dumps(NotReady(node_error(name, problem))) if problem else None

    @override
    def close(self) -> int | None:
        code: int | None = None
        with suppress(Exception):  # as in `send`
            if self._is_placed.is_set():
                code = self._ray.get(self._relay.close.remote(), timeout=_PATIENCE_S)
        self._ray.kill(self._relay)
        return code


def node_error(name: str, problem: str) -> FervidError:
    """Return the error about a machine that lacks something."""
    remedy = "each machine needs the same version of fervid, and the same folders at the same paths"
    return FervidError(f"the machine '{name}' {problem}", remedy)


def _pickled_warning(text: str) -> bytes:
    level = logging.WARNING
    values = {"name": __name__, "levelno": level, "levelname": logging.getLevelName(level), "msg": text}
    return pickle.dumps(Logged(logging.makeLogRecord(values)))
