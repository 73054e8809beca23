"""Measure the speed of fervid against that of bare decoding and encoding: python benchmarks/throughput.py [VIDEO].

Each round measures decoding to BGR with PyAV, `timeline`, decoding and encoding with the encoder settings of
`annotate`, and `annotate`, one after the other. It prints the median of each, of the clock and of processor time, and
the ratios, which depend less on other load of the machine than the times. The time for loading the models is not
included; the time from the start of the command to its first row is measured too.

The clip is scaled to 720p first, or to --size, as 3840x2160 for 4K. With --tiles 4, it is shown 16 times in each frame,
as in a meeting.

It then prints the processor time of each stage, measured one stage after the other, and the shares of `timeline` and
`annotate` in which their threads waited. With --peers, it also measures the package `fer` on the same clip.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType
from stage_times import stage_times, waiting_shares

from fervid import formats
from fervid.draw.painter import Painter
from fervid.formats.context import Context
from fervid.formats.encoders import Encoder, choose_encoder
from fervid.run.models import Models
from fervid.run.pipeline import write_frames
from fervid.settings import Settings
from fervid.sources import open_source
from fervid.video.conversion import plane_of


def scaled(source: Path, target: Path, width: int, height: int, tiles: int = 1) -> None:
    """Write the video at another size, shown `tiles` by `tiles` times, with the same times and without sound."""
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        stream = read.streams.video[0]
        out = written.add_stream("libx264", rate=stream.average_rate, options={"preset": "veryfast", "crf": "18"})
        out.width, out.height, out.pix_fmt, out.codec_context.time_base = width, height, "yuv420p", stream.time_base
        for frame in read.decode(stream):
            tile = frame.reformat(width // tiles, height // tiles, "yuv420p")
            whole = av.VideoFrame(width, height, "yuv420p")
            for number in range(3):
                plane_of(whole, number)[:] = np.tile(plane_of(tile, number), (tiles, tiles))
            whole.pts, whole.time_base = frame.pts, stream.time_base
            written.mux(out.encode(whole))
        written.mux(out.encode(None))


def decode(source: Path) -> int:
    """Decode to BGR, the least that any analysis has to do, and return the number of frames."""
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return sum(1 for frame in container.decode(stream) if frame.to_ndarray(format="bgr24").size)


def transcode(source: Path, target: Path, encoder: Encoder) -> int:
    """Decode and encode, the least that any annotation has to do, and return the number of frames."""
    count = 0
    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        stream = read.streams.video[0]
        stream.thread_type = "AUTO"
        out = written.add_stream(encoder.name, rate=stream.average_rate, options=encoder.options)
        out.width, out.height, out.pix_fmt = stream.width, stream.height, "yuv420p"
        out.codec_context.time_base = stream.time_base
        out.codec_context.thread_count = 0
        for frame in read.decode(stream):
            frame.pict_type = PictureType.NONE
            written.mux(out.encode(frame))
            count += 1
        written.mux(out.encode(None))
    return count


def run(source: Path, models: Models, target: Path) -> int:
    """Analyse a video and write one result, as the commands do, and return the number of frames."""
    count = 0

    def count_frame(_: object) -> None:
        nonlocal count
        count += 1

    with ExitStack() as stack:
        frames = stack.enter_context(open_source(source))
        context = Context(models.engine.manifest.classes, source=frames.info, painter=Painter())
        writer = stack.enter_context(formats.create(target, context, overwrite=True))
        write_frames(frames, models.analyser(), [writer], count_frame)
    return count


def first_row(source: Path, settings: Settings) -> tuple[float, float]:
    """Return the seconds from the start of `fervid timeline` to its first row, of the clock and of processor time.

    Its processor time includes that of the rows which it computes before it is stopped.
    """
    command = [sys.executable, "-m", "fervid", "timeline", str(source), "-o", "-", "--engine", settings.engine]
    command += ["--backend", settings.backend, "--precision", settings.precision]
    before, begin = os.times(), time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(2):  # the header comes before the rows
            process.stdout.readline()
        seconds = time.perf_counter() - begin
        process.kill()
    after = os.times()
    return seconds, sum(after[2:4]) - sum(before[2:4])


def peers(source: Path) -> dict[str, Callable[[], int]]:
    """Return the measurements of other packages, of those that are installed."""
    try:
        from fer.fer import FER
    except ImportError:
        print("the package fer is not installed")
        return {}
    found = FER(mtcnn=False)

    def classify() -> int:
        with av.open(str(source)) as container:
            images = (frame.to_ndarray(format="bgr24") for frame in container.decode(video=0))
            return sum(1 for image in images if found.detect_emotions(image) is not None)

    return {"fer": classify}


def main() -> None:
    """Measure the video of the command line, and print the speeds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "shared" / "videos" / "expressions_640x360.mp4"
    parser.add_argument("video", nargs="?", type=Path, default=default, help="a clip with one face")
    parser.add_argument("--engine", default=Settings().engine, help="name or folder (default: %(default)s)")
    parser.add_argument("--backend", default=Settings().backend, help="name (default: %(default)s)")
    parser.add_argument("--precision", default=Settings().precision, help="of the network (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default: 5)")
    parser.add_argument("--size", default="1280x720", help="scale the clip to this first")
    parser.add_argument("--tiles", type=int, default=1, help="show it so many times across and down (default: 1)")
    parser.add_argument("--peers", action="store_true", help="measure the package fer too, where it is installed")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    settings = Settings(engine=arguments.engine, backend=arguments.backend, precision=arguments.precision)

    with tempfile.TemporaryDirectory() as folder, Models(settings) as models:
        clip, out = Path(folder) / "clip.mp4", Path(folder) / "out.mp4"
        scaled(arguments.video, clip, width, height, arguments.tiles)
        encoder = choose_encoder()
        tasks: dict[str, Callable[[], int]] = {
            "decode to BGR": lambda: decode(clip),
            "timeline": lambda: run(clip, models, out.with_suffix(".csv")),
            "decode and encode": lambda: transcode(clip, out, encoder),
            "annotate": lambda: run(clip, models, out),
        }
        if arguments.peers:
            tasks |= peers(clip)
        seconds: dict[str, list[float]] = {name: [] for name in tasks}
        busy: dict[str, list[float]] = {name: [] for name in tasks}
        frames = 0
        for round_number in range(arguments.rounds + 1):  # the first round warms up
            for name, task in tasks.items():
                begin, begin_busy = time.perf_counter(), time.process_time()
                frames = task()
                if round_number:
                    seconds[name].append(time.perf_counter() - begin)
                    busy[name].append(time.process_time() - begin_busy)
        starts = [first_row(clip, settings) for _ in range(arguments.rounds + 1)][1:]
        stages = stage_times(clip, models, out.with_suffix(".csv"))
        waits = {name: waiting_shares(tasks[name]) for name in ("timeline", "annotate")}

    median = {name: statistics.median(times) for name, times in seconds.items()}
    work = {name: 1000 * statistics.median(times) / frames for name, times in busy.items()}
    shown = arguments.size + (f", {arguments.tiles}x{arguments.tiles} tiles" if arguments.tiles > 1 else "")
    print(f"{arguments.video.name} at {shown}, {frames} frames, median of {arguments.rounds} rounds")
    for name, value in median.items():
        speed, cost = f"{frames / value:7.0f} frames/s", f"{1000 * value / frames:6.2f} ms a frame"
        print(f"  {name:<18} {speed}   {cost}   {work[name]:6.2f} ms of CPU")
    print(f"  timeline / decode to BGR       {median['decode to BGR'] / median['timeline']:.2f}")
    print(f"  annotate / decode and encode   {median['decode and encode'] / median['annotate']:.2f}")
    first, first_work = (statistics.median(times) for times in zip(*starts, strict=True))
    print(f"  first row after {first:.2f} s, {first_work:.2f} s of CPU")
    print("\nprocessor time, ms a frame")
    for name, value in (stages | {"encode": max(0.0, work["decode and encode"] - stages["decode"])}).items():
        print(f"  {name:<28} {value:5.2f}")
    print("\nshare of the run in which a thread waits for the one before it / after it")
    for task_name, shares in waits.items():
        print(f"  {task_name:<10}" + "".join(f" {name[7:]} {a:4.0%} / {b:4.0%}  " for name, (a, b) in shares.items()))


if __name__ == "__main__":
    main()
