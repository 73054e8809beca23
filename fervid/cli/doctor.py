"""The command ``fervid doctor``."""

from __future__ import annotations

import click


@click.command()
def doctor() -> int:
    """List what is installed, what is missing, and how to get it.

    The last line names the backend and the device that networks run on, and the reason why not on faster ones. The
    exit code is 1 if something is missing that fervid cannot work without.
    """
    from fervid.doctor import examine

    incomplete = False
    for finding in examine():
        mark = "ok" if not finding.remedy else "!!" if finding.needed else "--"
        click.echo(f"{mark}  {finding.topic:<24} {finding.found}")
        if finding.remedy:
            click.echo(f"    {'':<24} {finding.remedy}")
        incomplete = incomplete or bool(finding.remedy and finding.needed)
    return 1 if incomplete else 0
