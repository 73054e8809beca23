"""Quality of the picture of a face: the share of the engine's accuracy on good pictures that it leaves.

A small network of one hidden layer takes a few measurements of the crop: its size in the frame, sharpness, light and
contrast, noise, blocks of compression, areas without detail, and likeness to a face that is upright and whole.
``python training/fit_quality.py DATA`` fits its weights on degraded faces; docs/evaluation.md states how well it
predicts the accuracy on others.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE: Final = 48
"""The side of the images that are measured, in pixels: that of FER2013."""

PATTERN_SIDE: Final = 12
"""The side of the pattern of a face, in cells of 4 x 4 pixels."""

_SHIFTS: Final = 2  # cells by which a face may lie beside the pattern
_LIGHTING: Final = (5, 5)  # cells over which the lighting of a face is about even
_BLACK, _WHITE, _EQUAL = 3 / 255, 252 / 255, 0.5 / 255
_BLOCK: Final = 8
_TINY: Final = 1e-3
_OUTERMOST: Final = 3.0

# A face on its head is found too, with key points as if it were upright, but seldom at a score of 0.85; an upright one
# that can be classified rarely scores less.
_DOUBTFUL_SCORE, _CLEAR_SCORE = 0.6, 0.85

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class QualityModel:
    """A fitted model. Measurements are those of `measure`.

    Attributes:
        pattern: (12, 12) float32, the pattern that tells an upright, whole face from others.
        mean: (measurements,) the mean of each measurement in the fit.
        spread: (measurements,) its standard deviation there.
        hidden: (measurements, units) the weights of the hidden layer.
        hidden_bias: (units,) its biases.
        output: (units,) the weights of the output.
        output_bias: The bias of the output.
    """

    pattern: Floats
    mean: Floats
    spread: Floats
    hidden: Floats
    hidden_bias: Floats
    output: Floats
    output_bias: float

    def apply(self, measured: Floats) -> Floats:
        """Return the quality, 0 to 1, for (N, measurements)."""
        scaled = np.clip((measured - self.mean) / self.spread, -_OUTERMOST, _OUTERMOST)
        units = np.tanh(scaled @ self.hidden + self.hidden_bias)
        return np.asarray(1 / (1 + np.exp(-(units @ self.output + self.output_bias))), np.float32)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> QualityModel:
        """Return the model that `quality.json` describes."""
        arrays = {name: np.array(value, np.float32) for name, value in document.items() if name != "output_bias"}
        return cls(**arrays, output_bias=document["output_bias"])


def quality(crops: NDArray[np.uint8], sides: Sequence[float]) -> Floats:
    """Return the quality of each crop, (N,) float32 from 0 to 1.

    Args:
        crops: (N, channels, size, size) uint8, as the engine takes them.
        sides: The side of each crop in the picture that it was cut from, in pixels.
    """
    if not len(crops):
        return np.zeros(0, np.float32)
    model = _shipped()
    return model.apply(measure(crops, sides, model.pattern))


def certainty(confidence: float, quality: float, score: float) -> float:
    """Return how far to trust a reading, 0 to 1: its confidence times its quality, less where the face is doubtful.

    Args:
        confidence: The largest smoothed probability.
        quality: The quality of the picture of the face.
        score: The confidence of the detector that this is a face.
    """
    clear = (score - _DOUBTFUL_SCORE) / (_CLEAR_SCORE - _DOUBTFUL_SCORE)
    return confidence * quality * min(max(clear, 0.0), 1.0)


def measure(crops: NDArray[np.uint8], sides: Sequence[float], pattern: Floats) -> Floats:
    """Return the measurements of each crop, (N, measurements).

    Args:
        crops: (N, channels, size, size) uint8.
        sides: The side of each crop in the picture that it was cut from, in pixels.
        pattern: As `QualityModel.pattern`.
    """
    images = _grey(crops)
    halves = _halved(images)
    fine, middle, coarse = _steps(images), _steps(halves), _steps(_halved(halves))
    contrast = images.std((1, 2))
    log_contrast = np.log(contrast + _TINY)
    # Blur weakens the strongest edges of an image against those of the same image at half its size.
    sharpness = np.array([_strong(one) - _strong(other) for one, other in zip(fine, middle, strict=True)])
    softness = np.array([_strong(one) - _strong(other) for one, other in zip(middle[:2], coarse[:2], strict=True)])
    # Noise leaves no pair of neighbours alike.
    weakest = _quantile(np.concatenate([_flat(fine[0]), _flat(fine[1])], axis=1), 0.3)
    small = face_pattern(images)
    likeness = _likeness(small, pattern)
    return np.stack(
        [
            np.log2(np.clip(np.asarray(sides, np.float32) / SIDE, 1 / 16, 1)),
            log_contrast,
            images.mean((1, 2)),
            np.sqrt((images < _BLACK).mean((1, 2))),
            np.sqrt((images > _WHITE).mean((1, 2))),
            np.sqrt(_blank(images, fine)),
            *(np.log(level[0].mean((1, 2)) + level[1].mean((1, 2)) + _TINY) - log_contrast for level in (fine, middle)),
            np.log(coarse[0].mean((1, 2)) + coarse[1].mean((1, 2)) + _TINY) - log_contrast,
            sharpness[:2].mean(0),
            sharpness.min(0),
            softness.mean(0),
            np.log(weakest + _TINY) - log_contrast,
            np.log(_blockiness(fine[0].mean(1)) + _blockiness(fine[1].mean(2)) + _TINY),
            (small * small[:, :, ::-1]).mean((1, 2)),
            likeness[:, likeness.shape[1] // 2],
            likeness.max(1),
        ],
        axis=1,
    ).astype(np.float32)


def face_pattern(images: Floats) -> Floats:
    """Return (N, 48, 48) images, from 0 to 1, in cells, without their lighting and in units of their contrast."""
    cells = _halved(_halved(images))
    lighting = [cv2.blur(image, _LIGHTING, borderType=cv2.BORDER_REPLICATE) for image in cells]
    away = cells - np.stack(lighting)
    away = away - away.mean((1, 2), keepdims=True)
    return np.asarray(away / (away.std((1, 2), keepdims=True) + _TINY), np.float32)


def _likeness(patterns: Floats, pattern: Floats) -> Floats:
    """Return the likeness of (N, 12, 12) patterns to one at each shift, (N, shifts); the middle one is for no shift."""
    padded, shifts = np.pad(pattern, _SHIFTS), range(2 * _SHIFTS + 1)
    shifted = [padded[y : y + PATTERN_SIDE, x : x + PATTERN_SIDE].ravel() for y in shifts for x in shifts]
    return np.asarray(_flat(patterns) @ np.stack(shifted).T / PATTERN_SIDE, np.float32)


def _grey(crops: NDArray[np.uint8]) -> Floats:
    """Return crops of any size and colour as (N, 48, 48) grey images, from 0 to 1."""
    images = crops[:, 0] if crops.shape[1] == 1 else np.stack([_grey_of(crop) for crop in crops])
    if images.shape[1:] != (SIDE, SIDE):
        images = np.stack([cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in images])
    return images.astype(np.float32) / np.float32(255)


def _grey_of(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(crop.transpose(1, 2, 0)), cv2.COLOR_RGB2GRAY), np.uint8)


def _halved(images: Floats) -> Floats:
    rows = images[:, ::2] + images[:, 1::2]
    return np.asarray((rows[:, :, ::2] + rows[:, :, 1::2]) / np.float32(4), np.float32)


def _steps(images: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the differences of neighbours: across, down, and along both diagonals."""
    return (
        np.abs(images[:, :, 1:] - images[:, :, :-1]),
        np.abs(images[:, 1:] - images[:, :-1]),
        np.abs(images[:, 1:, 1:] - images[:, :-1, :-1]),
        np.abs(images[:, 1:, :-1] - images[:, :-1, 1:]),
    )


def _strong(steps: Floats) -> Floats:
    """Return the logarithm of a strong difference: nine of ten are smaller."""
    return np.asarray(np.log(_quantile(_flat(steps), 0.9) + _TINY), np.float32)


def _blank(images: Floats, fine: tuple[Floats, ...]) -> Floats:
    """Return the share of pixels that equal their neighbours and are neither black nor white."""
    middle = images[:, 1:, 1:]
    equal = fine[0][:, 1:] + fine[1][:, :, 1:] < _EQUAL
    return np.asarray((equal & (middle > _BLACK) & (middle < _WHITE)).mean((1, 2)), np.float32)


def _blockiness(lines: Floats) -> Floats:
    """Return how far the differences at one of eight places stand out, which is where the blocks of JPEG meet."""
    whole = lines[:, : lines.shape[1] // _BLOCK * _BLOCK].reshape(len(lines), -1, _BLOCK).mean(1)
    return np.asarray(whole.max(1) / (whole.mean(1) + _TINY), np.float32)


def _flat(images: Floats) -> Floats:
    return images.reshape(len(images), -1)


def _quantile(values: Floats, share: float) -> Floats:
    place = int(values.shape[1] * share)
    return np.asarray(np.partition(values, place, axis=1)[:, place], np.float32)


@lru_cache(maxsize=1)
def _shipped() -> QualityModel:
    text = files("fervid.crop").joinpath("quality.json").read_text("utf-8")
    return QualityModel.from_document(json.loads(text))
