"""The tree shows the way of the data: no stage knows the one after it, and nothing heavy loads before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import fervid

PACKAGE = Path(fervid.__file__).parent

ORDER: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("core",),
    ("video",),
    ("crop",),  # below detect, which expresses Haar's boxes in the framing of the crop
    ("sources", "detect", "track", "networks"),
    ("engines",),
    ("smooth", "draw"),
    ("settings",),  # above the stages, whose registries give the choices
    ("formats",),
    ("run",),
    ("outlets",),
    ("live",),
    ("window", "web"),
    ("report",),  # above web, whose style its page shares
    ("data",),
    ("evaluation",),
    ("training",),
    ("doctor", "testing", "api"),
    ("cli",),
)
"""The rooms, each allowed to import those in the rows above it; those in one row know nothing of each other."""


def imports(path: Path) -> set[str]:
    """The parts of fervid that a file imports, at its top or inside its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "fervid":
            found.update(alias.name for alias in node.names if alias.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fervid."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith("fervid."))
    return found


def parts() -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        files.setdefault(part, []).append(path)
    return files


def below(part: str) -> set[str]:
    """The rooms that `part` may import."""
    row = next(place for place, rooms in enumerate(ORDER) if part in rooms)
    return {room for rooms in ORDER[:row] for room in rooms}


@pytest.mark.parametrize("part", sorted(set(parts()) - {"__init__", "__main__"}))
def test_a_room_imports_only_those_below_it(part: str) -> None:
    for path in parts()[part]:
        unexpected = imports(path) - below(part) - {part}
        assert not unexpected, f"{path.relative_to(PACKAGE)} imports {sorted(unexpected)}"


@pytest.mark.parametrize("command", ["bench", "build", "engines", "evaluate", "export"])
def test_commands_that_use_engines_need_no_training(command: str) -> None:
    modules = [PACKAGE / "cli" / f"{name}.py" for name in (command, "engine_tables", "data_options", "options")]
    assert "training" not in {room for path in modules for room in imports(path)}


def test_a_newcomer_meets_few_modules_at_the_top() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 10


def test_no_two_modules_share_a_name() -> None:
    """Apart from interfaces, and from commands, which are named after what users type."""
    places: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        place = path.relative_to(PACKAGE)
        if path.stem not in {"__init__", "base"} and place.parts[0] != "cli":
            places.setdefault(path.stem, []).append(place.as_posix())
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    "code",
    [
        "import fervid",
        "import fervid.cli; fervid.cli.run(['--help'])",
        "import fervid.cli; fervid.cli.run(['timeline', '--help'])",
        "import fervid.sources, fervid.detect, fervid.engines, fervid.smooth",
    ],
)
def test_nothing_heavy_loads_before_it_is_needed(code: str) -> None:
    heavy = {
        "torch",
        "mediapipe",
        "cv2",
        "av",
        "scipy",
        "matplotlib",
        "pandas",
        "sklearn",
        "optuna",
        "onnx",
        "tensorboard",
    }
    check = f"{code}\nimport sys; loaded = {heavy} & set(sys.modules); sys.exit(f'loaded {{loaded}}' if loaded else 0)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_loads_not_even_numpy() -> None:
    code = (
        "import fervid.cli, sys; fervid.cli.run(['--help']); sys.exit('numpy' in sys.modules or 'rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_click_stays_in_the_command_line() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] != "cli":
            assert "import click" not in path.read_text(encoding="utf-8"), path


def test_exported_names_exist() -> None:
    for name in fervid.__all__:
        assert getattr(fervid, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        fervid.nothing  # noqa: B018
