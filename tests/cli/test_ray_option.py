"""``--ray``: the same results as without, and one clear line where a cluster cannot be used."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.children import children, is_running

from fervid.cli import run
from fervid.run.node_check import expected, find_problem
from fervid.run.targets import Job

FAST = ["--detector", "haar", "--backend", "pytorch", "--end", "6f"]


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, drawn_clip: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two clips; it is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(drawn_clip, name)
    return tmp_path


def refused(capfd: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    code = run(["timeline", "a.mp4", "b.mp4", *FAST, *options])
    said = capfd.readouterr().err
    assert said.count("\n") == 1, said
    return code, said.strip()


def test_an_address_without_a_port_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert refused(capfd, "--ray", "head") == (
        2,
        "fervid: --ray takes HOST:PORT or local, not 'head'; name the head node of the cluster",
    )


def test_a_cluster_that_does_not_answer_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    assert refused(capfd, "--ray", address) == (
        1,
        f"fervid: the cluster at '{address}' cannot be reached (Connection refused); check the address, and that Ray "
        "runs there (ray start --head), or use --ray local",
    )


def test_without_ray_the_line_says_how_to_install_it(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    for variable in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_USAGE_STATS_ENABLED", "RAY_BACKEND_LOG_LEVEL"):
        monkeypatch.setenv(variable, "")
    code, said = refused(capfd, "--ray", "local")
    assert (code, said.startswith("fervid: ray cannot be imported"), "run: pip install" in said) == (1, True, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_cluster_gets_no_pipes(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", "a.mp4", "-o", "-", "--ray", "local", *FAST]) == 2
    os.mkfifo("pipe.mp4")
    assert run(["timeline", "pipe.mp4", "--ray", "local", *FAST]) == 2
    assert capfd.readouterr().err == (
        "fervid: a cluster reads and writes no pipes and standard streams; leave --ray out\n" * 2
    )


def test_a_machine_says_what_it_lacks(tmp_path: Path) -> None:
    job = Job(Path("a.mp4"), (Path("new/a.csv"),))
    with expected([job]) as facts:
        version, files, folders = facts.version, facts.files, facts.folders
        assert (files, [folder for folder, _ in folders]) == (
            ((str(tmp_path / "a.mp4"), Path("a.mp4").stat().st_size),),
            [str(tmp_path)],
        )
        assert find_problem(version, files, folders) == ""
        assert find_problem("9.9", files, folders) == f"has fervid {version} instead of 9.9"
        os.truncate("a.mp4", 9)
        assert find_problem(version, files, folders) == f"sees another file at '{tmp_path / 'a.mp4'}'"
        Path("a.mp4").unlink()
        assert find_problem(version, files, folders) == (
            f"cannot read '{tmp_path / 'a.mp4'}' (No such file or directory)"
        )
    assert find_problem(version, (), folders) == f"does not share the folder '{tmp_path}'"
    assert find_problem(version, (), facts.without_marks().folders) == ""
    assert find_problem(version, (), [("/nowhere", "")]) == "cannot write to '/nowhere' (No such file or directory)"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.mp4"]


@pytest.mark.ray
@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the processes")
def test_ctrl_c_stops_a_cluster_of_its_own_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = set(Path("/tmp").glob("fervid-ray-*"))
    command = [sys.executable, "-m", "fervid", "timeline", "a.mp4", "b.mp4", "-o", "out/", "--ray", "local"]
    with subprocess.Popen(
        [*command, "--detector", "haar"], cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        while process.poll() is None and not list(tmp_path.glob("out/.*.part.csv")):
            time.sleep(0.01)
        started = descendants(process.pid)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, said = process.communicate(timeout=100)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "ray" not in said.lower()
    assert len(started) > 4
    deadline = time.monotonic() + 10
    while any(map(is_running, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [number for number in started if is_running(number)] == []
    assert set(Path("/tmp").glob("fervid-ray-*")) - before == set()
    assert list(tmp_path.glob("out/.*")) == []


def descendants(process: int) -> list[int]:
    below = children(process)
    return below + [number for child in below for number in descendants(child)]
