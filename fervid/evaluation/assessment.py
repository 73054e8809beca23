"""The assessment of an engine on a data set, as ``fervid evaluate`` reports it."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fervid
from fervid.data.dataset import PRIVATE_TEST, DataSet
from fervid.data.face_groups import FaceGroups
from fervid.data.pictures import NO_FACE
from fervid.engines.base import Engine
from fervid.engines.manifest import Manifest
from fervid.engines.measure.timing import BATCH, images_per_second
from fervid.evaluation import ALL, RESAMPLES, SMALLEST_GROUP
from fervid.evaluation.calibration import apply_temperature
from fervid.evaluation.fairness import Comparison, group_names
from fervid.evaluation.group_comparison import compare_groups
from fervid.evaluation.matching import Match, match_classes, select_faces
from fervid.evaluation.metrics import DIGITS, Evaluation, evaluate_predictions
from fervid.evaluation.robustness import Robustness, measure

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The assessment of an engine on a data set.

    Attributes:
        manifest: Manifest of the engine.
        device: Backend and device that it ran on, as shown to users.
        data_set: Name of the data set.
        usage: Faces that it was evaluated on, one of `fervid.evaluation.USAGES`.
        left_out: Number of faces that were left out because of their label, by class.
        absent: Number of faces that are missing: those of the published split that the data set lacks, or, where all
            faces are evaluated, the images in which no face was found.
        detected: True if the faces were found by a detector and cropped as in a video.
        undetected: Number of images of the whole data set that were left out because no face was found in them.
        evaluation: Evaluation with the engine's temperature.
        uncalibrated: Evaluation with a temperature of 1.
        restricted: Evaluation in which only classes that a label can have are predicted; None if those are all of the
            engine's classes, or only one.
        agreed: Evaluation on the faces whose label more than half of the annotators gave; None if votes are not
            recorded.
        mirrored: Evaluation of the mean probabilities of each face and its mirror image; None if not requested.
        mirrored_restricted: `mirrored` with predictions as in `restricted`; None if either is.
        robustness: Metrics on degraded copies of the faces; None if not requested.
        comparisons: Comparisons of groups of faces, one for each column that was given.
        resamples: Number of resamples of the bootstrap.
        images_per_second: Speed in calls of 32 images.
    """

    manifest: Manifest
    device: str
    data_set: str
    usage: str
    left_out: Mapping[str, int]
    absent: int
    detected: bool
    undetected: int
    evaluation: Evaluation
    uncalibrated: Evaluation
    restricted: Evaluation | None
    agreed: Evaluation | None
    mirrored: Evaluation | None
    mirrored_restricted: Evaluation | None
    robustness: Robustness | None
    comparisons: tuple[Comparison, ...]
    resamples: int
    images_per_second: float

    @property
    def title(self) -> str:
        """The names of the engine, the data set and the split, and the framing where it is that of a video."""
        framing = ", framed as in a video" if self.detected else ""
        return f"{self.manifest.name} on {self.data_set}, {self.usage}{framing}"

    @property
    def lower_bound(self) -> float:
        """The accuracy, 0 to 1, with each absent face counted as wrong."""
        return self.evaluation.lower_bound(self.absent)

    @property
    def variants(self) -> dict[str, Evaluation]:
        """The evaluation and its variants, by their names as shown to users."""
        others = {
            "restricted to the labels": self.restricted,
            "agreed faces": self.agreed,
            "with the mirror image": self.mirrored,
            "with the mirror image, restricted": self.mirrored_restricted,
        }
        found = {name: evaluation for name, evaluation in others.items() if evaluation is not None}
        return {"all predictions": self.evaluation} | found

    def document(self) -> dict[str, Any]:
        """Return the assessment, ready for JSON."""
        resamples = self.resamples
        others = {
            "restricted": self.restricted,
            "agreed": self.agreed,
            "mirrored": self.mirrored,
            "mirrored_restricted": self.mirrored_restricted,
        }
        return {
            **self._origin(),
            "left_out": dict(self.left_out),
            "absent": self.absent,
            "accuracy_lower_bound": round(self.lower_bound, DIGITS),
            **self.evaluation.document(resamples),
            "before_temperature": {
                "loss": round(self.uncalibrated.loss, DIGITS),
                "calibration_error": round(self.uncalibrated.calibration_error, DIGITS),
            },
            "reliability": [dataclasses.asdict(part) for part in self.evaluation.bins],
            **{name: found.document(resamples) for name, found in others.items() if found is not None},
            **({"groups": {found.column: found.document() for found in self.comparisons}} if self.comparisons else {}),
            "resamples": resamples,
            "images_per_second": round(self.images_per_second, 1),
            "batch": BATCH,
            "fervid": fervid.__version__,
        }

    def robustness_document(self) -> dict[str, Any]:
        """Return the robustness with its origin, ready for JSON; empty if it was not requested."""
        if self.robustness is None:
            return {}
        return {**self._origin(), **self.robustness.document(), "fervid": fervid.__version__}

    def _origin(self) -> dict[str, Any]:
        """Return the engine and the faces of the figures."""
        manifest = self.manifest
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
            "detected": self.detected,
            "undetected": self.undetected,
        }


def assess(
    engine: Engine,
    data: DataSet,
    usage: str = PRIVATE_TEST,
    *,
    leave_out: Sequence[str] = (),
    mirror: bool = False,
    robustness: bool = False,
    groups: FaceGroups | None = None,
    smallest_group: int = SMALLEST_GROUP,
    resamples: int = RESAMPLES,
    tell: Callable[[str], None] = lambda _: None,
) -> Assessment:
    """Evaluate an engine on a data set, whose classes may differ from the engine's.

    Faces with a label that the engine lacks are left out and counted. A prediction that no label can have is wrong.

    Args:
        engine: Engine to evaluate.
        data: Labelled faces of any size and colour.
        usage: One of `fervid.evaluation.USAGES`.
        leave_out: Classes of the data to leave out although the engine has them.
        mirror: Also evaluate the mean probabilities of each face and its mirror image.
        robustness: Also evaluate degraded copies of the faces (`fervid.evaluation.degradations`).
        groups: Groups of the faces to compare, from `fervid.data.read_groups`.
        smallest_group: Number of faces below which a group, or a class in it, is too small to judge.
        resamples: Number of resamples of the bootstrap for the intervals.
        tell: Called with lines of progress for people while degraded copies are evaluated.

    Raises:
        DataError: There is no face to evaluate on, or a column gives the faces no groups or too many.
        MissingPackageError: scikit-learn is not installed.
    """
    manifest, spec = engine.manifest, engine.manifest.input
    split = select_faces(data, usage).at(spec.size, spec.channels)
    if usage == ALL and data.name == manifest.data_set:
        _logger.warning("%s was trained on faces of %s, and those are evaluated too", manifest.name, data.name)
    faces = match_classes(split, data.classes, manifest.classes, leave_out)
    evaluate = partial(
        evaluate_predictions, labels=faces.labels, classes=manifest.classes, class_indices=faces.class_indices
    )
    columns = _columns(groups, faces)  # checked before the faces are classified, which may take minutes
    probabilities = engine.classify(faces.images)
    comparisons = tuple(
        compare_groups(
            column,
            of_faces,
            probabilities,
            faces.labels,
            manifest.classes,
            faces.class_indices,
            people=None if groups is None or faces.names is None else groups.people(faces.names),
            resamples=resamples,
            smallest=smallest_group,
        )
        for column, of_faces in columns.items()
    )
    agreed = mirrored = mirrored_restricted = None
    if faces.agreed is not None and faces.agreed.any():
        agreed = evaluate(probabilities[faces.agreed], labels=faces.labels[faces.agreed])
    if mirror:
        images = np.ascontiguousarray(faces.images[..., ::-1])
        means = np.asarray(np.mean([probabilities, engine.classify(images)], axis=0), np.float32)
        mirrored, mirrored_restricted = evaluate(means), _restricted(means, faces, manifest.classes)
    undetected = sum(item.reason == NO_FACE for item in data.skipped)
    missing = {PRIVATE_TEST: max(0, data.private_rows - len(split)), ALL: undetected}
    return Assessment(
        manifest=manifest,
        device=f"{engine.backend}, {engine.device}",
        data_set=data.name,
        usage=usage,
        left_out=faces.left_out,
        absent=missing.get(usage, 0),
        detected=data.detected,
        undetected=undetected,
        evaluation=evaluate(probabilities),
        uncalibrated=evaluate(apply_temperature(probabilities, 1 / manifest.temperature)),
        restricted=_restricted(probabilities, faces, manifest.classes),
        agreed=agreed,
        mirrored=mirrored,
        mirrored_restricted=mirrored_restricted,
        robustness=measure(engine, faces.images, faces.labels, tell) if robustness else None,
        comparisons=comparisons,
        resamples=resamples,
        images_per_second=images_per_second(engine, faces.images),
    )


def _columns(groups: FaceGroups | None, faces: Match) -> dict[str, NDArray[np.str_]]:
    """Return the group of each face, (N,), for each column.

    Raises:
        DataError: A column gives the faces no groups or too many.
    """
    if groups is None or faces.names is None:
        return {}
    columns = {column: groups.of(column, faces.names) for column in groups.columns}
    for column, of_faces in columns.items():
        group_names(column, of_faces)
    return columns


def _restricted(probabilities: NDArray[np.float32], faces: Match, classes: Sequence[str]) -> Evaluation | None:
    """Evaluate the most probable of the classes that a label can have; None if those are all classes, or only one."""
    if not 1 < len(faces.class_indices) < len(classes):
        return None
    # A temperature of 1 only makes each row sum to 1 again.
    among_labels = apply_temperature(probabilities[:, faces.class_indices], 1.0)
    names = [classes[index] for index in faces.class_indices]
    return evaluate_predictions(among_labels, np.searchsorted(faces.class_indices, faces.labels), names)
