"""Let coverage guide the search for inputs that fervid fails on: python benchmarks/fuzz_guided.py KIND [OPTION...].

It needs atheris (``pip install -e '.[fuzz]'``), which watches the lines of fervid that each input reaches, and goes on
from inputs that reach new ones. KIND is recipes, timelines, jsonl, parquet or pictures; options are those of
libFuzzer, such as ``-max_total_time=600`` or ``-seed=1``. An input that fails is written to the current folder, and
ends the run.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

with atheris.instrument_imports(include=["fervid", "tomllib"]):
    from fuzz import defect
    from fuzz_surfaces import SURFACES

    from fervid.errors import FervidError

KINDS: Final = ("recipes", "timelines", "jsonl", "parquet", "pictures")
"""The kinds of inputs that are one file each, and are read by Python for the most part."""


def main() -> None:
    """Search until the time that libFuzzer's options give is over, or an input fails."""
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS:
        raise SystemExit(f"usage: {sys.argv[0]} {'|'.join(KINDS)} [OPTION...]")
    kind, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="fervid-fuzz-") as folder:
        surface = SURFACES[kind](Path(folder))
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for name, content in surface.seeds.items():
            (corpus / name).write_bytes(content)
        path = Path(folder) / next(iter(surface.seeds))

        def read(content: bytes) -> None:
            path.write_bytes(content)
            try:
                surface.read(path)
            except FervidError as error:
                if (cause := defect(error)) is not None:
                    raise cause from None

        atheris.Setup([sys.argv[0], *options, str(corpus)], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
