"""Messages of the library name options as Python does; the command line shows them as its own."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import fervid
from fervid.errors import FervidError, OutputError
from fervid.run.option_flags import with_flags

PACKAGE = Path(fervid.__file__).parent
FOR_THE_COMMAND_LINE = ("cli", "data", "evaluation", "training")
"""The rooms whose functions no Python program calls."""

SHOWN_AS_TYPED = {
    "core/wheels.py",  # arguments of pip
    "core/whole_folders.py",  # for commands alone, like the four below
    "engines/build.py",
    "engines/measure/candidates.py",
    "live/snapshot.py",
    "run/ray_cluster.py",
    "detect/assets.py",  # arguments of pip
    "engines/backends/cuda.py",  # arguments of nvcc and pip
    "engines/choice.py",  # names a whole command to run, like the three below
    "run/configuration.py",
    "sources/camera.py",
    "sources/sound_devices.py",
    "doctor.py",
    "run/option_flags.py",
    "run/photo_batch.py",  # the batch of the command
    "window/pane.py",  # only the command opens windows
}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("replace it with overwrite=True, or choose another", "replace it with --overwrite, or choose another"),
        ('use device="cpu", or install it', "use --device cpu, or install it"),
        ("give sidecar=False", "give --no-sidecar"),
        ("try min_score=0.3 or a smaller min_face", "try --min-score 0.3 or a smaller --min-face"),
        ("stream=N chooses another", "--stream N chooses another"),
        ("start=TIME and end=TIME count", "--start TIME and --end TIME count"),
        ("'my overwrite=True min_face.mp4' is at its end", "'my overwrite=True min_face.mp4' is at its end"),
        ("NVIDIA's driver and another's; use device=\"cpu\"", "NVIDIA's driver and another's; use --device cpu"),
        ("the encoder said: preset=True", "the encoder said: preset=True"),
    ],
)
def test_options_are_shown_as_the_command_line_names_them(message: str, shown: str) -> None:
    assert with_flags(message) == shown


def test_a_name_that_is_an_english_word_is_an_option_only_where_the_error_says_so() -> None:
    assert with_flags(FervidError("'end.mp4' has no end")) == "'end.mp4' has no end"
    error = FervidError("'a end b.mp4' has no frame between start and end", options=("start", "end"))
    assert with_flags(error) == "'a end b.mp4' has no frame between --start and --end"
    error = FervidError("no format", "name a file with target, or use formats", options=("target", "formats"))
    assert with_flags(error) == "no format; name a file with -o, or use --format"
    assert with_flags(FervidError("x", "leave out regions", options=("regions",))) == "x; leave out --region"


def test_a_python_user_is_told_what_to_write_in_python(tmp_path: Path) -> None:
    (tmp_path / "there.csv").touch()
    with pytest.raises(OutputError, match="exists already; replace it with overwrite=True, or choose another name"):
        fervid.Timeline((), ()).save(tmp_path / "there.csv")


def library_modules() -> list[Path]:
    """The modules that a Python program may get a message from."""
    names = {path: path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")}
    return sorted(
        path
        for path, name in names.items()
        if name not in SHOWN_AS_TYPED and name.partition("/")[0] not in FOR_THE_COMMAND_LINE
    )


@pytest.mark.parametrize("path", library_modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_message_names_an_option_of_the_command_line(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone
    ]
    assert [text for text in texts if re.search(r"(?<![\w-])(--[a-z]{2}|-o\b)", text)] == []
