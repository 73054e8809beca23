"""Sequences of labelled expressions, composed from still faces as a detector would crop them from a video."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from fervid import data, engines
from fervid.core.emotions import FERPLUS
from fervid.crop import quality
from fervid.data import effects
from fervid.data.faces import Faces
from fervid.data.ferplus import opinion
from fervid.engines.base import Engine
from fervid.training.augment_wear import wear
from fervid.training.recipe import Augmentation

COUNT: Final = 24
"""The number of sequences, if the command line does not name another."""

RATE: Final = 30
"""Frames a second."""

SECONDS: Final = 30
"""The length of a sequence."""

NEUTRAL_SHARE: Final = 0.5
"""The share of expressions that are followed by a neutral face."""

SHORTEST_S: Final = 0.5
STAY_S: Final = 2.0
"""An expression stays for `SHORTEST_S`, and beyond it for a time from an exponential distribution of this mean."""

ONSET_S: Final = (0.1, 0.5)
"""The bounds of the time in which an expression turns into the next one."""

JITTER: Final = {"rotation": 0.02, "scale": 0.02, "shift": 0.012, "light": 0.06, "contrast": 0.1}
"""Standard deviations: of the angle in radians, of the logarithm of the scale, of the place as a fraction of the width,
of the brightness and of the contrast as a fraction."""

SLOW_S: Final = {"rotation": 0.5, "scale": 0.2, "shift": 0.2, "light": 2.0, "contrast": 2.0}
"""The times in which these changes fade to 1/e (autoregressive noise of the first order)."""

SHIVER: Final = 0.3
"""The share of the jitter that is new in every frame."""

NOISE: Final = (0.0, 0.03)
"""The bounds of the standard deviation of the noise of the pixels, one for each sequence; 1 is from black to white."""

SPOILT_SHARE: Final = 0.3
"""The share of expressions that are spoilt for as long as they stay, in sequences that have such."""

COVER: Final = (0.2, 0.45)
DARKNESS: Final = (0.85, 0.95)
BLUR: Final = (0.03, 0.07)
"""The bounds of the covered area, of the share of the light that is missing, and of the standard deviation of the blur
as a fraction of the width."""

Floats = NDArray[np.float32]

Classify = Callable[[NDArray[np.uint8]], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """N sequences of T frames.

    Attributes:
        classes: The names of the classes.
        probabilities: (N, T, classes) float32, as the engine gives them.
        qualities: (N, T) float32, the quality of the picture in each frame.
        truth: (N, T) int64, the label of each frame; within an onset it changes at half its time.
        starts: For each sequence the frames at which an expression begins, that of the first one included.
        rate: Frames a second.
    """

    classes: tuple[str, ...]
    probabilities: Floats
    qualities: Floats
    truth: NDArray[np.int64]
    starts: tuple[tuple[int, ...], ...]
    rate: float

    def every(self, nth: int) -> Sequences:
        """Return the sequences with every nth frame alone."""
        frames = self.truth[:, ::nth].shape[1]
        starts = tuple(tuple(at for start in each if (at := -(-start // nth)) < frames) for each in self.starts)
        shown = (self.probabilities[:, ::nth], self.qualities[:, ::nth], self.truth[:, ::nth])
        return Sequences(self.classes, *shown, starts, self.rate / nth)


def compose_as_asked(description: str | None, usage: str, seed: int, *spoilt: float) -> list[Sequences]:
    """Return sequences of one split of FER2013, with the data, the number and the engine that the command line names.

    Args:
        description: The help text of the program.
        usage: The split.
        seed: The seed of the composition.
        spoilt: The shares of expressions that are spoilt. For each there are sequences, otherwise the same.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="FER2013 with the votes of FER+")
    parser.add_argument("--sequences", type=int, default=COUNT, help=f"sequences to compose ({COUNT})")
    parser.add_argument("--engine", default="auto", help="the engine that classifies the faces")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with engines.load(arguments.engine, "cpu", precision="fp32") as engine:
        faces, classify = clear_faces(arguments.data, usage), _classify_once(engine)
        return [compose(faces, classify, arguments.sequences, seed, share) for share in spoilt]


def _classify_once(engine: Engine) -> Classify:
    """Return a function that classifies crops, and remembers those it has seen."""
    known: dict[bytes, Floats] = {}

    def classify(crops: NDArray[np.uint8]) -> Floats:
        names = [crop.tobytes() for crop in crops]
        new = [place for place, name in enumerate(names) if name not in known]
        if new:
            known.update(zip((names[place] for place in new), engine.classify(crops[new]), strict=True))
        return np.stack([known[name] for name in names])

    return classify


def clear_faces(path: Path, usage: str) -> Faces:
    """Return the faces of one split of FER2013 whose label most annotators of FER+ share."""
    faces = data.read_faces(path)
    assert faces.votes is not None
    judged = opinion(faces.votes)
    names = np.array(FERPLUS)[judged.labels] == np.array(faces.classes)[faces.labels]
    return faces.take((faces.usages == usage) & judged.agreed & names)


def compose(faces: Faces, classify: Classify, count: int, seed: int, spoilt: float) -> Sequences:
    """Return `count` sequences of the faces.

    An expression is followed by a neutral face as often as `NEUTRAL_SHARE` says, and otherwise by another face of the
    data, whatever it shows: so the classes are as frequent as in the data, but for neutral.

    Args:
        faces: The faces.
        classify: Returns the probabilities of (N, 1, size, size) crops, as an engine does.
        count: The number of sequences.
        seed: The seed of the composition.
        spoilt: The share of expressions that are covered, masked, dark or blurred for as long as they stay. It changes
            nothing else.
    """
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    spoiling, spoiling_generator = np.random.default_rng([seed, 1]), torch.Generator().manual_seed(seed)
    probabilities, qualities, truths, starts = [], [], [], []
    for _ in range(count):
        chosen, blend, truth, begins = _script(faces, rng)
        images = torch.from_numpy(faces.images[chosen].astype(np.float32) / 255)
        share = torch.from_numpy(blend)[:, None, None, None]
        shown = images[:, 0].lerp(images[:, 1], share)
        if spoilt:
            shown = _spoilt(shown, begins, spoilt, spoiling, spoiling_generator)
        crops = (_filmed(shown, rng, generator) * 255).round().byte().numpy()
        probabilities.append(classify(crops))
        qualities.append(quality.quality(crops, [quality.SIDE] * len(crops)))
        truths.append(truth)
        starts.append(begins)
    return Sequences(faces.classes, np.stack(probabilities), np.stack(qualities), np.stack(truths), tuple(starts), RATE)


def _script(
    faces: Faces, rng: np.random.Generator
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64], tuple[int, ...]]:
    """Return for each frame two faces, (T, 2), the share of the second one, (T,), and the label, and all beginnings."""
    frames, neutral = RATE * SECONDS, faces.classes.index("neutral")
    chosen, starts = [int(rng.integers(len(faces)))], [0]
    while True:
        start = starts[-1] + round(RATE * (SHORTEST_S + rng.exponential(STAY_S)))
        if start >= frames:
            break
        label = faces.labels[chosen[-1]]
        others = faces.labels == neutral if label != neutral and rng.random() < NEUTRAL_SHARE else faces.labels != label
        chosen.append(int(rng.choice(np.flatnonzero(others))))
        starts.append(start)
    shown = np.searchsorted(starts, np.arange(frames), side="right") - 1
    pairs, share = np.array(chosen)[shown][:, None].repeat(2, 1), np.zeros(frames, np.float32)
    for at, start in enumerate(starts[1:], 1):
        along = (np.arange(frames) - start) / RATE / rng.uniform(*ONSET_S) + 0.5  # 0 to 1 within the onset
        during = (along > 0) & (along < 1)
        pairs[during], share[during] = chosen[at - 1 : at + 1], along[during]
    return pairs, share, faces.labels[np.array(chosen)[shown]], tuple(starts)


def _spoilt(
    images: torch.Tensor, starts: tuple[int, ...], share: float, rng: np.random.Generator, generator: torch.Generator
) -> torch.Tensor:
    """Return the images, (T, 1, size, size) from 0 to 1, of which some expressions are spoilt from begin to end."""
    images = images.clone()
    for start, end in zip(starts, (*starts[1:], len(images)), strict=True):
        if rng.random() < share:
            spoil = (_covered, _masked, _dark, _blurred)[rng.integers(4)]
            images[start:end] = spoil(images[start:end], rng, generator)
    return images


def _covered(images: torch.Tensor, rng: np.random.Generator, _generator: torch.Generator) -> torch.Tensor:
    """Cover a part of the face, as a hand does."""
    proportion = rng.uniform(0.5, 2.0)
    half = np.sqrt(rng.uniform(*COVER) * np.array([proportion, 1 / proportion])) / 2
    centre = rng.uniform(0.25, 0.75, 2)
    place, extent = (torch.from_numpy(each.astype(np.float32))[None] for each in (centre, half))
    inside = effects.rectangles(place, extent, *images.shape[-2:])
    return torch.where(inside, float(rng.uniform(0.2, 0.8)), images)


def _masked(images: torch.Tensor, _rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    """Put on a mask over mouth and nose, the same in every image."""
    state, mask = generator.get_state(), Augmentation(mask=1.0)
    on_black = wear(torch.zeros_like(images[:1]), mask, generator)
    generator.set_state(state)
    on_white = wear(torch.ones_like(images[:1]), mask, generator)
    return images * (on_white - on_black) + on_black


def _dark(images: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    return effects.darken(images, torch.full((len(images),), float(rng.uniform(*DARKNESS))), generator)


def _blurred(images: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    return effects.defocus(images, torch.full((len(images),), float(rng.uniform(*BLUR))), generator)


def _filmed(images: torch.Tensor, rng: np.random.Generator, generator: torch.Generator) -> torch.Tensor:
    """Return the images, (T, 1, size, size) from 0 to 1, with the jitter of a detector, changing light and noise."""
    frames, size = len(images), images.shape[-1]

    def jitter(name: str) -> torch.Tensor:
        slow, quick = _drift(frames, SLOW_S[name], rng), rng.standard_normal(frames).astype(np.float32)
        noise = JITTER[name] * (np.sqrt(1 - SHIVER**2) * slow + SHIVER * quick)
        return torch.from_numpy(noise.astype(np.float32))

    shift = torch.stack((jitter("shift"), jitter("shift")), 1)
    images = effects.warp(images, jitter("rotation"), jitter("scale").exp(), shift, size)
    images = effects.scale_contrast(images, jitter("contrast").exp()) + jitter("light").view(-1, 1, 1, 1)
    noise = torch.full((frames,), float(rng.uniform(*NOISE)))
    return effects.add_noise(images.clamp(0, 1), noise, generator)


def _drift(frames: int, seconds: float, rng: np.random.Generator) -> Floats:
    """Return noise of standard deviation 1 that fades to 1/e in `seconds`, (T,)."""
    keep = np.exp(-1 / RATE / seconds)
    steps = rng.standard_normal(frames) * np.sqrt(1 - keep**2)
    steps[0] = rng.standard_normal()
    for frame in range(1, frames):
        steps[frame] += keep * steps[frame - 1]
    return steps.astype(np.float32)
