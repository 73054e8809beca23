"""Write the table of docs/networks.md from the networks themselves.

Run ``python docs/make_networks.py`` after adding or changing a network; a test compares.
"""

from __future__ import annotations

from itertools import dropwhile
from pathlib import Path
from typing import Final

from fervid import networks
from fervid.networks.cost import Cost

DOCUMENT: Final = Path(__file__).parent / "networks.md"
HEAD: Final = "| name | input | parameters | MMACs | reported accuracy |\n|---|---|---:|---:|---|\n"

SOURCES: Final = {
    "fcnn": "38.8 % after 10 epochs, 42-43 % at best",
    "feedforward": "48.42 % at epoch 65",
    "simple-conv": "51.9 % after 9 epochs, 55-56 % after 30",
    "eda-cnn": "44.7 % after 9 epochs, about 60 % later",
    "emotionnet": "55.1 % after 9 epochs, 62-63 % after 30-35",
    "fcn4": "curves only",
    "lasagne96": "none given; trained on CK+",
    "cnn6": "63.78 %; 68.61 % with augmentation and tuning (test)",
    "shallow-bn": "20.0 % (test), see below",
    "deep-bn": "17.5 % (test), see below",
    "resnet18": "61.5-64.36 % (test) with ImageNet weights",
    "resnet34": "none given",
    "resnet50-frozen": "19.0 % (test), see below",
    "resnet101-frozen": "20.5 % (test), see below",
    "resnet152-frozen": "curves only",
}
"""Accuracy that the project a network comes from reports, on FER2013 unless another data set is named."""


def table() -> str:
    """Return the table, one network per line."""
    return HEAD + "".join(map(_line, networks.NAMES))


def _line(name: str) -> str:
    size = networks.size(name)
    cost = Cost.of(name, 7, 1, size)
    return f"| `{name}` | {size}x{size} | {cost.parameters:,} | {cost.millions} | {SOURCES.get(name, '')} |\n"


def renewed(text: str) -> str:
    """Return the document with its table replaced by the current one."""
    before, after = text.split(HEAD)
    rest = dropwhile(lambda line: line.startswith("|"), after.splitlines(keepends=True))
    return before + table() + "".join(rest)


if __name__ == "__main__":
    DOCUMENT.write_text(renewed(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
