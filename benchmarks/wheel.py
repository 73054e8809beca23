"""Build and try what is published: python benchmarks/wheel.py build FOLDER, or try FOLDER [--python PATH ...].

`build` builds the sdist and the wheel and checks both: that the description renders, that the wheel holds the package,
its engines and its licence and nothing else, and that the sdist builds the same wheel. It needs the packages build,
check-wheel-contents, hatchling and twine, but no network.

`try` installs the wheel with all that it depends on into an empty environment of each Python, draws a clip, and runs
`fervid timeline`, `annotate`, `photo` and `fervid.read` from an empty folder. It needs nothing but Python, and the
network for pip and for the model of the face detector.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent

MOST_BYTES: Final = 60_000_000
"""The largest wheel that is allowed; the package index takes 100 million bytes."""

_CLIP: Final = ("--clip", "faces", "--size", "640x360", "--seconds", "1")

_TRIAL: Final = """
import csv, fervid, sys
from pathlib import Path

assert Path(fervid.__file__).is_relative_to(sys.prefix), fervid.__file__
readings = list(fervid.read("faces.mp4"))
with open("faces.csv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
assert len(rows) > 0
assert [row["emotion"] for row in rows] == [str(reading.emotion) for reading in readings]
with open("photo.csv", encoding="utf-8", newline="") as file:
    assert list(csv.DictReader(file))
print(f"fervid {fervid.__version__} reads {len(rows)} faces: {', '.join(sorted({row['emotion'] for row in rows}))}")
"""
_STILL: Final = """
import av
with av.open("faces.mp4") as clip:
    next(clip.decode(video=0)).to_image().save("photo.jpg")
"""


class Distribution(NamedTuple):
    """The two files that a version is published as."""

    sdist: Path
    wheel: Path


def find(folder: Path) -> Distribution:
    """Return the sdist and the wheel in a folder that holds one of each."""
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Distribution(sdist, wheel)


def build(folder: Path) -> Distribution:
    """Build the sdist from the repository and the wheel from the sdist, without a network.

    Args:
        folder: An empty folder, created if necessary.
    """
    _python("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return find(folder)


def build_wheel(folder: Path) -> Path:
    """Build the wheel from the repository itself, into an empty folder."""
    _python("-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def digests(wheel: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each file in a wheel by its name."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}


def faults(wheel: Path) -> list[str]:
    """Return what is wrong with the size and the content of a wheel, a sentence each."""
    names = digests(wheel)
    found = []
    if (size := wheel.stat().st_size) > MOST_BYTES:
        found.append(f"The wheel has {size:,} bytes, more than {MOST_BYTES:,}.")
    engines = [path.name for path in sorted((ROOT / "engines").iterdir()) if (path / "manifest.json").is_file()]
    wanted = {"fervid/py.typed", "fervid/__init__.py"}
    for engine in engines:
        wanted |= {f"fervid/engines/shipped/{engine}/{file}" for file in ("manifest.json", "README.md")}
        wanted.add(f"fervid/engines/shipped/{engine}/weights.safetensors")
    about = f"{'-'.join(wheel.name.split('-')[:2])}.dist-info/"
    wanted |= {about + file for file in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")}
    found += [f"{name} is missing." for name in sorted(wanted - set(names))]
    found += [f"{name} does not belong there." for name in names if not name.startswith(("fervid/", about))]
    found += [f"{name} is a test." for name in names if "/tests/" in name or "/test_" in name]
    return found


def check(distribution: Distribution) -> list[str]:
    """Return what is wrong with the two files of a version, a sentence each."""
    found = faults(distribution.wheel)
    _python("-m", "twine", "check", "--strict", *map(str, distribution))
    _python("-m", "check_wheel_contents", str(distribution.wheel))
    with tempfile.TemporaryDirectory() as folder:
        direct, through_sdist = digests(build_wheel(Path(folder))), digests(distribution.wheel)
    differing = sorted(set(direct.items()) ^ set(through_sdist.items()))
    return found + [f"{name} differs in the wheel of the sdist." for name in dict(differing)]


def try_out(wheel: Path, python: str) -> None:
    """Install a wheel into an empty environment of a Python, and run it from an empty folder.

    Raises:
        subprocess.CalledProcessError: A step fails. The output of the step tells why.
    """
    with tempfile.TemporaryDirectory(prefix="fervid-wheel-") as scratch:
        environment, desk = Path(scratch) / "venv", Path(scratch) / "desk"
        desk.mkdir()
        _run(python, "-m", "venv", str(environment))
        programs = environment / ("Scripts" if os.name == "nt" else "bin")
        installed, fervid = str(programs / "python"), str(programs / "fervid")
        _run(installed, "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"), str(wheel))
        _run(installed, str(ROOT / "samples" / "render.py"), str(desk), *_CLIP)
        (desk / "faces.truth.csv").unlink()
        _run(installed, "-c", _STILL, folder=desk)
        _run(fervid, "timeline", "faces.mp4", "--quiet", folder=desk)
        _run(fervid, "annotate", "faces.mp4", "--quiet", folder=desk)
        _run(fervid, "photo", "photo.jpg", "--csv", "photo.csv", "--quiet", folder=desk)
        _run(installed, "-c", _TRIAL, folder=desk)


def _python(*arguments: str) -> None:
    _run(sys.executable, *arguments)


def _run(*command: str, folder: Path | None = None) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    subprocess.run(command, cwd=folder, env=environment, check=True)


def main() -> int:
    """Build or try, as the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(description="Build and check the sdist and the wheel, or try the wheel.")
    parser.add_argument("step", choices=("build", "try"))
    parser.add_argument("folder", type=Path, help="folder of the sdist and the wheel")
    parser.add_argument("--python", action="append", help="Python to try it on (default: this one); repeatable")
    options = parser.parse_args()
    if options.step == "build":
        found = check(build(options.folder))
        sys.stdout.write("".join(f"{fault}\n" for fault in found))
        return 1 if found else 0
    wheel = find(options.folder).wheel.resolve()
    for python in options.python or [sys.executable]:
        try_out(wheel, python)
    return 0


if __name__ == "__main__":
    sys.exit(main())
