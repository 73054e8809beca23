"""Print what fervid and each extra occupy on disk, as a table: python benchmarks/installed_sizes.py.

It reads the extras in pyproject.toml and adds up the files of the packages that are installed in this environment,
compiled modules included, so run it in one with all extras (`pip install -c constraints.txt -e '.[dev]'`). An extra
counts what it adds to fervid alone. Packages that are not installed are named beside the sum that lacks them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT: Final = Path(__file__).resolve().parent.parent
_FOR_DEVELOPMENT: Final = {"dev", "docs", "fuzz"}
IN_THE_IMAGE: Final = "openvino"
"""The package that Dockerfile installs beside fervid, without the other packages of the extra."""

_LARGE: Final = 100
"""Megabytes from which a package that fervid always needs has a row of its own."""


class Size(NamedTuple):
    """The size of some packages.

    Attributes:
        megabytes: The sum of their files in millions of bytes.
        missing: The names of those that are not installed here.
    """

    megabytes: float
    missing: tuple[str, ...]


class Project:
    """The dependencies and the extras that pyproject.toml declares."""

    def __init__(self) -> None:
        with (ROOT / "pyproject.toml").open("rb") as file:
            project = tomllib.load(file)["project"]
        self.dependencies: list[str] = project["dependencies"]
        self.extras: dict[str, list[str]] = project["optional-dependencies"]

    def packages(self, extra: str = "", *, more: Sequence[str] = ()) -> set[str]:
        """Return the names of all packages that fervid depends on in this environment.

        Args:
            extra: The extra that is installed with it; empty for none.
            more: Other packages that are installed with it.
        """
        found: set[str] = set()
        seen: set[tuple[str, frozenset[str]]] = set()
        waiting = _wanted(self.dependencies) | _wanted(self.extras[extra] if extra else ()) | _wanted(more)
        while waiting:
            seen.add(step := waiting.pop())
            name, extras = step
            if name == "fervid":
                needed = {found for other in extras for found in _wanted(self.extras[other])}
            else:
                found.add(name)
                needed = _wanted(_requirements(name), extras)
            waiting |= needed - seen
        return found


def _wanted(lines: Iterable[str], extras: frozenset[str] = frozenset()) -> set[tuple[str, frozenset[str]]]:
    wanted = set()
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            wanted.add((str(canonicalize_name(requirement.name)), frozenset(requirement.extras)))
    return wanted


def _requirements(name: str) -> list[str]:
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        return []


def size(names: Iterable[str]) -> Size:
    """Return the size of these packages."""
    total, missing = 0, []
    for name in sorted(names):
        try:
            paths = [Path(str(file.locate())) for file in distribution(name).files or ()]
        except PackageNotFoundError:
            missing.append(name)
        else:
            total += sum(path.stat().st_size for path in paths if path.is_file())
    return Size(total / 1e6, tuple(missing))


def rows() -> Iterator[tuple[str, Size]]:
    """Yield the size of fervid with what it always needs, of its large parts, and of what each extra adds."""
    project = Project()
    bare = project.packages()
    own = sum(path.stat().st_size for part in ("fervid", "engines") for path in (ROOT / part).rglob("*.*"))
    always = size(bare)
    yield "fervid", Size(always.megabytes + own / 1e6, always.missing)
    parts = {name: size({name}) for name in bare}
    for name in sorted(parts, key=lambda name: -parts[name].megabytes):
        if parts[name].megabytes >= _LARGE:
            yield f"{name} in it", parts[name]
    yield "fervid itself", Size(own / 1e6, ())
    for extra in sorted(set(project.extras) - _FOR_DEVELOPMENT):
        yield f"`{extra}`", size(project.packages(extra) - bare)
    yield f"{IN_THE_IMAGE} alone, as in the image of Dockerfile", size(project.packages(more=[IN_THE_IMAGE]) - bare)


def main() -> None:
    """Print the table."""
    sys.stdout.write("| what | MB | without |\n|---|---|---|\n")
    for name, measured in rows():
        sys.stdout.write(f"| {name} | {measured.megabytes:,.0f} | {', '.join(measured.missing)} |\n")


if __name__ == "__main__":
    main()
