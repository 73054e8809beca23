"""The reading of a picture in the manifest of a run, from which the tables of a resumed run are written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fervid.core.geometry import Box, HeadPose
from fervid.core.readings import FaceReading
from fervid.formats.photo_table import PhotoReading


def to_record(photo: PhotoReading, classes: Sequence[str]) -> dict[str, Any]:
    """Return a reading as JSON can express it, without its path; nothing is rounded.

    Args:
        photo: The reading.
        classes: The names of the classes, in the order of the engine.
    """
    return {
        "width": photo.width,
        "height": photo.height,
        "advice": photo.advice,
        "classes": list(classes),
        "faces": [
            {
                "face_id": face.face_id,
                "box": list(map(float, face.box)),
                "score": float(face.score),
                "pose": None if face.pose is None else list(map(float, face.pose)),
                "quality": None if math.isnan(face.quality) else float(face.quality),
                "certain": bool(face.certain),
                "probabilities": face.probabilities.tolist(),
                "raw": face.raw.tolist(),
            }
            for face in photo.faces
        ],
    }


def from_record(path: Path, record: Any) -> tuple[PhotoReading, tuple[str, ...]] | None:
    """Return the reading in a record and the names of its classes; None if somebody has changed the record."""
    try:
        classes = tuple(map(str, record["classes"]))
        faces = tuple(_face(face, classes) for face in record["faces"])
        return PhotoReading(path, int(record["width"]), int(record["height"]), faces, record["advice"]), classes
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _face(record: Mapping[str, Any], classes: tuple[str, ...]) -> FaceReading:
    return FaceReading(
        frame=0,
        time=0.0,
        face_id=int(record["face_id"]),
        box=Box(*map(float, record["box"])),
        score=float(record["score"]),
        classes=classes,
        probabilities=_shares(record["probabilities"], classes),
        raw=_shares(record["raw"], classes),
        pose=None if record["pose"] is None else HeadPose(*map(float, record["pose"])),
        quality=math.nan if record["quality"] is None else float(record["quality"]),
        certain=bool(record["certain"]),
    )


def _shares(values: Any, classes: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.float32]]:
    shares = np.array(values, np.float32)
    if shares.shape != (len(classes),):
        raise ValueError("the number of probabilities is not that of the classes")
    return shares
