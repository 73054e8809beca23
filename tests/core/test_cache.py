"""The cache folder, and the temporary one where it cannot be written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib
import pytest

from fervid.core import cache

KEEP = (
    "import logging; logging.basicConfig(level=logging.INFO, format='%(message)s')\n"
    "from fervid.core.cache import DETECTORS, ENGINES\n"
    "def write(folder):\n"
    "    folder.mkdir(parents=True, exist_ok=True); (folder / 'kept').write_text('x'); return folder\n"
    "found = [section.keep(write) for section in (DETECTORS, ENGINES, ENGINES)]\n"
    "assert all((folder / 'kept').exists() for folder in found)\n"
    "assert ENGINES.places()[-1] == found[-1]\n"
    "print(*found, sep='\\n', flush=True)\n"
)
"""A program that keeps two things and prints their folders."""


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


def environment(temporary: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a process without fervid's variables, but with these."""
    others = {name: text for name, text in os.environ.items() if not name.startswith(("FERVID_", "XDG_", "MPL"))}
    return others | {"TMPDIR": str(temporary), "TEMP": str(temporary)} | variables


def run(code: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_it_lies_in_the_home_folder_unless_another_is_named(temporary: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    done = run(KEEP, environment(temporary, HOME=home))
    assert done.stdout.split() == [f"{home}/.cache/fervid/{name}" for name in ("detectors", "engines", "engines")]
    named = environment(temporary, HOME=home, FERVID_CACHE="~/here", FERVID_ENGINES=str(tmp_path / "built"))
    assert run(KEEP, named).stdout.split() == [f"{home}/here/detectors", *[str(tmp_path / "built")] * 2]


@pytest.mark.parametrize("name", ["FERVID_CACHE", "HOME"])
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_a_home_that_cannot_be_written_gives_one_line_and_a_temporary_folder(
    name: str, temporary: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder can be made in it")
    done = run(KEEP, environment(temporary, **{name: str(tmp_path / "file" / "home")}))
    assert done.returncode == 0, done.stderr
    assert all(Path(folder).is_relative_to(temporary) for folder in done.stdout.split())
    (warning,) = done.stderr.splitlines()
    assert "detectors' cannot be written (Not a directory), so this run uses a temporary folder" in warning
    assert "name another one in FERVID_CACHE" in warning
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such permissions there")
def test_a_cache_of_somebody_else() -> None:
    as_somebody = "\nimport os\nif not os.getuid(): os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    code = KEEP.replace("\ndef write", f"{as_somebody}def write")
    # pytest's own folders are closed to other users.
    with tempfile.TemporaryDirectory() as shared:
        theirs, temporary = Path(shared, "theirs"), Path(shared, "temporary")
        for folder, mode in ((Path(shared), 0o755), (theirs, 0o555), (temporary, 0o777)):
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)
        done = run(code, environment(temporary, FERVID_CACHE=str(theirs)))
        assert done.returncode == 0, done.stderr
        (warning,) = done.stderr.splitlines()
        assert warning.startswith(f"'{theirs / 'detectors'}' cannot be written (Permission denied)")
        assert list(temporary.iterdir()) == []
        theirs.chmod(0o755)


def test_a_disk_that_fills_up_while_something_is_written(temporary: Path, tmp_path: Path) -> None:
    code = KEEP.replace("(folder / 'kept').write_text('x')", "(folder / 'kept').open('w', buffering=1).write('x\\n')")
    for name in ("detectors", "engines"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept").symlink_to("/dev/full")
    done = run(code, environment(temporary, FERVID_CACHE=str(tmp_path)))
    assert done.returncode == 0, done.stderr
    warning = next(line for line in done.stderr.splitlines() if "FERVID_CACHE" in line)
    assert "cannot be written (No space left on device)" in warning
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a child cannot be asked to stop there")
def test_the_temporary_folder_is_removed_after_ctrl_c(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder can be made in it")
    code = f"{KEEP}import time; time.sleep(60)"
    named = environment(temporary, FERVID_CACHE=str(tmp_path / "file" / "cache"))
    with subprocess.Popen(
        [sys.executable, "-c", code], env=named, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert Path(process.stdout.readline().strip()).is_dir()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_forked_process_leaves_the_temporary_folder_to_its_parent(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder can be made in it")
    code = f"{KEEP}import os\nif os.fork(): os.wait(); assert found[0].is_dir(), 'the child removed it'"
    done = run(code, environment(temporary, FERVID_CACHE=str(tmp_path / "file" / "cache")))
    assert done.returncode == 0, done.stderr
    assert list(temporary.iterdir()) == []


def test_where_nothing_can_be_written_at_all_the_error_is_that_of_the_cache(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder can be made in it")
    code = f"import tempfile; tempfile.tempdir = {str(tmp_path / 'file')!r}\n{KEEP}"
    done = run(code, environment(tmp_path, FERVID_CACHE=str(tmp_path / "file" / "cache")))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(f"'{tmp_path / 'file' / 'cache' / 'detectors'}'")


MATPLOTLIB = (
    "from fervid.core.cache import shelter_matplotlib; shelter_matplotlib(); "
    "import matplotlib; print({matplotlib.get_configdir(), matplotlib.get_cachedir()})"
)
DRAW = "from fervid.core import figures; figures.to_png(figures.new_figure(1, 1))"
DETECT = "from fervid import detect, settings; detect.create(settings.Settings()).close()"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_matplotlib_does_not_complain_about_a_home_that_cannot_be_written(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder can be made in it")
    done = run(MATPLOTLIB, environment(temporary, HOME=str(tmp_path / "file" / "home")))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{{'{temporary}/fervid-")
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
@pytest.mark.parametrize("code", [DRAW, DETECT])
def test_whatever_loads_matplotlib_gives_it_a_folder_first(
    code: str, temporary: Path, tmp_path: Path, assets: Path
) -> None:
    (tmp_path / "file").write_text("no folder can be made in it")
    (tmp_path / "cache" / "matplotlib").mkdir(parents=True)
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*"):  # which take seconds to find
        shutil.copy(fonts, tmp_path / "cache" / "matplotlib")
    home, kept = str(tmp_path / "file" / "home"), str(tmp_path / "cache")
    done = run(code, environment(temporary, HOME=home, FERVID_CACHE=kept, FERVID_ASSETS=str(assets)))
    assert done.returncode == 0
    assert "atplotlib" not in done.stderr


def test_matplotlib_keeps_its_own_folder_where_it_can(temporary: Path, tmp_path: Path) -> None:
    assert str(temporary) not in run(MATPLOTLIB, environment(temporary, HOME=str(tmp_path))).stdout
    named = environment(temporary, HOME=str(tmp_path), MPLCONFIGDIR=str(tmp_path / "mine"))
    assert run(MATPLOTLIB, named).stdout.strip() == str({str(tmp_path / "mine")})


def test_matplotlib_does_not_announce_its_list_of_fonts_but_may_warn(temporary: Path, tmp_path: Path) -> None:
    code = (
        f"{MATPLOTLIB}; import logging; log = logging.getLogger('matplotlib.font_manager'); "
        "log.warning('Matplotlib is building the font cache; this may take a moment.'); log.warning('no such font')"
    )
    assert run(code, environment(temporary, HOME=str(tmp_path))).stderr == "no such font\n"


def test_a_user_without_a_home_folder_does_not_get_one_named_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FERVID_CACHE", raising=False)
    monkeypatch.setattr(cache, "user_cache_path", lambda *_, **__: Path("~/.cache/fervid"))
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert cache.root() == Path("/.cache/fervid")
