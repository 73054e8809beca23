"""Everything that ``fervid evaluate`` finds out about an engine on a data set."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import fervid
from fervid.data.dataset import PRIVATE_TEST, DataSet
from fervid.engines.base import Engine
from fervid.engines.manifest import Manifest
from fervid.engines.measure.timing import BATCH, images_per_second
from fervid.evaluation import ALL, RESAMPLES
from fervid.evaluation.calibration import tempered
from fervid.evaluation.matching import faces_of, match
from fervid.evaluation.metrics import DIGITS, Evaluation, measure

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found.

    Attributes:
        manifest: The engine's.
        device: Where it ran, for people.
        data_set: Which one, for people.
        usage: One of `fervid.evaluation.matching.USAGES`.
        left_out: How many faces bear a label that the engine was not judged by, by their class.
        absent: How many faces of the published split are not here.
        found: The outcome, with the engine's temperature.
        untempered: The same with a temperature of 1.
        restricted: Where only classes that a label can name may be answered; None where the engine knows no other, and
            where there is but one.
        agreed: Over the faces whose label more than half of the people gave; None where the data does not tell.
        mirrored: With the mean of the probabilities of each face and its mirror image; None where it was not asked for.
        resamples: Of the bootstrap.
        images_per_second: In calls of 32.
    """

    manifest: Manifest
    device: str
    data_set: str
    usage: str
    left_out: Mapping[str, int]
    absent: int
    found: Evaluation
    untempered: Evaluation
    restricted: Evaluation | None
    agreed: Evaluation | None
    mirrored: Evaluation | None
    resamples: int
    images_per_second: float

    @property
    def title(self) -> str:
        """What was judged by what."""
        return f"{self.manifest.name} on {self.data_set}, {self.usage}"

    @property
    def lower_bound(self) -> float:
        """The accuracy (0 to 1) where each face that was published but is not here counts as wrong."""
        return self.found.lower_bound(self.absent)

    @property
    def ways(self) -> dict[str, Evaluation]:
        """The outcome and those of the other ways to judge, by what they are for people."""
        others = {
            "restricted to the labels": self.restricted,
            "agreed faces": self.agreed,
            "with the mirror image": self.mirrored,
        }
        return {"all predictions": self.found} | {way: found for way, found in others.items() if found is not None}

    def document(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        manifest, n = self.manifest, self.resamples
        others = {"restricted": self.restricted, "agreed": self.agreed, "mirrored": self.mirrored}
        return {
            "engine": {
                "name": manifest.name,
                "network": manifest.network,
                "temperature": manifest.temperature,
                "sha256": manifest.sha256,
                "device": self.device,
            },
            "data_set": self.data_set,
            "split": self.usage,
            "left_out": dict(self.left_out),
            "absent": self.absent,
            "accuracy_lower_bound": round(self.lower_bound, DIGITS),
            **self.found.document(n),
            "before_temperature": {
                "loss": round(self.untempered.loss, DIGITS),
                "calibration_error": round(self.untempered.calibration_error, DIGITS),
            },
            "reliability": [dataclasses.asdict(part) for part in self.found.bins],
            **{name: found.document(n) for name, found in others.items() if found is not None},
            "resamples": n,
            "images_per_second": round(self.images_per_second, 1),
            "batch": BATCH,
            "fervid": fervid.__version__,
        }


def assess(
    engine: Engine,
    data: DataSet,
    usage: str = PRIVATE_TEST,
    *,
    leave_out: Sequence[str] = (),
    mirror: bool = False,
    resamples: int = RESAMPLES,
) -> Assessment:
    """Judge an engine by a data set, whose classes need not be its own.

    Faces whose label the engine does not know are left out and counted; an answer that no label can name is wrong.

    Args:
        engine: With its temperature.
        data: Labelled faces of any size and colour.
        usage: One of `fervid.evaluation.matching.USAGES`.
        leave_out: Classes of the data not to judge by although the engine knows them.
        mirror: Judge face and mirror image together as well.
        resamples: Of the bootstrap for the interval of the accuracy.

    Raises:
        DataError: There is no face to judge by.
        MissingPackageError: scikit-learn is not installed.
    """
    manifest, spec = engine.manifest, engine.manifest.input
    split = faces_of(data, usage).at(spec.size, spec.channels)
    if usage == ALL and data.name == manifest.data_set:
        _logger.warning("%s learned from faces of %s, which are judged too", manifest.name, data.name)
    faces = match(split, data.classes, manifest.classes, leave_out)
    judge = partial(measure, labels=faces.labels, classes=manifest.classes, judged=faces.places)
    probabilities = engine.classify(faces.images)
    restricted = agreed = mirrored = None
    if 1 < len(faces.places) < len(manifest.classes):
        # A temperature of 1 only makes the rows sum to 1 again.
        among = tempered(probabilities[:, faces.places], 1.0)
        names = [manifest.classes[place] for place in faces.places]
        restricted = measure(among, np.searchsorted(faces.places, faces.labels), names)
    if faces.agreed is not None and faces.agreed.any():
        agreed = judge(probabilities[faces.agreed], labels=faces.labels[faces.agreed])
    if mirror:
        images = np.ascontiguousarray(faces.images[..., ::-1])
        mirrored = judge(np.mean([probabilities, engine.classify(images)], axis=0, dtype=np.float32))
    return Assessment(
        manifest=manifest,
        device=f"{engine.backend}, {engine.device}",
        data_set=data.name,
        usage=usage,
        left_out=faces.left_out,
        absent=max(0, data.private_rows - len(split)) if usage == PRIVATE_TEST else 0,
        found=judge(probabilities),
        untempered=judge(tempered(probabilities, 1 / manifest.temperature)),
        restricted=restricted,
        agreed=agreed,
        mirrored=mirrored,
        resamples=resamples,
        images_per_second=images_per_second(engine, faces.images),
    )
