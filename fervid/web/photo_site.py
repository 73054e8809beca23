"""The page that analyses still pictures dropped on it, and stores none of them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fervid import formats
from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.formats.base import Format
from fervid.formats.json import face_fields
from fervid.formats.photo_table import PhotoReading
from fervid.formats.picture import annotated_suffix
from fervid.run.photo import PhotoReader
from fervid.settings import Settings
from fervid.sources.picture_files import decode_picture
from fervid.sources.turned import turn
from fervid.web.answers import application, attached, body, error, setup
from fervid.web.jpeg import kept
from fervid.web.page_files import page_routes
from fervid.web.turns import Turns

MOST_BYTES: Final = 50_000_000
"""The largest size of a picture file in bytes."""

MOST_UPLOADS: Final = 6
"""The number of pictures that are received, waiting or analysed at a time; the page sends one after the other, so this
is enough for six viewers. Each takes up to `MOST_BYTES` of memory, and the one at work a gigabyte."""

_PICTURES: Final = 8
"""The number of annotated pictures that are held; the page fetches them at once."""

_PHOTOS: Final = 1000
"""The number of pictures whose strengths are held for tables."""

_JPEG_SIDE: Final = 65_500
"""The longest side of a JPEG in pixels."""

_TYPES: Final = {".jpg": "image/jpeg", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class _Painted:
    """An annotated picture."""

    content: bytes
    kind: str


class PhotoSite(Closing):
    """A site that analyses uploaded pictures, one at a time; it holds the last few in memory and stores nothing.

    Args:
        settings: The settings of the analysis.
        outline: Outline the regions, and the faces that were left out.

    Attributes:
        app: The ASGI application.

    Raises:
        FervidError: The detector or the engine cannot be opened, as for `PhotoReader`.
    """

    def __init__(self, settings: Settings, *, outline: bool = False) -> None:
        self._reader = PhotoReader(settings, outline=outline)
        self._lock = threading.Lock()
        self._turns = Turns(MOST_UPLOADS, self._reader.close)
        self._numbers = itertools.count(1)
        self._photos: dict[int, PhotoReading] = {}
        self._pictures: dict[int, _Painted] = {}
        self.app = application(
            [
                *page_routes("photo.html"),
                Route("/setup", self._get_setup),
                Route("/photo", self._read, methods=["POST"]),
                Route("/photo/{number:int}", self._picture),
                *(Route(f"/{_table_name(form)}", self._table(form)) for form in formats.of_kind("table")),
            ]
        )

    def start(self) -> None:
        """Start to take pictures."""
        self._turns.begin()

    def close(self) -> None:
        """Refuse all pictures, and close detector and engine once the current one is done, without waiting for it.

        May be called twice.
        """
        self._turns.close()

    def _get_setup(self, _: Request) -> Response:
        tables = {form.name: _table_name(form) for form in formats.of_kind("table")}
        return JSONResponse(setup(self._reader.classes, live=False, most_bytes=MOST_BYTES, tables=tables))

    async def _read(self, request: Request) -> Response:
        name = _file_name(request.query_params.get("name", ""))
        self._turns.enter()
        try:
            content = await body(request, MOST_BYTES)
            if content is None:
                return error(413, f"'{name}' is larger than {MOST_BYTES // 1_000_000} MB; save it smaller")
            return JSONResponse(await self._turns.run(lambda: self._photo(name, content)))
        finally:
            self._turns.leave()

    def _photo(self, name: str, content: bytes) -> dict[str, Any]:
        """Analyse one picture, and hold the result.

        Raises:
            SourceError: The picture does not decode, or is too large.
        """
        path = Path(name)
        picture = decode_picture(content, name, self._reader.max_pixels)
        frame = turn(Frame(picture, index=0, pts=0, time_base=Fraction(1)), self._reader.rotation)
        reading = self._reader.read(frame)
        jpeg = path.suffix.lower() in (".jpg", ".jpeg") and max(frame.width, frame.height) <= _JPEG_SIDE
        kind = ".jpg" if jpeg else ".png"
        painted = _Painted(kept(frame, reading, self._reader.painter(), kind), kind)
        with self._lock:
            number = next(self._numbers)
            _hold(self._photos, number, PhotoReading(path, frame.width, frame.height, reading.faces), _PHOTOS)
            _hold(self._pictures, number, painted, _PICTURES)
        return {
            "photo": number,
            "file": name,
            "width": frame.width,
            "height": frame.height,
            "faces": [face_fields(face) for face in reading.faces],
            "picture": f"photo/{number}",
            "saved_as": path.stem + Path(annotated_suffix(path)).stem + kind,
        }

    def _picture(self, request: Request) -> Response:
        painted = self._pictures.get(request.path_params["number"])
        if painted is None:
            return error(404, "this picture is no longer held; send it again")
        return Response(painted.content, media_type=_TYPES[painted.kind])

    def _table(self, form: Format) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            wanted = request.query_params.getlist("photo")
            with self._lock:
                held = {str(number): photo for number, photo in self._photos.items()}
            photos: Sequence[PhotoReading] = [held[number] for number in wanted if number in held]
            if len(photos) < len(wanted):
                return error(404, "some of these pictures are no longer held; send them again")
            return attached(form.table(photos, self._reader.classes), form.media_type, _table_name(form))

        return answer


def _hold(held: dict[int, Any], number: int, item: Any, most: int) -> None:
    """Add `item`, and drop the oldest one if there are more than `most`."""
    held[number] = item
    if len(held) > most:
        del held[min(held)]


def _table_name(form: Format) -> str:
    """Return the name of the file, and of the path, of a table."""
    return f"faces{form.suffix}"


def _file_name(given: str) -> str:
    """Return the last part of a path that a browser sent, whatever system it runs on."""
    return PureWindowsPath(PurePosixPath(given).name).name or "picture"
