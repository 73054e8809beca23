"""A pytest plugin with a cluster of Ray on this machine, of two nodes."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_NODE = {"num_cpus": 2, "object_store_memory": 80 << 20, "include_log_monitor": False}
_HEAD = {**_NODE, "include_dashboard": False, "no_monitor": True}

# Ray finds a dead node by asking it. The times are long enough for one on a busy machine.
_PATIENCE = {"health_check_initial_delay_ms": 1000, "health_check_period_ms": 1000, "health_check_failure_threshold": 5}


class RayNodes:
    """A cluster of two nodes.

    Attributes:
        address: The address of the first one.
    """

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(initialize_head=True, head_node_args={**_HEAD, "_system_config": _PATIENCE})
        self.address: str = self._cluster.address
        self._second: Any = self._cluster.add_node(wait=True, **_NODE)

    def kill_second(self) -> None:
        """Kill all processes of the second node."""
        self._cluster.remove_node(self._second, allow_graceful=False)

    def close(self) -> None:
        """Stop the cluster."""
        self._cluster.shutdown()


def missing() -> str:
    """Return what is missing for a cluster, in words; empty where nothing is."""
    return "" if find_spec("ray") else "ray is not installed"


@pytest.fixture(scope="module")
def ray_nodes() -> Iterator[RayNodes]:
    """Yield a cluster of two nodes; needs the marker `ray`."""
    # Ray would leave its logs in /tmp/ray. The paths of its sockets must be short, which pytest's folders are not.
    folder = tempfile.TemporaryDirectory(prefix="ray-nodes-", dir="/tmp")
    with folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
        # Ray's class for clusters writes their address into the default folder, whatever folder the nodes are given.
        patch.setenv("RAY_TMPDIR", folder.name)
        nodes = RayNodes()
        yield nodes
        nodes.close()


def readers(path: Path) -> list[int]:
    """The processes that have a file open. For Linux alone."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == str(path):  # noqa: PTH115
                found.add(int(link.parts[2]))
        except OSError:
            continue
    return sorted(found)


def await_reader(path: Path) -> int:
    """Wait until a process has a file open, and return it. For Linux alone."""
    while not (found := readers(path)):
        time.sleep(0.01)
    return found[0]
