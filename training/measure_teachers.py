"""Measure the teachers of a recipe, each alone and all together, and write teachers.json.

    python training/measure_teachers.py training/compact-fer2013.toml fer2013.csv

The teachers are runs with both heads, in folders relative to the present one, as in the recipe. A prediction is the
mean of those for a face and for its mirror image, as a student learns it. All figures are accuracies, computed in
float32.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from recipe_results import HERE

from fervid import data
from fervid.data.dataset import DataSet
from fervid.engines.backends.pytorch import choose_device, full_precision
from fervid.training.preprocess import in_batches, to_floats
from fervid.training.recipe import Recipe
from fervid.training.shape import Shape
from fervid.training.teachers import Teachers

DIGITS = 4


def accuracies(names: Sequence[str], recipe: Recipe, faces: DataSet, device: torch.device) -> dict[str, float]:
    """Return the accuracy of the mean prediction of some teachers, by kind of labels and split.

    Args:
        names: The teachers.
        recipe: The recipe that learns from them.
        faces: The data, with the labels of both heads.
        device: The device on which the teachers run.
    """
    heads = Shape.of(recipe, faces).heads(recipe)
    settings = dataclasses.replace(recipe.distillation, teachers=tuple(names))
    teachers = Teachers(settings, [head.classes for head in heads], device)
    found = {}
    for head, judged in zip(heads, (faces, faces.auxiliary), strict=False):
        if judged is not None:
            for split in (judged.public_test, judged.private_test):
                parts = (to_floats(part, device) for part in in_batches(torch.from_numpy(split.images), device))
                rows = torch.cat([teachers.mirrored(part, has_bf16=False).cpu() for part in parts])
                right = float((rows[:, head.columns].argmax(1) == torch.from_numpy(split.labels)).float().mean())
                found[f"{head.labels}, {split.usage}"] = round(right, DIGITS)
    return found


def main() -> None:
    """Print the figures and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path, help="recipe of a student")
    parser.add_argument("data", type=Path, help="FER2013 with the votes of FER+")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    arguments = parser.parse_args()
    recipe = Recipe.load(arguments.recipe)
    device = choose_device(arguments.device)
    faces = data.read(arguments.data, labels=recipe.labels, auxiliary=recipe.auxiliary.labels)
    names = recipe.distillation.teachers
    with full_precision():
        figures = {Path(name).name: accuracies([name], recipe, faces, device) for name in names}
        figures["all"] = accuracies(names, recipe, faces, device)
    for name, found in figures.items():
        print(f"{name:24}", *(f"{kind} {value:.2%}" for kind, value in found.items()), sep="  ")
    (HERE / "teachers.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
