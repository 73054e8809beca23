"""The static files of the pages, served from the folder page/ without a build step."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

# Listed here, because the system's own table of types can be wrong, and browsers then refuse the file.
_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def page_routes(index: str) -> list[BaseRoute]:
    """Return a route for each file of the pages.

    Args:
        index: The file served at ``/``.
    """
    contents = {entry.name: entry.read_bytes() for entry in (files("fervid.web") / "page").iterdir() if entry.is_file()}
    shown = {name: content for name, content in contents.items() if not name.endswith(".html")}
    routes = [_route(f"/{name}", name, content) for name, content in sorted(shown.items())]
    return [_route("/", index, contents[index]), *routes]


def _route(path: str, name: str, content: bytes) -> Route:
    suffix = name[name.rindex(".") :]

    async def give(_: Request) -> Response:
        return Response(content, media_type=_TYPES[suffix])

    return Route(path, give)
