"""PulseAudio with one microphone, into which a test speaks through a pipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from system_packages import SOUND_COMMANDS, has_sound_plugin

from fervid.core.closing import Closing

_RATE = 48_000
_BLOCK = 480


def missing() -> str:
    """Return what the tests of microphones lack, in words; empty where all is there."""
    absent = [command for command in SOUND_COMMANDS if shutil.which(command) is None]
    if not has_sound_plugin():
        absent.append("the ALSA plugin of PulseAudio")
    return f"{', '.join(absent)} not found" if absent else ""


class Voice:
    """A voice that speaks into a microphone in real time: silence, and once some samples.

    Args:
        pipe: The named pipe of the microphone.
    """

    def __init__(self, pipe: Path) -> None:
        self._file = os.open(pipe, os.O_RDWR)  # so that opening never waits for the server
        self._said: tuple[NDArray[np.float32], float] | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)
        self._thread.start()

    def say(self, samples: NDArray[np.float32], since: float) -> None:
        """Say mono samples from a time of the monotonic clock on; if it is called again, the earliest time counts."""
        self._said = samples, since if self._said is None else min(since, self._said[1])

    def stop(self) -> None:
        """Fall silent."""
        self._stopped.set()
        self._thread.join()
        os.close(self._file)

    def _speak(self) -> None:
        os.set_blocking(self._file, False)
        begin, count = time.monotonic(), 0
        # A block is written when its last sample is due.
        while not self._stopped.wait(max(0.0, begin + (count + _BLOCK) / _RATE - time.monotonic())):
            count += _BLOCK
            block = np.zeros(_BLOCK, np.float32)
            if self._said is not None:
                samples, since = self._said
                places = np.arange(_BLOCK) + round((begin + count / _RATE - since) * _RATE) - _BLOCK
                inside = (places >= 0) & (places < len(samples))
                block[inside] = samples[places[inside]]
            with suppress(BlockingIOError):  # nobody listens, so the pipe is full
                os.write(self._file, np.round(block * 32767).astype("<i2").tobytes())


class SoundServer(Closing):
    """A PulseAudio server of its own, whose only microphone is `microphone`.

    Args:
        folder: A folder for its files, which it makes.

    Attributes:
        environment: What a client needs to find it.
        microphone: The name of its source.
    """

    microphone = "desk"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._pipe = folder / "voice"
        self.environment = {
            "PULSE_RUNTIME_PATH": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
        }
        source = (
            f"module-pipe-source source_name={self.microphone} file={self._pipe} rate={_RATE} channels=1 format=s16le"
        )
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        self._process = subprocess.Popen(
            [*command, "-L", "module-native-protocol-unix", "-L", source],
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 10
        while not ((folder / "native").exists() and self._pipe.exists()):
            if time.monotonic() > end or self._process.poll() is not None:
                self.close()
                raise RuntimeError("PulseAudio does not start")
            time.sleep(0.02)

    @contextmanager
    def speaking(self) -> Iterator[Voice]:
        """Yield the voice into its microphone, which is silent before and after."""
        voice = Voice(self._pipe)
        try:
            yield voice
        finally:
            voice.stop()

    def close(self) -> None:
        """Stop the server. May be called more than once."""
        self._process.terminate()
        self._process.wait(10)
