"""The commands to disturb, with all that they read, and the checks of what they leave."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import av

from fervid import Timeline, engines
from fervid.detect import assets
from fervid.engines.compiled import COMPILED
from fervid.errors import FervidError
from samples.clips import CLIPS
from samples.data_formats import write_archives
from samples.labelled_faces import draw_labelled_faces
from samples.render import adapted, render

SECONDS: Final = 1.0
"""The duration of the clip."""

EARLIER: Final = b"an earlier result\r\n"

_RECIPE: Final = 'network = "simple-conv"\nepochs = 4\nbatch = 16\nmean = 0.5\nstd = 0.25\n'
_FACES: Final = {"training": 64, "public_test": 32, "private_test": 32}
_LAG_S: Final = 1.5
"""The longest time in seconds by which the two recordings of a killed process may differ."""

_TEMPORARY: Final = re.compile(r"(^|/)\.[^/]+\.[0-9a-f]{8}\.part\.\w+$|\.(partial|old)(/|$)|\.lock$")
_PARTIAL: Final = re.compile(r"\.partial(-\d+)?(?=\.\w+$)")


class Supplies:
    """All that the commands read: a clip, labelled faces, a recipe, and an engine that was trained with them.

    Args:
        folder: The folder to write to.

    Attributes:
        clip: The video.
        recipe: The recipe of a tiny network.
        faces: The labelled faces.
        engine: The trained engine, which `train` writes.
    """

    def __init__(self, folder: Path) -> None:
        self.clip = render(adapted(CLIPS["faces"], (320, 180), SECONDS), folder)
        self.recipe = folder / "tiny.toml"
        self.recipe.write_text(_RECIPE, encoding="utf-8")
        self.faces = folder / "faces"
        write_archives(draw_labelled_faces(_FACES), self.faces)
        self.engine = folder / "trained" / "engine"
        self._models = assets.find("mediapipe").parent

    def environment(self, cache: Path) -> dict[str, str]:
        """Return the environment of a command that keeps its builds in `cache`."""
        own = {"FERVID_ASSETS": str(self._models), "FERVID_ENGINES": str(cache), "OMP_NUM_THREADS": "1"}
        return {**os.environ, **own, "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True, slots=True)
class Command:
    """A command that writes its results into the folder ``out``, where earlier ones are.

    Attributes:
        name: Its name in the table.
        arguments: Its arguments.
        results: Its results, each with a function that raises an error if that result is not whole.
        in_place: True if the results replace the earlier ones at once.
        resume: The further arguments that continue an interrupted run; empty if it starts again.
        first: True if it starts without kept builds.
    """

    name: str
    arguments: tuple[str, ...]
    results: Mapping[str, Callable[[Path], object]]
    in_place: bool = False
    resume: tuple[str, ...] = ()
    first: bool = False

    def put_earlier(self, out: Path, reference: Mapping[str, bytes]) -> None:
        """Put earlier results into a folder: for files a text, for folders the results of an undisturbed run.

        Args:
            out: The folder.
            reference: The files of an undisturbed run.
        """
        for name, content in reference.items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(EARLIER if name in self.results and "/" not in name else content)

    def losses(self, out: Path, earlier: Mapping[str, bytes], *, killed: bool, complete: bool) -> Iterator[str]:
        """Yield a line for each thing that a run has lost or left behind.

        Args:
            out: The folder of the results.
            earlier: The files that were there before the run.
            killed: True if the process was ended at once, so that temporary files may be left.
            complete: True if the run ended with exit code 0, so that all results must be new.
        """
        files = contents(out)
        for name, check in self.results.items():
            now, before = part_of(files, name), part_of(earlier, name)
            if not now and before and not self.in_place:
                yield f"'{name}' is gone"
            elif now == before and complete and EARLIER in before.values():
                yield f"'{name}' is the earlier one"
            elif now and now != before and not self._may_be_torn(name, now, killed=killed):
                yield from _failure(name, check, out / name)
        for name in files:
            if any(name == result or name.startswith(f"{result}/") for result in self.results) or name in earlier:
                continue
            if _TEMPORARY.search(name):
                if not killed:
                    yield f"'{name}' is left behind"
            elif _PARTIAL.search(name):
                if not (killed and name.endswith(".mp4")):
                    yield from _failure(name, PARTIAL[Path(name).suffix], out / name)
            elif not self.resume and name.removesuffix(".json") not in self.results:  # a sidecar is documented
                yield f"'{name}' is not documented"
        yield from self._differences(out, files)

    def _may_be_torn(self, name: str, now: Mapping[str, bytes], *, killed: bool) -> bool:
        """Return True for a result in place that is still empty, or a video whose process was killed."""
        return self.in_place and (not any(now.values()) or (killed and name.endswith(".mp4")))

    def _differences(self, out: Path, files: Mapping[str, bytes]) -> Iterator[str]:
        """Yield a line if a video and a timeline of one run end at different times."""
        videos = [out / name for name in files if name.endswith(".mp4") and files[name] not in (b"", EARLIER)]
        for video in videos:
            table = video.with_name(video.name.replace(".annotated", "")).with_suffix(".csv")
            if files.get(table.name, EARLIER) not in (b"", EARLIER) and (frames := frame_times_so_far(video)):
                rows = Timeline.load(table).frames
                if rows and abs(frames[-1] - rows[-1].time) > _LAG_S:
                    yield f"'{video.name}' ends at {frames[-1]:.2f} s, its timeline at {rows[-1].time:.2f} s"


def commands(supplies: Supplies) -> list[Command]:
    """Return all commands."""
    clip, engine = str(supplies.clip), str(supplies.engine)
    tail = ("--overwrite", "--quiet")
    table, video = {"clip.csv": whole_timeline}, {"clip.mp4": whole_video}
    live = {"live.mp4": frame_times, "live.csv": load_timeline}
    train = ("train", str(supplies.recipe), "--data", str(supplies.faces), "-o", "out/run", "--quiet")
    return [
        Command("timeline", ("timeline", clip, "-o", "out/clip.csv", *tail), table),
        Command("timeline, first run", ("timeline", clip, "-o", "out/clip.csv", *tail), table, first=True),
        Command("annotate --csv", ("annotate", clip, "--csv", "-o", "out/clip.mp4", *tail), {**video, **table}),
        Command(
            "live",
            ("live", clip, "--no-window", "--record", "out/live.mp4", "--csv", "out/live.csv", *tail),
            live,
            in_place=True,
        ),
        *(
            Command(
                f"build {backend}",
                ("build", engine, "--backend", backend, "--precision", "fp32", "-o", "out/built", *tail),
                {"built": load_build},
            )
            for backend in ("openvino", "onnx")
        ),
        Command(
            "train",
            (*train, "--overwrite"),
            {"run/engine": load_engine, "run/results/metrics.json": load_json},
            resume=(*train, "--resume"),
        ),
    ]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file in and below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def part_of(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """Return those of `files` that are `name`, or lie in a folder of that name."""
    return {file: content for file, content in files.items() if file == name or file.startswith(f"{name}/")}


def load_timeline(path: Path) -> Timeline:
    """Load a timeline, which may end early."""
    return Timeline.load(path)


def whole_timeline(path: Path) -> None:
    """Check that a timeline has a row for every frame of the clip."""
    frames = len(Timeline.load(path).frames)
    if frames != SECONDS * CLIPS["faces"].rate:
        raise ValueError(f"it has {frames} frames")


def frame_times(path: Path) -> list[float]:
    """Decode a video, which may end early, and return the times of its frames."""
    return list(_frame_times(path))


def frame_times_so_far(path: Path) -> list[float]:
    """Decode a video up to damage, as players do, and return the times of its frames."""
    times: list[float] = []
    with suppress(av.FFmpegError):
        times.extend(_frame_times(path))
    return times


def _frame_times(path: Path) -> Iterator[float]:
    with av.open(str(path)) as video:
        yield from (frame.time for frame in video.decode(video=0) if frame.time is not None)


def whole_video(path: Path) -> None:
    """Check that a video has every frame of the clip."""
    frames = len(frame_times(path))
    if frames != SECONDS * CLIPS["faces"].rate:
        raise ValueError(f"it has {frames} frames")


def load_engine(folder: Path) -> None:
    """Load a trained engine, and check its model card."""
    engines.load(folder, backend="pytorch").close()
    (folder / "README.md").read_text(encoding="utf-8")


def load_build(folder: Path) -> None:
    """Load a compiled engine."""
    engines.load(folder).close()


def load_json(path: Path) -> None:
    """Parse a JSON file."""
    json.loads(path.read_text(encoding="utf-8"))


def builds(cache: Path) -> list[Path]:
    """Return the builds in a cache."""
    return [path.parent for path in cache.glob(f"*/{COMPILED}")]


def weights_digest(files: Mapping[str, bytes]) -> str:
    """Return a digest of the trained weights among the files of a run; empty without any."""
    return next(
        (sha256(content).hexdigest() for name, content in files.items() if name.endswith("weights.safetensors")), ""
    )


def _failure(name: str, check: Callable[[Path], object], path: Path) -> Iterator[str]:
    try:
        check(path)
    except (FervidError, OSError, ValueError, av.FFmpegError) as error:
        yield f"'{name}' is not whole: {error}"


PARTIAL: Final[Mapping[str, Callable[[Path], object]]] = {".csv": load_timeline, ".mp4": frame_times}
