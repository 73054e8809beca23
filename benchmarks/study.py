"""Kill a run of many recordings again and again, and resume it: python benchmarks/study.py [--jobs N] [--kills N].

200 short recordings of drawn faces in 20 folders are analysed by the real command line, which is killed five times at
random moments (SIGKILL) and resumed each time. Then every result must be whole, none may be missing or there twice, and
all must be the same bytes as those of a run that nobody disturbed.

It prints a line for each kill, with the number of complete results and of recordings begun again, and ends with exit
code 1 if anything is lost.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from fault_processes import PATIENCE_S, Process

from fervid.core.journal import Journal
from fervid.run.batch import Batch
from fervid.run.results import Results
from fervid.run.run_manifest import MANIFEST_NAME
from fervid.settings import Settings
from samples.clips import CLIPS
from samples.render import adapted, render

_SETTINGS: Final = Settings(detector="haar", backend="pytorch", every=2)
_OPTIONS: Final = ("--detector", "haar", "--backend", "pytorch", "--every", "2", "--quiet")
_POLL_S: Final = 0.005
_DELAY_S: Final = 0.3
"""The longest time from an entry of the manifest to the kill; a recording takes about as long."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The moment of a kill.

    Attributes:
        complete: The number of complete results in the whole study after which the process is killed.
        delay: The time in seconds that it goes on after that.
    """

    complete: int
    delay: float


def draw_study(folder: Path, recordings: int, folders: int) -> None:
    """Draw the recordings of a study, each of another length and with another beginning."""
    folder.mkdir(parents=True)
    clip = render(adapted(CLIPS["faces"], (320, 180), 1.0), folder.parent / "drawn")
    with av.open(str(clip)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    for number in range(recordings):
        path = folder / f"P{number % folders + 1:02d}" / f"session{number // folders + 1}.mp4"
        path.parent.mkdir(exist_ok=True)
        with av.open(str(path), "w") as written:
            stream = written.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
            for place in range(4 + number % 7):
                frame = av.VideoFrame.from_ndarray(frames[(number + place) % len(frames)], "bgr24")
                frame.pts, frame.time_base = place, Fraction(1, 25)
                written.mux(stream.encode(frame))
            written.mux(stream.encode())


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, without the manifest, by their names."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST_NAME)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def result_count(files: Iterable[str]) -> int:
    """Return the number of results among the names of files, without their sidecars."""
    return sum(name.endswith(".csv") for name in files)


def outcomes(folder: Path) -> Mapping[str, int]:
    """Return how often each outcome is in the manifest of a folder."""
    entries, _ = Journal(folder / MANIFEST_NAME).read()
    return collections.Counter(str(entry["outcome"]) for entry in entries)


def run_killed(study: Path, out: Path, kill: Kill, jobs: int) -> int:
    """Resume the run, kill it, and return the exit code."""
    process = start(study, out, jobs)
    deadline = time.monotonic() + PATIENCE_S
    while outcomes(out)["complete"] < kill.complete and process.is_running and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    process.disturb([signal.SIGKILL], [kill.delay])
    return process.end(0.0).code


def start(study: Path, out: Path, jobs: int) -> Process:
    """Start or resume the run."""
    arguments = ["timeline", study, "--recursive", "-o", f"{out}/", "--resume", "--jobs", str(jobs), *_OPTIONS]
    return Process(arguments, study.parent, {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})


def broken(out: Path, reference: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what is wrong with the results of a run that was killed."""
    for name, content in contents(out).items():
        if not Path(name).name.startswith(".") and not name.endswith(".partial") and content != reference.get(name):
            yield f"'{name}' is not whole, or nobody asked for it"


def lost(out: Path, reference: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what is wrong with the results of a run that was resumed to its end."""
    found = contents(out)
    yield from (f"'{name}' is missing" for name in reference if name not in found)
    yield from (f"'{name}' is left behind" for name in found if name not in reference)
    yield from (f"'{name}' differs" for name in reference if found.get(name, reference[name]) != reference[name])
    entries, damaged = Journal(out / MANIFEST_NAME).read()
    done = collections.Counter(str(entry["results"]) for entry in entries if entry["outcome"] == "complete")
    yield from (f"{name} was completed {count} times" for name, count in done.items() if count != 1)
    if len(done) != (asked := result_count(reference)) or damaged:
        yield f"the manifest has {len(done)} complete results of {asked}, and {damaged} damaged lines"


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill and resume a run as the command line asks for, and print what was lost.

    Returns:
        The exit code: 1 if anything was lost.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=200, help="number of recordings (default: 200)")
    parser.add_argument("--folders", type=int, default=20, help="number of folders (default: 20)")
    parser.add_argument("--kills", type=int, default=5, help="number of kills (default: 5)")
    parser.add_argument("--jobs", type=int, default=1, help="number of recordings read at once (default: 1)")
    parser.add_argument("--seed", type=int, default=1, help="determines the moments of the kills (default: 1)")
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)
    moments = sorted(chance.sample(range(options.recordings), options.kills))
    losses: list[str] = []
    with tempfile.TemporaryDirectory(prefix="fervid-study-") as place:
        study, out, undisturbed = (Path(place) / name for name in ("study", "killed", "undisturbed"))
        draw_study(study, options.recordings, options.folders)
        begin = time.monotonic()
        batch = Batch([str(study)], _SETTINGS, Results(), output=f"{undisturbed}/", recursive=True)
        losses += [f"without a kill: {outcome.error}" for outcome in batch if outcome.error]
        reference = contents(undisturbed)
        seconds = time.monotonic() - begin
        print(f"{result_count(reference)} recordings, {seconds:.0f} s without a kill; seed {options.seed}")
        for number, complete in enumerate(moments, 1):
            code = run_killed(study, out, Kill(complete, chance.uniform(0, _DELAY_S)), options.jobs)
            counts = outcomes(out)
            again = counts["begun"] - counts["complete"]
            print(f"kill {number}: exit code {code}, {counts['complete']} complete, {again} begun again so far or next")
            losses += [f"after kill {number}: {loss}" for loss in broken(out, reference)]
        ended = start(study, out, options.jobs).end(10 * PATIENCE_S)
        if ended.code:
            losses.append(f"the last run ends with exit code {ended.code}: {ended.messages}")
        losses += lost(out, reference)
        counts = outcomes(out)
    for loss in losses:
        print(loss)
    print(f"lost: {len(losses)} results, and the work on {counts['begun'] - counts['complete']} recordings, done again")
    return int(bool(losses))


if __name__ == "__main__":
    sys.exit(main())
