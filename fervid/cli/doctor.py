"""``fervid doctor``."""

from __future__ import annotations

import click


@click.command()
def doctor() -> int:
    """Say what is installed, what is missing and how to get it.

    Ends with 1 when something is missing that fervid cannot do without.
    """
    from fervid.doctor import examine

    broken = False
    for finding in examine():
        mark = "ok" if not finding.remedy else "!!" if finding.needed else "--"
        click.echo(f"{mark}  {finding.topic:<24} {finding.found}")
        if finding.remedy:
            click.echo(f"    {'':<24} {finding.remedy}")
        broken = broken or bool(finding.remedy and finding.needed)
    return 1 if broken else 0
