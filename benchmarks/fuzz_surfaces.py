"""The surfaces that read what strangers made: each takes one mutated input through the real code."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from fuzz_mutations import mutate_bytes, mutate_document, odd_text
from fuzz_seeds import faces, pictures, videos
from fuzz_surface import Surface
from fuzz_timelines import CsvSurface, JsonlSurface, ParquetSurface, RecordSurface
from typing_extensions import override

from fervid import data, engines, networks
from fervid.cli import cli
from fervid.cli.file_options import command_tables
from fervid.core import toml_files
from fervid.engines import inventory, weights
from fervid.engines.manifest import MANIFEST, WEIGHTS
from fervid.errors import FervidError
from fervid.run.configuration import Configuration
from fervid.run.models import Models
from fervid.run.outcome import analyse
from fervid.run.photo import PhotoReader, read_photo
from fervid.run.results import Results
from fervid.settings import Settings
from fervid.sources.inputs import Input
from fervid.training import toml
from fervid.training.recipe import Recipe
from fervid.web.address import Address
from fervid.web.photo_site import PhotoSite
from fervid.web.server import Page

_SETTINGS: Final = Settings(detector="haar", engine="emotionnet", backend="pytorch", device="cpu")
_ROOT: Final = Path(__file__).resolve().parent.parent


class VideoSurface(Surface):
    """Videos that are annotated: demuxing, decoding, analysis, the annotated video with its sound, and the timeline."""

    share = 0.1
    words = (b"moov", b"mdat", b"trak", b"stts", b"ctts", b"stsd", b"elst", b"tkhd", b"mvhd", b"pasp", b"colr", b"moof")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._models = Models(_SETTINGS)
        self._results = Results(annotate=True, timeline=True, overwrite=True)

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        return videos()

    @override
    def read(self, path: Path) -> None:
        (job,) = self._results.plan([Input.named(path)], str(self.folder / "result.mp4"))
        job.check()
        outcome = analyse(job, self._models, _SETTINGS, self._results)
        if outcome.error is not None:
            raise outcome.error

    @override
    def close(self) -> None:
        self._models.close()


class PictureSurface(Surface):
    """Pictures in which faces are classified, and the annotated picture."""

    share = 0.25
    words = (b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"acTL", b"\xff\xd8\xff\xe1", b"Exif\0\0", b"VP8X", b"ispe", b"IEND")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._reader = PhotoReader(_SETTINGS)
        (folder / "annotated").mkdir()

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        return pictures()

    @override
    def read(self, path: Path) -> None:
        read_photo(self._reader, path, self.folder / "annotated" / "result.png", overwrite=True)

    @override
    def close(self) -> None:
        self._reader.close()


class EngineSurface(Surface):
    """Folders of engines: manifest and weights, whose digest is made right again so that reading goes on."""

    share = 0.1

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        folder = self.folder / "engine"
        folder.mkdir()
        network = networks.create("simple-conv", classes=7, channels=1)
        digest = weights.write(folder / WEIGHTS, network.state_dict())
        shipped = json.loads((_ROOT / "engines" / "emotionnet" / MANIFEST).read_bytes())
        manifest = {**shipped, "name": "tiny", "network": "simple-conv", "sha256": digest}
        return {MANIFEST: json.dumps(manifest).encode(), WEIGHTS: (folder / WEIGHTS).read_bytes()}

    @override
    def try_input(self, chance: random.Random) -> None:
        folder = self.folder / "engine"
        content = self.seeds[WEIGHTS]
        manifest = json.loads(self.seeds[MANIFEST])
        kind = chance.random()
        if kind < 0.3:  # mostly in the header, which says where each tensor lies
            content = (
                mutate_bytes(content[:2000], content, chance, (b"F32", b"F16", b"BF16", b"shape")) + content[2000:]
            )
            manifest["sha256"] = sha256(content).hexdigest()
        elif kind < 0.8:
            manifest = mutate_document(manifest, chance)
        text = json.dumps(manifest).encode("utf-8", "surrogatepass")
        if kind >= 0.8:
            text = mutate_bytes(text, text, chance, (b"\\u0000", b"\\ud800", b"NaN", b"1e999", b"\xff"))
        (folder / MANIFEST).write_bytes(text)
        (folder / WEIGHTS).write_bytes(content)
        self.read(folder)

    @override
    def read(self, path: Path) -> None:
        for entry in inventory.everything([path.parent]):
            str(entry)
        with engines.load(path, "cpu", backend="pytorch") as engine:
            spec = engine.manifest.input
            engine.classify(np.zeros((1, spec.channels, spec.size, spec.size), np.uint8))


class RecipeSurface(Surface):
    """Recipes of trainings, in TOML, and the changes that ``--set`` makes to them."""

    share = 0.16
    words = (
        b"= nan",
        b"= inf",
        b"[[",
        b"]]",
        b"\x00",
        b"\xef\xbb\xbf",
        b'"""',
        b"'''",
        b"1e999",
        b"0x",
        b"a.a.a.",
        b"{a=",
    )

    changes: Mapping[str, object] = {}
    """The values of ``--set``, by key."""

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((_ROOT / "training").glob("*.toml"))}

    @override
    def mutated(self, chance: random.Random) -> tuple[str, bytes]:
        name, content = super().mutated(chance)
        if chance.random() < 0.6:
            document = mutate_document(toml_files.tomllib.loads(self.seeds[name].decode()), chance)
            if isinstance(document, dict):
                content = toml.dump(document).encode("utf-8", "surrogatepass")
        changed = chance.choice(("rate", "network", "distillation.teachers", "x"))
        self.changes = {changed: toml_files.parse_value(odd_text(chance))} if chance.random() < 0.3 else {}
        return name, content

    @override
    def read(self, path: Path) -> None:
        Recipe.load(path).dump()
        Recipe.load(path, dict(self.changes))


class ConfigurationSurface(RecipeSurface):
    """Files with options of an analysis."""

    share = 0.02

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        options = b"""
rate = 5
min-face = 40
min_score = 0.6
engine = "compact-fer2013"
start = "1:30"
blur = true

[TABLE]
recursive = true
jobs = 4
format = ["csv", "elan"]
csv-dialect = "excel"
"""
        project = b'[project]\nname = "study"\n\n[tool.ruff]\nline-length = 120\n\n[tool.fervid]'
        return {
            "fervid.toml": options.replace(b"TABLE", b"timeline"),
            "pyproject.toml": project + options.replace(b"TABLE", b"tool.fervid.timeline"),
        }

    @override
    def read(self, path: Path) -> None:
        tables = command_tables(cli)
        found = Configuration.load(path, tables)
        Configuration.find(path.parent, tables)
        Settings(**{name: value for name, value in found.values.items() if name != "rate"})


class DataSurface(Surface):
    """Labelled faces: tables, votes beside them, and archives."""

    share = 0.1
    words = (
        b"Training",
        b"PublicTest",
        b"emotion",
        b"pixels",
        b"Usage",
        b"PK\x03\x04",
        b"|u1",
        b"<i8",
        b"|O",
        b"'shape': (",
        b",",
    )

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        self._table, self._votes, self._archive = faces(self.folder / "drawn")
        return {"fer2013.csv": self._table, "fer2013new.csv": self._votes, "training-0.npz": self._archive}

    @override
    def try_input(self, chance: random.Random) -> None:
        name, content = self.mutated(chance)
        folder = self.folder / name.partition(".")[0]
        folder.mkdir(exist_ok=True)
        if name == "fer2013new.csv":
            (folder / "fer2013.csv").write_bytes(self._table)
        (folder / name).write_bytes(content)
        self._labels = chance.choice(("class", "majority", "distribution"))
        self._skip = chance.random() < 0.5
        self.read(folder)

    @override
    def read(self, path: Path) -> None:
        data.read(path, labels=self._labels, skip_bad=self._skip)


class CommandSurface(Surface):
    """Command lines with odd values for options, on an input that does not exist."""

    share = 0.05

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        return {"none": b""}

    @override
    def try_input(self, chance: random.Random) -> None:
        from fervid.cli import cli

        command = cli.commands[chance.choice(("timeline", "annotate", "photo", "snapshot", "evaluate", "export"))]
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("-")]
        words = [command.name or ""]
        for _ in range(1 + chance.randrange(4)):
            # What a shell can pass: no NUL, and bytes that are not UTF-8 as Python represents them.
            words += [chance.choice(options), odd_text(chance).replace("\0", "").replace("\ud800", "\udcff")]
        words.append(str(self.folder / "missing.mp4"))
        os.chdir(self.folder)  # a relative path leads nowhere else
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                cli.main(words, standalone_mode=False)
            except FervidError:
                raise
            except BaseException as error:
                if type(error).__module__.partition(".")[0] != "click":
                    raise

    @override
    def read(self, path: Path) -> None:
        raise NotImplementedError


class PageSurface(Surface):
    """Requests to the page for pictures, as bytes on a real connection."""

    share = 0.05
    words = (
        *(b"GET ", b"POST ", b"HEAD ", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"\r\n", b"\r\n\r\n", b"Host: x\r\n"),
        *(
            b"Content-Length: ",
            b"Transfer-Encoding: chunked\r\n",
            b"Expect: 100-continue\r\n",
            b"Connection: close\r\n",
        ),
        *(
            b"Upgrade: websocket\r\n",
            b"Range: bytes=0-\r\n",
            b"%00",
            b"%2e%2e/",
            b"..",
            b"?",
            b"&photo=",
            b"Cookie: a=b\r\n",
        ),
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._stack = ExitStack()
        self._page = self._stack.enter_context(Page(PhotoSite(_SETTINGS), Address(port=0)))
        self._port = self._page.address.port

    @override
    def make_seeds(self) -> Mapping[str, bytes]:
        picture = pictures()["picture.jpg"]
        host = b"Host: 127.0.0.1\r\n"
        upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        return {
            "page": b"GET / HTTP/1.1\r\n" + host + b"\r\n",
            "setup": b"GET /setup HTTP/1.1\r\n" + host + b"Accept-Encoding: gzip\r\n\r\n",
            "table": b"GET /faces.csv?photo=1&photo=2 HTTP/1.1\r\n" + host + b"\r\n",
            "photo": b"GET /photo/1 HTTP/1.1\r\n" + host + b"\r\n",
            "post": b"POST /photo?name=a.jpg HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s"
            % (host, len(picture), picture),
            "socket": b"GET /live HTTP/1.1\r\n" + host + upgrade + b"AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\x81\x05hello",
        }

    @override
    def read(self, path: Path) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=20) as connection:
            connection.sendall(path.read_bytes())
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            answer = _received(connection)
        if answer.startswith(b"HTTP/1.1 5") and not answer.startswith((b"HTTP/1.1 501", b"HTTP/1.1 503")):
            raise ValueError(f"the page failed: {answer[:200]!r}")
        with socket.create_connection(("127.0.0.1", self._port), timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if not (answer := _received(connection)).startswith(b"HTTP/1.1 200"):
                raise ValueError(f"the page does not answer any more: {answer[:200]!r}")

    @override
    def close(self) -> None:
        self._stack.close()


SURFACES: Final[Mapping[str, Callable[[Path], Surface]]] = {
    "videos": VideoSurface,
    "pictures": PictureSurface,
    "engines": EngineSurface,
    "recipes": RecipeSurface,
    "configuration": ConfigurationSurface,
    "data sets": DataSurface,
    "timelines": CsvSurface,
    "jsonl": JsonlSurface,
    "parquet": ParquetSurface,
    "records": RecordSurface,
    "commands": CommandSurface,
    "page": PageSurface,
}


def _received(connection: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            received += part
    return received
