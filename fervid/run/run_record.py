"""The facts that say how a result was made, ready for JSON: for the manifest of a run, and beside or within results."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from fervid import __version__
from fervid.core.machine import describe
from fervid.core.regions import Regions
from fervid.core.timecodes import Timecode
from fervid.run.models import Models
from fervid.settings import OPTIONS, Settings
from fervid.sources.inputs import files_of


def provenance(source: Path, models: Models, settings: Settings) -> dict[str, Any]:
    """Return everything about an analysis that its result depends on.

    It holds no time: results that are made in the same way are the same bytes.

    Args:
        source: The input.
        models: The models, loaded for these settings.
        settings: The options of the analysis.
    """
    return {
        "fervid": __version__,
        "input": str(source).encode("utf-8", "backslashreplace").decode(),
        **measure_source(source),
        **dataclasses.asdict(models.names),
        "classes": list(models.engine.manifest.classes),
        "settings": plain_settings(settings),
        "machine": describe(),
    }


def measure_source(source: Path) -> dict[str, Any]:
    """Return the size of an input in bytes and the time of its last change; None for a pipe."""
    try:
        statuses = [file.stat() for file in files_of(source) if file.is_file()]
    except OSError:
        statuses = []
    if not statuses:
        return {"size": None, "modified": None}
    changed = max(status.st_mtime for status in statuses)
    return {"size": sum(status.st_size for status in statuses), "modified": time_text(changed)}


def plain_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings as JSON can express them."""
    return {name: _as_json(getattr(settings, name)) for name in OPTIONS}


def time_text(time: float) -> str:
    """Return a time in seconds since 1970 as ISO 8601 writes it."""
    return datetime.fromtimestamp(time, timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _as_json(value: Any) -> Any:
    if isinstance(value, Timecode):
        return value.seconds if value.frame is None else f"{value.frame}f"
    if isinstance(value, Regions):
        return [str(region) for region in value]
    return str(value) if isinstance(value, Path) else value
