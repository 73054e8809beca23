"""Statements of a model card about the training data: its origin, and the doubts about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of a data set.

    Attributes:
        doubts: The limits of its labels and of its choice of people, each in a few sentences.
        rights: Its source, the owners of its pictures, and the licence of the weights.
    """

    doubts: tuple[str, ...]
    rights: str


_WEB: Final = (
    "The faces of the data set come from a web search. Age, skin colour, gender, glasses, beards, masks and culture "
    "are not recorded, so the accuracy for each group is unknown and must be assumed to differ."
)

_LICENCE: Final = (
    "The weights are published under Apache-2.0, like fervid itself. Whether weights trained on such pictures may be "
    "used for a given purpose is for the user to decide under the law that applies."
)

_KNOWN: Final = {
    "FER2013": Provenance(
        (
            "People agree with the labels in 65 +- 5 % of cases (Goodfellow et al. 2013), so some labels are doubtful "
            "and some correct predictions are luck.",
            _WEB,
        ),
        "FER2013 (Goodfellow et al. 2013, arXiv:1307.0414) was collected by web search for research; its pictures "
        f"belong to their owners, and none is in this folder. {_LICENCE}",
    ),
    "FER+": Provenance(
        (
            "Ten annotators labelled each face and often disagreed (Barsoum et al. 2016): a label that fewer than half "
            "of them chose is doubtful, and some correct predictions are luck.",
            _WEB,
        ),
        "FER+ (Barsoum et al. 2016, arXiv:1608.01041) holds labels by ten annotators for the pictures of FER2013 "
        "(Goodfellow et al. 2013, arXiv:1307.0414), which were collected by web search for research; they belong to "
        f"their owners, and none is in this folder. {_LICENCE}",
    ),
}


def of(data_set: str) -> Provenance:
    """Return the provenance of a data set by its name; for a user's own, the statements for an unknown origin."""
    own = Provenance(
        (
            f"Who is shown in {data_set}, who labelled it and how its pictures were taken is not recorded here. The "
            "accuracy for other people, cameras and lighting is unknown and must be assumed to differ.",
        ),
        f"The pictures of {data_set} belong to their owners, and none is in this folder. Whoever trained "
        "the weights decides under which licence they may be passed on.",
    )
    return _KNOWN.get(data_set, own)
