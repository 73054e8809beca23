"""A pytest plugin with a Lab Streaming Layer that is confined to this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

_CONFIGURATION = """
[lab]
KnownPeers = {{127.0.0.1}}
SessionID = fervid-{process}
[multicast]
ResolveScope = machine
[log]
level = -3
"""


class LslNetwork:
    """The streams that can be found on this machine."""

    def __init__(self) -> None:
        import pylsl

        self.pylsl: Any = pylsl

    def inlet(self, name: str) -> Any:
        """Return an inlet that is connected to the stream with this name, of this process."""
        found = self.pylsl.resolve_byprop("name", name, minimum=1, timeout=20)
        inlet = self.pylsl.StreamInlet(found[0])
        inlet.open_stream(timeout=20)
        return inlet

    def now(self) -> float:
        """Return the time on LSL's clock."""
        time: float = self.pylsl.local_clock()
        return time


@pytest.fixture(scope="session")
def lsl_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LslNetwork]:
    """Yield the Lab Streaming Layer of this machine; needs the marker `lsl`. liblsl reads its configuration once."""
    path = tmp_path_factory.mktemp("lsl") / "lsl_api.cfg"
    # A session of its own, because other processes of pytest-xdist may open streams of the same name.
    path.write_text(_CONFIGURATION.format(process=os.getpid()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LSLAPICFG", str(path))
        yield LslNetwork()


def received_until(inlet: Any, last: str) -> list[str]:
    """Return the events of an inlet up to one."""
    events: list[str] = []
    while last not in events:
        (((event,), _),) = received(inlet, 1)
        events.append(event)
    return events


def received(inlet: Any, count: int) -> list[tuple[list[Any], float]]:
    """Return so many samples of an inlet with their times; fewer where no more came in a few seconds."""
    samples = []
    while len(samples) < count:
        sample, time = inlet.pull_sample(timeout=5)
        if sample is None:
            break
        samples.append((sample, time))
    return samples


def missing() -> str:
    """Return why the layer cannot be used; empty if it can."""
    try:
        import pylsl  # noqa: F401
    except (ImportError, OSError, RuntimeError) as error:
        return f"pylsl cannot be imported ({str(error).strip().splitlines()[0]})"
    return ""
