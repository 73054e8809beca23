"""Write the robustness of shipped engines into their model cards, from the robustness.json of each recipe's folder.

python training/make_cards.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from fervid.evaluation.robustness import Robustness
from fervid.evaluation.robustness_card import with_robustness

HERE = Path(__file__).resolve().parent


def cards() -> Iterator[tuple[Path, str]]:
    """Yield the path of each card whose engine has robustness figures, and its text with them."""
    for path in sorted(HERE.glob("*/robustness.json")):
        card = HERE.parent / "engines" / path.parent.name / "README.md"
        if card.exists():
            document = json.loads(path.read_text(encoding="utf-8"))
            found = Robustness.from_document(document)
            yield card, with_robustness(card.read_text(encoding="utf-8"), found, document["split"])


def main() -> None:
    """Replace the figures in all cards."""
    for card, text in cards():
        card.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
