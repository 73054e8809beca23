"""Write what was measured after a training into the model cards of the shipped engines.

    python training/make_cards.py

The robustness comes from the robustness.json of each recipe's folder; CK+, real clips and speed come from the files
that `shipped_engines.py` lists. A card with the two markers of the comparison gets a table of all shipped engines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from recipe_results import HERE, replaced
from shipped_engines import Shipped, card_rows, comparison, shipped_engines

from fervid.evaluation.robustness import Robustness
from fervid.evaluation.robustness_card import with_robustness

BEGIN = "<!-- comparison: written by make_cards.py -->\n"
END = "<!-- end of comparison -->\n"

ROWS = ("| accuracy, CK+", "| speed |")
"""The beginnings of the rows of `card_rows`, which `fervid train` does not write."""

_LAST = "| weights |"


def cards() -> Iterator[tuple[Path, str]]:
    """Yield the path of each shipped engine's card, and its text with all figures."""
    found = shipped_engines()
    for each in found:
        name = each.manifest.name
        card = HERE.parent / "engines" / name / "README.md"
        text = with_figures(card.read_text(encoding="utf-8"), each)
        robustness = HERE / name / "robustness.json"
        if robustness.exists():
            document = json.loads(robustness.read_text(encoding="utf-8"))
            text = with_robustness(text, Robustness.from_document(document), document["split"])
        yield card, replaced(text, BEGIN, END, comparison(found)) if BEGIN in text else text


def with_figures(card: str, each: Shipped) -> str:
    """Return a model card with the rows of `card_rows`, in place of those that it has."""
    lines = [line for line in card.splitlines(keepends=True) if not line.startswith(ROWS)]
    place = next(place for place, line in enumerate(lines) if line.startswith(_LAST))
    return "".join([*lines[:place], card_rows(each), *lines[place:]])


def main() -> None:
    """Replace the figures in all cards."""
    for card, text in cards():
        card.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
