"""The surfaces that read timelines, and what lies beside them to say how they were made."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fuzz_mutations import mutate_bytes, mutate_document, odd_text, odd_value
from fuzz_surface import Surface
from typing_extensions import override

import fervid
from fervid import Timeline, formats
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading
from fervid.report.report_file import write_report
from fervid.run.run_manifest import MANIFEST_NAME
from fervid.run.timeline_batch import TimelineBatch

_WORDS: Final = (b"nan", b"inf", b"1e999", b"1e308", b"-1e300", b"frame", b"time_s", b"\xef\xbb\xbf", b"\x00")

_FORMATS: Final = formats.names(*formats.OF_READINGS)


class TimelineSurface(Surface):
    """Timelines that somebody changed: summed up, converted to every format, and shown in a report."""

    share = 0.05
    words = _WORDS

    @property
    def suffix(self) -> str:
        """The suffix of the files."""
        raise NotImplementedError

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        self._form = formats.by_suffix(Path(f"a{self.suffix}"), "timeline").name
        timelines = {"timeline": without_faces(), "clip": with_faces()}
        return {f"{name}{self.suffix}": each.encode(self._form) for name, each in timelines.items()}

    @override
    def try_input(self, chance: random.Random) -> None:
        if chance.random() < 0.7:
            super().try_input(chance)
            return
        path = self.folder / f"odd{self.suffix}"
        with suppress(pa.ArrowException, OverflowError, UnicodeError):  # a file cannot hold it
            path.write_bytes(odd_timeline(chance).encode(self._form))
        if path.exists():
            self.read(path)

    @override
    def read(self, path: Path) -> None:
        timeline = Timeline.load(path)
        timeline.tally()
        fervid.summary(timeline)
        self.convert(path)
        write_report([path], self.folder / "report.html", overwrite=True)

    def convert(self, path: Path) -> None:
        """Write a timeline in every format.

        Raises:
            FervidError: It cannot be written.
        """
        (outcome,) = TimelineBatch([str(path)], _FORMATS, output=f"{self.folder / 'made'}/", overwrite=True)
        if outcome.error is not None:
            raise outcome.error


class CsvSurface(TimelineSurface):
    """Timelines in CSV."""

    suffix = ".csv"
    words = (*_WORDS, b'"', b'""', b"\r", b";", b"\t")


class JsonlSurface(TimelineSurface):
    """Timelines in JSON Lines."""

    suffix = ".jsonl"
    words = (*_WORDS, b"{", b"}", b"[]", b'"faces":', b"null", b"NaN", b"Infinity", b"\\ud800", b"\n", b"1" * 5000)

    @override
    def mutated(self, chance: random.Random) -> tuple[str, bytes]:
        name, content = super().mutated(chance)
        if chance.random() < 0.6:
            lines = self.seeds[name].decode().splitlines()
            place = chance.randrange(len(lines))
            lines[place] = json.dumps(mutate_document(json.loads(lines[place]), chance))
            content = "\n".join(lines).encode("utf-8", "surrogatepass")
        return name, content


class ParquetSurface(TimelineSurface):
    """Timelines in Parquet: damaged bytes, and whole files with columns, types, values and metadata of their own."""

    suffix = ".parquet"
    words = (*_WORDS, b"PAR1", b"fervid", b"\x15", b"\x18")

    @override
    def mutated(self, chance: random.Random) -> tuple[str, bytes]:
        name, content = super().mutated(chance)
        if chance.random() < 0.6:
            with suppress(pa.ArrowException, OverflowError, UnicodeError):  # values that Parquet itself cannot hold
                content = _rewritten(pq.read_table(io.BytesIO(self.seeds[name])), chance)
        return name, content


class RecordSurface(TimelineSurface):
    """The files beside a timeline that say how it was made: its sidecar, and the manifest of the run."""

    share = 0.02
    suffix = ".csv"
    words = (b"{", b"}", b"[]", b"null", b"NaN", b"\\ud800", b"\\u0000", b"\n", b'"input":', b'"settings":')

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        self._timeline = super().make_seeds()["clip.csv"]
        facts = {
            "fervid": "0.1.0",
            "result": "clip.csv",
            "input": "clip.mp4",
            "size": 1000,
            "classes": ["happy", "sad", "neutral"],
            "engine": "emotionnet",
            "settings": {"every": 1, "blur": False},
            "machine": {"fervid": "0.1.0"},
        }
        end = {**facts, "outcome": "complete", "results": ["clip.csv"], "written": {"clip.csv": len(self._timeline)}}
        lines = [json.dumps({"outcome": "begun", "input": "clip.mp4", "creates": ["clip.csv"]}), json.dumps(end)]
        return {"clip.csv.json": json.dumps(facts).encode(), MANIFEST_NAME: "\n".join(lines).encode() + b"\n"}

    @override
    def mutated(self, chance: random.Random) -> tuple[str, bytes]:
        name, content = super().mutated(chance)
        if chance.random() < 0.7:
            lines = self.seeds[name].decode().splitlines()
            lines[-1] = json.dumps(mutate_document(json.loads(lines[-1]), chance))
            content = "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n"
        return name, content

    @override
    def try_input(self, chance: random.Random) -> None:
        Surface.try_input(self, chance)

    @override
    def read(self, path: Path) -> None:
        timeline = self.folder / "clip.csv"
        timeline.write_bytes(self._timeline)
        try:
            self.convert(timeline)
            write_report([self.folder], self.folder / "report.html", overwrite=True)
        finally:
            path.unlink()


def without_faces() -> Timeline:
    """Return a timeline in which nobody is seen."""
    return Timeline(("happy", "sad"), tuple(FrameReading(index, index / 25, ()) for index in range(20)))


def with_faces() -> Timeline:
    """Return a timeline of two faces that come and go."""
    classes = ("happy", "sad", "neutral")
    frames = []
    for index in range(20):
        people = [face_id for face_id in (1, 2) if index % (face_id + 2)]
        readings = [
            FaceReading(
                frame=index,
                time=index / 25,
                face_id=face_id,
                box=Box(10 * face_id, 20, 40, 50),
                score=0.9,
                classes=classes,
                probabilities=np.array([0.8, 0.1, 0.1], np.float32),
                raw=np.array([0.7, 0.2, 0.1], np.float32),
            )
            for face_id in people
        ]
        frames.append(FrameReading(index, index / 25, tuple(readings)))
    return Timeline(classes, tuple(frames))


def odd_timeline(chance: random.Random) -> Timeline:
    """Return a timeline that is valid, with times, places, numbers and classes that no video has."""

    def odd(usual: float, *others: float) -> float:
        return chance.choice(others) if chance.random() < 0.3 else usual

    pace, begin, size = odd(1, 0, 1e-7, 60, 1e6, 1e300), odd(0, -1, 1e6, 1e10, -1e10, 1e300), odd(1, 0, -1, 1e6, 1e300)
    first, face_id = odd(0, 2**31, 2**53 - 9, 2**63, 10**30), odd(0, 2**31 - 5, 2**31, 10**30)
    classes = tuple(dict.fromkeys((odd_text(chance), "sad", odd_text(chance), "neutral", "x")))[:3]
    frames = []
    for frame in with_faces().frames:
        place = {"frame": first + frame.index, "time": begin + pace * frame.time}
        faces = tuple(
            replace(
                each,
                **place,
                face_id=face_id + each.face_id,
                box=Box(*(size * value for value in each.box)),
                classes=classes,
                certain=chance.random() < 0.8,
            )
            for each in frame.faces
        )
        frames.append(FrameReading(place["frame"], place["time"], faces))
    return Timeline(classes, tuple(frames))


def _rewritten(table: pa.Table, chance: random.Random) -> bytes:
    """Return a table as a file, with a column, its type, its name or the metadata changed."""
    place = chance.randrange(table.num_columns)
    name, column = table.column_names[place], table.column(place)
    match chance.randrange(6):
        case 0:
            values = column.to_pylist()
            value = odd_value(chance)
            values[chance.randrange(len(values))] = value
            try:
                changed = pa.array(values, column.type)
            except (pa.ArrowException, TypeError):
                changed = pa.array([value] * len(values))
            table = table.set_column(place, name, changed)
        case 1:
            kinds = (pa.string(), pa.int8(), pa.float16(), pa.float64(), pa.binary(), pa.bool_(), pa.timestamp("us"))
            table = table.set_column(place, name, column.cast(chance.choice(kinds), safe=False))
        case 2:
            names = [odd_text(chance) if each == name else each for each in table.column_names]
            table = table.rename_columns(names)
        case 3:
            table = table.remove_column(place)
        case 4:
            rows = [chance.randrange(table.num_rows) for _ in range(chance.choice((0, 1, 20)))]
            table = table.take(rows)
        case 5:
            facts = json.loads(table.schema.metadata[b"fervid"])
            text = json.dumps(mutate_document({**facts, "input": "a.mp4"}, chance)).encode("utf-8", "surrogatepass")
            table = table.replace_schema_metadata({b"fervid": mutate_bytes(text, text, chance)})
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd", row_group_size=chance.choice((1, 7, 1000)))
    return file.getvalue()
