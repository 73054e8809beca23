"""The site of live analyses, one for each source."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from fervid.core.closing import Closing
from fervid.web.answers import application
from fervid.web.live_site import LiveSite
from fervid.web.marker_requests import group_marker_routes
from fervid.web.page_files import page_routes


class GroupSite(Closing):
    """A site that shows one or several live analyses; docs/browser.md describes its interface.

    The site of each source lies below its number, from ``/1/`` on; that of the first one also at the root, except that
    the page and the markers there are those of all sources.

    Args:
        sites: The site of each source, which are started and closed with this one.
        started: The moment from which the times of several sources count, as ISO 8601 writes it; None for a single one.

    Attributes:
        app: The ASGI application.
    """

    def __init__(self, sites: Sequence[LiveSite], *, started: str | None = None) -> None:
        self._sites = sites
        self._paths = {f"{number}/": site for number, site in enumerate(sites, 1)}
        self._started = started
        several = len(sites) > 1
        self.app = application(
            [
                *page_routes("several.html" if several else "live.html"),
                Route("/sources", self._list),
                *(group_marker_routes({path: site.markers for path, site in self._paths.items()}) if several else []),
                *(Mount(f"/{number}", site.app) for number, site in enumerate(sites, 1)),
                *(Route(f"/{number}", _add_slash) for number in range(1, len(sites) + 1)),
                Mount("", sites[0].app),
            ]
        )

    def start(self) -> None:
        """Start broadcasting."""
        for site in self._sites:
            site.start()

    def close(self) -> None:
        """Stop broadcasting and release waiting viewers. May be called twice."""
        for site in self._sites:
            site.close()

    def _list(self, _: Request) -> Response:
        sources = [
            {"number": number, "name": site.source, "path": path}
            for number, (path, site) in enumerate(self._paths.items(), 1)
        ]
        return JSONResponse({"started": self._started, "sources": sources})


def _add_slash(request: Request) -> Response:
    """Redirect to the page of a source, whose addresses are relative to its folder."""
    return RedirectResponse(f"{request.url.path.rpartition('/')[2]}/")
