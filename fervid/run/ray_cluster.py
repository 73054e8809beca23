"""A cluster of Ray, on whose machines processes analyse inputs."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from fervid.core.background import interruptible
from fervid.core.interrupts import uninterrupted
from fervid.core.machine import JOBS, cores
from fervid.errors import FervidError, UsageError
from fervid.run import node_check
from fervid.run.hosts import Host
from fervid.run.node_check import Expected
from fervid.run.ray_process import RayProcess, import_ray, node_error

if TYPE_CHECKING:
    from types import ModuleType

    from fervid.run.targets import Job

LOCAL: Final = "local"
"""The address of a cluster that is started on this machine, and stopped at the end."""

_CPUS: Final = 2
"""The CPUs of Ray that a process takes, because the stages of one input keep 1.3 cores busy."""

_CONNECT_S: Final = 5.0
"""The time in seconds in which the address must answer."""

_TRIES_TO_CONNECT: Final = "1"
"""The number of times that Ray tries to connect, for its environment variable; one takes up to a minute."""

_CHECK_S: Final = 120.0
"""The time in seconds in which each machine must answer."""

_STORE_BYTES: Final = 80 << 20
"""The memory for objects of a cluster on this machine. Messages are small, and Ray wants no less."""

_HOME: Final = Path("/")
"""A current folder that holds no modules of a stranger."""


class RayCluster(Host):
    """A cluster of Ray. It is connected to, or started, when it is needed.

    Args:
        address: The host and the port of its head node, or `LOCAL`.
        jobs: The number of inputs that the user asked for, which a cluster on this machine has room for; None for the
            usual one.

    Raises:
        UsageError: The address is none.
    """

    tries = 3

    def __init__(self, address: str, jobs: int | None = None) -> None:
        if address != LOCAL:
            _split(address)
        self._address = address
        self._jobs = jobs
        self._ray: ModuleType | None = None
        self._folder: str | None = None
        self._cpus: list[int] = []
        self._expected = Expected("", (), ())

    @property
    @override
    def usual_jobs(self) -> int:
        return max(JOBS[0], min(sum(number // _CPUS for number in self._cpus), JOBS[1]))

    @override
    def check(self, jobs: Sequence[Job]) -> None:
        if any(job.uses_streams or job.source.is_fifo() for job in jobs):
            raise UsageError("a cluster reads and writes no pipes and standard streams", "leave --ray out")
        ray = self._ray = self._ray or self._connect()
        machines = [machine for machine in ray.nodes() if machine["Alive"] and machine["Resources"].get("CPU", 0) >= 1]
        if not machines:
            raise FervidError(
                f"the cluster at '{self._address}' has no machine with a CPU",
                f"start Ray on others: ray start --address={self._address}",
            )
        self._cpus = [int(machine["Resources"]["CPU"]) for machine in machines]
        with node_check.expected(jobs) as expected:
            answers = [(machine["NodeManagerHostname"], self._ask(ray, machine, expected)) for machine in machines]
            ray.wait([answer for _, answer in answers], num_returns=len(answers), timeout=_CHECK_S)
            for name, answer in answers:
                try:
                    problem = ray.get(answer, timeout=0)
                except ray.exceptions.RayError:
                    problem = "does not answer"
                if problem:
                    raise node_error(name, problem)
        self._expected = expected.without_marks()

    @override
    def start(self) -> RayProcess:
        from fervid.run.ray_relay import Relay

        ray = self._ray
        assert ray is not None
        # Ray sets the number of OpenMP's threads where this process leaves it open. It must not change results.
        environment = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS")}
        options = {"num_cpus": min(_CPUS, max(self._cpus)), "scheduling_strategy": "SPREAD", "max_concurrency": 4}
        relay = ray.remote(Relay).options(**options).remote(str(Path.cwd()), environment, self._expected)
        return RayProcess(relay)

    @override
    def close(self) -> None:
        with uninterrupted():
            if self._ray is not None:
                self._ray.shutdown()
                self._ray = None
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None

    def _connect(self) -> ModuleType:
        """Import Ray, and connect to the cluster, or start it.

        Raises:
            FervidError: Ray is not installed, or the cluster cannot be used.
        """
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        # Otherwise, older releases hide the GPUs from the processes, and warn that newer ones will not.
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        if self._address == LOCAL:  # Ray looks for all of these when it is imported
            os.environ["RAY_AUTH_MODE"] = "token"
            os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
        else:
            os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", _TRIES_TO_CONNECT)
            self._knock()
        ray = import_ray()
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL, "configure_logging": True}
        try:
            if self._address == LOCAL:
                with uninterrupted(), _handlers_kept(), _away_from_strangers():
                    ray.init(LOCAL, **options, **self._new_cluster())
            else:
                with _away_from_strangers():
                    interruptible(lambda: ray.init(self._address, **options))
        except KeyboardInterrupt:
            if self._address == LOCAL:
                self._ray = ray
            self.close()
            raise
        except Exception as error:
            self._ray = ray
            self.close()
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise FervidError(
                f"the cluster at '{self._address}' cannot be used ({reason})",
                "run fervid on a machine of the cluster, with the same versions of Ray and Python, and the same token",
            ) from error
        return ray

    def _new_cluster(self) -> dict[str, Any]:
        """Return the options that start a cluster on this machine, which no other user of it can enter."""
        # The paths of Ray's sockets must be short, which those of other temporary folders may not be.
        self._folder = tempfile.mkdtemp(prefix="fervid-ray-", dir=None if sys.platform == "win32" else "/tmp")
        return {
            "num_cpus": max(cores(), _CPUS * (self._jobs or 1)),
            "object_store_memory": _STORE_BYTES,
            "include_dashboard": False,
            "_temp_dir": self._folder,
        }

    def _knock(self) -> None:
        """Check that the address answers at all, because Ray would try for long.

        Raises:
            FervidError: It does not.
        """
        try:
            socket.create_connection(_split(self._address), _CONNECT_S).close()
        except OSError as error:
            raise FervidError(
                f"the cluster at '{self._address}' cannot be reached ({error.strerror or error})",
                "check the address, and that Ray runs there (ray start --head), or use --ray local",
            ) from None

    def _ask(self, ray: ModuleType, machine: dict[str, Any], expected: Expected) -> Any:
        """Ask a machine whether it has what is expected."""
        here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(machine["NodeID"], soft=False)
        ray.cloudpickle.register_pickle_by_value(node_check)  # fervid may be missing there
        try:
            task = ray.remote(node_check.find_problem).options(num_cpus=0, scheduling_strategy=here, max_retries=0)
            return task.remote(*astuple(expected))
        finally:
            ray.cloudpickle.unregister_pickle_by_value(node_check)


def _split(address: str) -> tuple[str, int]:
    """Return the host and the port of an address.

    Raises:
        UsageError: It has none.
    """
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError(f"--ray takes HOST:PORT or {LOCAL}, not '{address}'", "name the head node of the cluster")
    return host, int(port)


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Keep the handler of SIGTERM, which Ray replaces."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if handler is not None:
            signal.signal(signal.SIGTERM, handler)


@contextmanager
def _away_from_strangers() -> Iterator[None]:
    """Leave the current folder, which Ray would make the first place where all its processes look for modules."""
    folder = Path.cwd()
    os.chdir(_HOME)
    try:
        yield
    finally:
        with suppress(OSError):  # somebody has removed it
            os.chdir(folder)
