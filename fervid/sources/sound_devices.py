"""Microphones and other sound devices, through FFmpeg: list them, open one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer

from fervid.core.native_output import silenced
from fervid.errors import SourceError
from fervid.video.containers import open_device

DEFAULT: Final = "default"
"""The name of the device that the user has chosen in the settings of the system."""

_FORMATS: Final = {"darwin": "avfoundation", "win32": "dshow"}
_ALSA: Final = "alsa"

# FFmpeg's AVFMT_FLAG_NONBLOCK, which has no name as an option: a read that waits cannot be interrupted, neither at the
# end nor where the device is gone.
_NO_WAITING: Final = {"fflags": "+4"}
# ALSA opens a device as stereo unless told otherwise, which a device with one channel refuses. By default, DirectShow
# delivers sound every half second.
_ATTEMPTS: Final[Mapping[str, tuple[dict[str, str], ...]]] = {
    _ALSA: ({"channels": "2"}, {"channels": "1"}),
    "dshow": ({"audio_buffer_size": "50"},),
    "avfoundation": ({},),
}

# ALSA also lists converters and each way of opening a card; these are the names to record from.
_RECORDED: Final = (DEFAULT, "pipewire", "plughw:")
_ALSA_FOLDER: Final = Path("/usr/share/alsa")
_ALSA_PLUGINS: Final = ("/usr/lib/*/alsa-lib", "/usr/lib64/alsa-lib", "/usr/lib/alsa-lib")
_LISTED: Final = 5
_PATIENCE_S: Final = 3.0
"""Seconds to wait for the first sound of a device."""


@dataclass(frozen=True, slots=True)
class SoundDeviceInfo:
    """A sound device that can be recorded from.

    Attributes:
        name: The name by which ``fervid live --sound`` opens it.
        description: The name that the system gives it.
    """

    name: str
    description: str


def list_sound_devices() -> list[SoundDeviceInfo]:
    """Return the sound devices of this machine, none of which is opened; none where the system cannot list them."""
    form = _format()
    if form not in av.formats_available:
        return []
    _lead_to_alsa()
    try:
        with silenced():
            found = av.enumerate_input_devices(form)
    except (av.FFmpegError, OSError, ValueError):
        return []
    if form == _ALSA:
        devices = [SoundDeviceInfo(each.name, each.description.replace("\n", ", ")) for each in found]
        return [each for each in devices if each.name.startswith(_RECORDED)] + _pulse_sources()
    # DirectShow's own names are long and cryptic, and it takes the descriptions too.
    names = [each.description if form == "dshow" else each.name for each in found]
    return [
        SoundDeviceInfo(name, each.description)
        for name, each in zip(names, found, strict=True)
        if "audio" in each.media_types
    ]


def open_sound_device(name: str) -> InputContainer:
    """Open a sound device. While it has no sound to give, reading raises `av.error.BlockingIOError`.

    Args:
        name: Its name, as `list_sound_devices` returns it, or `DEFAULT`.

    Raises:
        SourceError: It cannot be opened; the message names those that there are.
    """
    form = _format()
    if form not in av.formats_available:
        raise SourceError("this build of PyAV cannot record sound", "install the one from PyPI: pip install av")
    _lead_to_alsa()
    for options in _ATTEMPTS[form]:
        try:
            with silenced():
                return open_device(_address(name, form), form, options | _NO_WAITING, _PATIENCE_S)
        except av.error.ExitError:  # it is there and gives no sound, which no other attempt would change
            break
        except (av.FFmpegError, OSError):
            continue
    raise _open_error(name, list_sound_devices())


def _format() -> str:
    return _FORMATS.get(sys.platform, _ALSA)


def _address(name: str, form: str) -> str:
    """Return the address of a device, as FFmpeg writes it."""
    if form == "avfoundation":
        return f":{name}"
    if form == "dshow":
        chosen = next((each.name for each in list_sound_devices()), name) if name == DEFAULT else name
        return f"audio={chosen}"
    return name


def _open_error(name: str, devices: Iterable[SoundDeviceInfo]) -> SourceError:
    names = [f"'{each.name}'" for each in devices]
    problem = f"the sound device '{name}' cannot be opened: there is none, or another program is using it"
    if f"'{name}'" in names:
        problem = f"the sound device '{name}' cannot be opened: another program is using it, or it gives no sound"
    if not names:
        return SourceError(problem, "plug a microphone in")
    more = ", or see `fervid live --list`" if len(names) > _LISTED else ""
    return SourceError(problem, f"choose one of {', '.join(names[:_LISTED])}{more}")


def _lead_to_alsa() -> None:
    """Let the ALSA library of PyAV's wheel find the configuration of the system, which it was not built for."""
    if not any(Path(av.__file__).parent.parent.glob("av.libs/libasound*")):
        return
    if (_ALSA_FOLDER / "alsa.conf").is_file():
        os.environ.setdefault("ALSA_CONFIG_DIR", str(_ALSA_FOLDER))
    for pattern in _ALSA_PLUGINS:
        for folder in Path("/").glob(pattern.lstrip("/")):
            os.environ.setdefault("ALSA_PLUGIN_DIR", str(folder))


def _pulse_sources() -> list[SoundDeviceInfo]:
    """Return each source of PulseAudio or PipeWire, if one of them runs and its command to list them is there."""
    command = shutil.which("pactl")
    if command is None:
        return []
    try:
        done = subprocess.run(
            [command, "list", "short", "sources"], capture_output=True, text=True, check=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return []
    names = [line.split("\t")[1] for line in done.stdout.splitlines() if line.count("\t") > 1]
    return [SoundDeviceInfo(f"pulse:{name}", "source of PulseAudio or PipeWire") for name in names]
