"""JSON: the table of still pictures, and the fields of a face in every JSON document that fervid writes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from fervid.core.geometry import HeadPose
from fervid.core.readings import FaceReading
from fervid.formats.photo_table import DIGITS, PhotoReading, round_probabilities
from fervid.formats.rows import pose_texts


def table(photos: Sequence[PhotoReading], classes: tuple[str, ...]) -> str:
    """Return a JSON object with the names of the classes and the list of pictures, each with its faces."""
    document = {"classes": classes, "pictures": [_picture(photo) for photo in photos]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def face_fields(face: FaceReading) -> dict[str, Any]:
    """Return the fields of a face. Its probabilities, called ``strengths``, sum to exactly 1 as printed."""
    probabilities = round_probabilities(face.probabilities.tolist(), DIGITS)
    return {
        "face": face.face_id,
        "box": {name: round(value, 1) for name, value in face.box._asdict().items()},
        "score": round(face.score, 4),
        **dict(zip(HeadPose._fields, _angles(face), strict=True)),
        "quality": None if math.isnan(face.quality) else round(face.quality, 4),
        "emotion": face.emotion,
        "confidence": max(probabilities),
        "strengths": dict(zip(face.classes, probabilities, strict=True)),
    }


def _angles(face: FaceReading) -> list[float | None]:
    """Return yaw, pitch and roll as printed; None for each that is unknown."""
    return [float(text) if text else None for text in pose_texts(face)]


def _picture(photo: PhotoReading) -> dict[str, Any]:
    faces = [face_fields(face) for face in photo.faces]
    return {"file": photo.name, "width": photo.width, "height": photo.height, "faces": faces}
