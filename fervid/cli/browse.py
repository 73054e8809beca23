"""``fervid photo --browse``: the page for still pictures, until Ctrl-C."""

from __future__ import annotations

import time
from typing import Final

import click

from fervid.cli.reporter import Reporter
from fervid.cli.signals import asked_to_stop
from fervid.settings import Settings
from fervid.web.address import Address
from fervid.web.photo_site import PhotoSite
from fervid.web.server import Page

_LOOK_S: Final = 0.1


def serve(settings: Settings, address: Address, reporter: Reporter) -> None:
    """Serve the page, and say where, until Ctrl-C or SIGTERM asks to stop.

    Args:
        settings: How pictures are read.
        address: Where to serve.
        reporter: Where messages go.

    Raises:
        FervidError: The models cannot be loaded, or the address cannot be served at.
    """
    with asked_to_stop() as asked, PhotoSite(settings) as site, Page(site, address) as page:
        click.echo(page.url)
        reporter.note("drop pictures on this page; Ctrl-C ends it")
        while not asked():
            time.sleep(_LOOK_S)
