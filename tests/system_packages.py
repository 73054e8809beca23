"""Install the system packages that fervid and its tests need: python3 tests/system_packages.py [GROUP]...

The libraries that OpenCV and MediaPipe load are always looked for. The group `display` adds a virtual screen, `browser`
Chromium, `sound` a sound server, and `shells` zsh and fish. What is missing is installed on Debian and its kin, as root
or through a sudo that asks for no password; elsewhere it is named. Nothing but Python's standard library is needed.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fervid.core.packages import SYSTEM_LIBRARIES

WINDOW_LIBRARIES = {"libSM.so.6": "libsm6", "libXext.so.6": "libxext6", "libX11.so.6": "libx11-6"}
"""The Debian packages of the libraries that OpenCV's windows load."""

DISPLAY_COMMANDS = {"Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox"}
"""The Debian packages of the commands that make up a virtual screen."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""The names of Chromium, one of which is enough."""

SOUND_COMMANDS = {"pulseaudio": "pulseaudio", "pactl": "pulseaudio-utils"}
"""The Debian packages of the commands that make up a sound server."""

SOUND_PLUGIN = "lib*/**/alsa-lib/libasound_module_pcm_pulse.so"
"""The library below /usr by which programs that know ALSA alone reach it; from the package libasound2-plugins."""

SHELLS = ("zsh", "fish")
"""The shells beside bash whose completion is tested; their Debian packages have the same names."""

GROUPS = ("display", "browser", "sound", "shells")


def missing(groups: Sequence[str] = ()) -> list[str]:
    """Return the Debian packages that are missing.

    Args:
        groups: Names from `GROUPS`.
    """
    display = "display" in groups
    libraries = SYSTEM_LIBRARIES | (WINDOW_LIBRARIES if display else {})
    packages = [package for library, package in libraries.items() if not has_library(library)]
    if find_spec("ensurepip") is None:
        packages.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    if display:
        packages += [package for command, package in DISPLAY_COMMANDS.items() if shutil.which(command) is None]
    if "browser" in groups and not any(map(shutil.which, BROWSERS)):
        packages.append("chromium")
    if "sound" in groups:
        packages += [package for command, package in SOUND_COMMANDS.items() if shutil.which(command) is None]
        if not has_sound_plugin():
            packages.append("libasound2-plugins")
    if "shells" in groups:
        packages += [shell for shell in SHELLS if shutil.which(shell) is None]
    return list(dict.fromkeys(packages))


def has_library(name: str) -> bool:
    """Return whether the dynamic linker finds a shared library."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_sound_plugin() -> bool:
    """Return whether ALSA finds its plugin for PulseAudio."""
    return any(Path("/usr").glob(SOUND_PLUGIN))


def prefix() -> list[str] | None:
    """Return what to put before a command to run it as root without a question; None where that is not allowed."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def install(packages: Sequence[str]) -> bool:
    """Install Debian packages; return whether that was allowed and went well."""
    root = prefix() if shutil.which("apt-get") else None
    if root is None:
        return False
    options = ["-q", "-y", "--no-install-recommends"]
    steps = (["apt-get", "update", "-q"], ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", *options])
    update, add = ([*root, *step] for step in steps)
    return all(subprocess.run(step, check=False).returncode == 0 for step in (update, [*add, *packages]))


def main(groups: Sequence[str]) -> int:
    """Look for what these groups need, install what is missing, and return the exit code."""
    unknown = sorted(set(groups) - set(GROUPS))
    if unknown:
        sys.stderr.write(f"there is no group {', '.join(unknown)}; choose from {', '.join(GROUPS)}\n")
        return 2
    if sys.platform != "linux":  # elsewhere the wheels bring all they need
        return 0
    packages = missing(groups)
    if not packages or install(packages):
        return 0
    command = shlex.join(["sudo", "apt-get", "install", *packages])
    sys.stderr.write(f"system packages are missing; run: {command} (or install what holds them on your system)\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
