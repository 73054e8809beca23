"""Fit or judge the quality of faces: python training/fit_quality.py DATA [--evaluate private_test] [--engine ENGINE].

Without ``--evaluate``, it degrades faces of public_test as `fervid evaluate --robustness` does, and some further still,
fits the share of the accuracy of the default engine that is left to measurements of the images, and writes
``fervid/crop/quality.json``. With ``--evaluate``, it prints for each degradation the accuracy measured on that split
and the one that the quality predicts, which is its mean times the accuracy on the faces as they are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fervid import data, engines
from fervid.crop import quality
from fervid.crop.quality import QualityModel, face_pattern, measure
from fervid.engines.base import Engine
from fervid.evaluation.degradations import DEGRADATIONS, Degradation

MODEL = Path(quality.__file__).with_name("quality.json")

FURTHER = {"rotation": (45, 60, 90, 135, 180), "low light": (2.5,), "low contrast": (5,), "blur": (10,)}
"""Strengths beyond those of the robustness, so that the model has seen what is hopeless."""

UNITS = 10
FACES = 1500
MEANS, WEIGHTS = 200.0, 1e-4  # in the loss: of the errors of the means, of the size of the weights
CLEAN, FURTHER_WEIGHT = 60.0, 0.3  # importance of the means of undegraded faces, and of the further strengths
PATTERN_NOISE = 0.05

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Condition:
    """A degradation in one strength; None for faces as they are."""

    degradation: Degradation | None
    strength: float

    def __str__(self) -> str:
        """Return its name and strength."""
        return "none" if self.degradation is None else f"{self.degradation.name} {self.strength:g}"

    def apply(self, images: Images) -> Images:
        """Return the images, degraded."""
        return images if self.degradation is None else self.degradation.apply(images, self.strength)

    @property
    def importance(self) -> float:
        """The weight of its mean accuracy in the fit."""
        if self.degradation is None:
            return CLEAN
        return 1.0 if self.strength in self.degradation.strengths else FURTHER_WEIGHT

    @property
    def side(self) -> float:
        """The side of the faces in pixels, as far as it is known."""
        small = self.degradation is not None and self.degradation.name == "small face"
        return self.strength if small else quality.SIDE


def conditions(*, further: bool) -> Iterator[Condition]:
    """Yield every condition, that of faces as they are first."""
    yield Condition(None, 0)
    for degradation in DEGRADATIONS:
        strengths = (*degradation.strengths, *(FURTHER.get(degradation.name, ()) if further else ()))
        yield from (Condition(degradation, strength) for strength in strengths)


def correct(engine: Engine, images: Images, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return 1 for each face that the engine classifies correctly, and 0 for the others."""
    return (engine.classify(images).argmax(1) == labels).astype(np.float64)


def fit_pattern(images: Images) -> NDArray[np.float32]:
    """Return the pattern that tells upright faces from the same ones on their side or head (Fisher 1936)."""
    upright = images[:, 0].astype(np.float32) / 255
    turned = np.concatenate([np.rot90(upright, turns, (1, 2)) for turns in (1, 2, 3)])
    yes, no = (face_pattern(faces).reshape(len(faces), -1) for faces in (upright, turned))
    spread = np.cov(yes.T) + np.cov(no.T)
    spread += np.eye(len(spread)) * np.trace(spread) / len(spread) * PATTERN_NOISE
    pattern = np.linalg.solve(spread, yes.mean(0) - no.mean(0)).reshape(quality.PATTERN_SIDE, -1)
    pattern += pattern[:, ::-1].copy()
    return np.asarray(pattern / np.linalg.norm(pattern), np.float32)


def fit(
    measured: NDArray[np.float32],
    right: NDArray[np.float64],
    importance: NDArray[np.float64],
    pattern: NDArray[np.float32],
) -> QualityModel:
    """Fit a model by maximum likelihood; the squared errors of the mean accuracies are added.

    Args:
        measured: (conditions, faces, measurements), those of faces as they are first.
        right: (conditions, faces), 1 where the engine is right.
        importance: (conditions,), the weight of each mean.
        pattern: The pattern of a face.
    """
    torch.manual_seed(0)
    mean, spread = measured.mean((0, 1)), measured.std((0, 1)) + 1e-6
    inputs = torch.from_numpy(((measured - mean) / spread).clip(-3, 3))
    targets = torch.from_numpy(right).float()
    weights = torch.from_numpy(importance / importance.mean()).float()
    accuracy = targets[0].mean()
    network = torch.nn.Sequential(torch.nn.Linear(inputs.shape[2], UNITS), torch.nn.Tanh(), torch.nn.Linear(UNITS, 1))
    optimizer = torch.optim.LBFGS(network.parameters(), max_iter=400, history_size=30, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        share = torch.sigmoid(network(inputs))[..., 0]
        likelihood = torch.nn.functional.binary_cross_entropy((accuracy * share).clamp(1e-5, 1 - 1e-5), targets)
        errors = accuracy * share.mean(1) - targets.mean(1)
        size = torch.stack([tensor.square().sum() for tensor in network.parameters()]).sum()
        total = likelihood + MEANS * (weights * errors.square()).mean() + WEIGHTS * size
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)
    hidden, hidden_bias, output, output_bias = (tensor.detach().numpy() for tensor in network.parameters())
    return QualityModel(pattern, mean, spread, hidden.T, hidden_bias, output[0], float(output_bias[0]))


def document(model: QualityModel) -> str:
    """Return a model as JSON, rounded to what matters."""
    lists = {name: getattr(model, name) for name in QualityModel.__slots__}
    rounded = {name: np.round(np.asarray(value, np.float64), 4).tolist() for name, value in lists.items()}
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in rounded.items()) + "\n}\n"


def print_table(engine: Engine, images: Images, labels: NDArray[np.int64]) -> None:
    """Print the accuracy under each condition, as measured and as the quality predicts it, in per cent."""
    clean, worst = 0.0, 0.0
    print(f"{'condition':20} measured predicted error, points")
    for condition in conditions(further=False):
        degraded = condition.apply(images)
        measured = 100 * correct(engine, degraded, labels).mean()
        clean = clean or measured
        predicted = clean * float(quality.quality(degraded, [condition.side] * len(images)).mean())
        worst = max(worst, abs(predicted - measured))
        print(f"{condition!s:20} {measured:8.1f} {predicted:9.1f} {predicted - measured:+13.1f}", flush=True)
    print(f"largest error: {worst:.1f} points")


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="FER2013")
    splits = ("public_test", "private_test")
    parser.add_argument("--evaluate", choices=splits, help="print predicted and measured accuracy instead")
    parser.add_argument("--engine", default="auto", help="the engine to judge with")
    parser.add_argument("--faces", type=int, default=FACES, help=f"faces of each condition in the fit ({FACES})")
    arguments = parser.parse_args()
    faces = data.read(arguments.data)
    torch.set_num_threads(1)
    with engines.load(arguments.engine, "cpu", precision="fp32") as engine:
        if arguments.evaluate:
            judged = getattr(faces, arguments.evaluate)
            print_table(engine, judged.images, judged.labels)
            return
        chosen = np.sort(np.random.default_rng(0).permutation(len(faces.public_test.labels))[: arguments.faces])
        images, labels = faces.public_test.images[chosen], faces.public_test.labels[chosen]
        pattern = fit_pattern(faces.training.images)
        measured, right, importance = [], [], []
        for condition in conditions(further=True):
            degraded = condition.apply(images)
            measured.append(measure(degraded, [condition.side] * len(images), pattern))
            right.append(correct(engine, degraded, labels))
            importance.append(condition.importance)
            print(condition, f"{right[-1].mean():.3f}", flush=True)
    model = fit(np.array(measured), np.array(right), np.array(importance), pattern)
    MODEL.write_text(document(model), encoding="utf-8")
    print(f"wrote {MODEL}")


if __name__ == "__main__":
    main()
