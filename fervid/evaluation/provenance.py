"""What a model card must say of the data an engine learned from: who gathered it, and what is in doubt about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is known of a data set.

    Attributes:
        doubts: How far its labels and its choice of people can be trusted, each a sentence or a few.
        rights: Where it comes from, to whom its pictures belong, and what holds for the weights.
    """

    doubts: tuple[str, ...]
    rights: str


_WEB: Final = (
    "The faces of the data set come from a web search. Age, skin colour, gender, glasses, beards, masks and culture "
    "are not recorded, so how well it serves each group is unknown, and it must be taken to differ."
)

_LICENCE: Final = (
    "The weights are published under Apache-2.0 as fervid itself. Whether weights that were trained on such pictures "
    "may serve a certain purpose is for their user to judge by the law that applies."
)

_KNOWN: Final = {
    "FER2013": Provenance(
        (
            "People agree with the labels in 65 +- 5 % of the cases (Goodfellow et al. 2013), so some labels are in "
            "doubt, and some hits are luck.",
            _WEB,
        ),
        "FER2013 (Goodfellow et al. 2013, arXiv:1307.0414) was gathered by web search for research; its pictures "
        f"belong to their owners, and none is in this folder. {_LICENCE}",
    ),
    "FER+": Provenance(
        (
            "Ten people named each face, and often they disagreed (Barsoum et al. 2016): where fewer than half of them "
            "gave the label, it is in doubt, and some hits are luck.",
            _WEB,
        ),
        "FER+ (Barsoum et al. 2016, arXiv:1608.01041) are labels by ten people for the pictures of FER2013 (Goodfellow "
        "et al. 2013, arXiv:1307.0414), which were gathered by web search for research; the pictures belong to their "
        f"owners, and none is in this folder. {_LICENCE}",
    ),
}


def of(data_set: str) -> Provenance:
    """What is known of the data set of that name; for a user's own, what follows from knowing nothing."""
    own = Provenance(
        (
            f"Who is shown in {data_set}, who gave the labels and how its pictures were taken is not recorded here. "
            "How well it serves other people, cameras and light is unknown, and it must be taken to differ.",
        ),
        f"The pictures of {data_set} belong to their owners, and none is in this folder. Under which licence the "
        "weights may be passed on is for whoever trained them to say.",
    )
    return _KNOWN.get(data_set, own)
