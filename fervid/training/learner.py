"""A network in training, with the state that changes from step to step."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Generator, Tensor

from fervid import networks
from fervid.data.dataset import Split
from fervid.data.uploads import upload
from fervid.engines.backends.pytorch import has_bf16
from fervid.errors import DataError, RecipeError
from fervid.training import losses, optimizer, schedule
from fervid.training.augment import augment, mix
from fervid.training.average import Average
from fervid.training.checkpoint import Checkpoint, Epoch, Part
from fervid.training.copies import Copy
from fervid.training.frozen import Backbone, freeze
from fervid.training.lessons import Lessons, class_weights, order
from fervid.training.preprocess import in_batches, normalise, to_floats
from fervid.training.processes import ALONE, Processes
from fervid.training.recipe import Augmentation, Recipe
from fervid.training.seeds import seeded
from fervid.training.shape import Shape
from fervid.training.start import begin, try_sizes
from fervid.training.teachers import Teachers

_READ_EVERY: Final = 50
"""Batches whose losses are read from the device at once, because reading waits until the device has computed them."""


class Learner:
    """A network in training.

    Args:
        recipe: The recipe of the run.
        shape: The input and the outputs of the network.
        device: The device on which it trains.
        processes: The processes that train it together.
        with_teachers: False if the teachers' predictions come with the faces, so that no teacher is loaded.
        faces: The number of training faces, on which it depends whether the features of a frozen backbone are kept.

    Raises:
        EngineError: The initial weights or a teacher are missing or damaged, or do not fit.
        RecipeError: The network has no backbone to freeze or does not take images of a size in `grow`, or a teacher
            does not know the classes.
    """

    def __init__(
        self,
        recipe: Recipe,
        shape: Shape,
        device: torch.device,
        processes: Processes = ALONE,
        *,
        with_teachers: bool = True,
        faces: int = 0,
    ) -> None:
        self.recipe = recipe
        self.shape = shape
        self.device = device
        self.history: tuple[Epoch, ...] = ()
        self._part = Part()
        self._processes = processes
        self._has_bf16 = has_bf16(device)
        self._spec = (recipe.mean,), (recipe.std,)
        self._heads = shape.heads(recipe)
        self._teachers = None
        if recipe.distillation.has_teachers and with_teachers:
            self._teachers = Teachers(recipe.distillation, [head.classes for head in self._heads], device)
        torch.manual_seed(recipe.seed)
        network = networks.create(recipe.network, len(shape.outputs), shape.channels)
        if recipe.start:
            begin(network, recipe.start, recipe.network, shape.outputs)
        if recipe.frozen:
            freeze(network, recipe)
        network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._network, self._average = network, Average(network, recipe.averaging)
        self._optimizer = optimizer.create(recipe, [each for each in network.parameters() if each.requires_grad])
        try_sizes(self._average.network, recipe, shape.size, shape.channels, device)
        self._backbone = Backbone.of(network, recipe, shape, device, faces, has_bf16=self._has_bf16)
        self._shared = processes.wrap(network if self._backbone is None else self._backbone.network.top)

    def learn(
        self, training: Split, stop: Callable[[], bool], auxiliary: Split | None = None, copy: Copy | None = None
    ) -> bool:
        """Train on the remaining batches of the current epoch.

        Random numbers are seeded for each batch from the recipe's seed, the epoch and the batch, so that a resumed run
        draws the same numbers as an uninterrupted one.

        Args:
            training: The faces to learn from.
            stop: Called after each batch; returns the same in all processes.
            auxiliary: The same faces with the labels of the auxiliary head; None without one.
            copy: Augmented copies of the faces with the teachers' predictions, to learn from in place of the faces.

        Returns:
            True when the epoch is complete, False when `stop` ended it early.

        Raises:
            RecipeError: Training diverged: the loss is not a number.
        """
        recipe, number = self.recipe, len(self.history) + 1
        lessons = Lessons.of((training,) if auxiliary is None else (training, auxiliary), self._heads, copy)
        augmentation = recipe.augmentation if copy is None else recipe.augmentation.of_copies
        weights = upload(class_weights(lessons.counts), self.device) if recipe.balance == "weights" else None
        chosen = order(lessons.labels, lessons.counts, recipe.balance == "sampling", seeded(recipe.seed, number))
        batches = len(training) // recipe.batch  # the faces left over differ from epoch to epoch
        past = [epoch.loss for epoch in self.history]
        share, processes = self._processes.share(recipe.batch), self._processes
        began = time.monotonic()
        if self._backbone is not None and not self._backbone.look(lessons.images, stop):
            return False
        self._part = dataclasses.replace(self._part, seconds=self._part.seconds + time.monotonic() - began)
        self._shared.train()
        began, unread = time.monotonic(), list[Tensor]()
        while (at := self._part.batches + len(unread)) < batches:
            generator = seeded(recipe.seed, number, at + 1)
            now = chosen[at * recipe.batch : (at + 1) * recipe.batch]
            faces, wanted = self._batch(lessons, augmentation, now, generator)
            faces, wanted = upload(faces[share], self.device), upload(wanted[share], self.device)
            torch.manual_seed(torch.initial_seed() + processes.rank)  # each process drops out other units
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self._has_bf16):
                logits = self._shared(faces if self._backbone else normalise(faces, *self._spec)).float()
            step = (number - 1) * batches + at
            loss = self._loss(faces, logits, wanted, weights, lessons.complete)
            self._step(loss, schedule.rate(recipe, step, batches, past))
            self._average.follow(step, batches)
            main = self._heads[0].columns
            tally = losses.tally(
                logits.detach()[:, main],
                wanted[:, main],
                smoothing=recipe.label_smoothing,
                complete=lessons.complete[0],
            )
            unread.append(tally)
            is_last = at + 1 == batches
            is_stopped = not is_last and stop()
            if is_last or is_stopped or len(unread) == _READ_EVERY:
                self._read(unread, time.monotonic() - began)
                began, unread = time.monotonic(), []
            if is_stopped:
                return False
        return True

    def _batch(
        self, lessons: Lessons, augmentation: Augmentation, now: Tensor, generator: Generator
    ) -> tuple[Tensor, Tensor]:
        """Return the faces `now`, augmented, or their features if these are kept; and their targets."""
        if self._backbone is not None:
            return self._backbone.draw(now, generator), lessons.targets[now]
        faces = to_floats(lessons.images[now], self.device)
        faces = augment(faces, augmentation, generator, self.size(len(self.history) + 1))
        return mix(faces.expand(-1, self.shape.channels, -1, -1), lessons.targets[now], augmentation, generator)

    @torch.inference_mode()
    def validate(self, split: Split) -> None:
        """Evaluate the averaged weights in float32, end the epoch, and keep the weights if they are the best so far.

        Args:
            split: `public_test`, in the size and colour of the network.
        """
        began = time.monotonic()
        self._average.end_epoch()
        # Batch norm statistics differ slightly between processes, so all use the result of the first one.
        loss, accuracy = self._processes.from_first(lambda: self._measure(split), 2)
        part = self._part
        labelled = part.batches * self.recipe.batch - part.unlabelled
        epoch = Epoch(
            number=len(self.history) + 1,
            rate=self._optimizer.param_groups[0]["lr"],
            train_loss=part.loss / part.batches,
            train_accuracy=part.right / max(1, labelled),
            loss=loss,
            accuracy=accuracy,
            seconds=part.seconds + time.monotonic() - began,
        )
        if epoch.accuracy > max((before.accuracy for before in self.history), default=-1.0):
            self._average.keep()
        self.history += (epoch,)
        self._part = Part()

    def size(self, number: int) -> int:
        """Return the width and height of the images in epoch `number`, counted from 1."""
        grow = self.recipe.grow
        return grow[(number - 1) * len(grow) // self.recipe.epochs] if grow else self.shape.size

    def checkpoint(self) -> Checkpoint:
        """Return the state needed to resume. It shares memory with the learner: save it before training continues."""
        groups = {
            "network": self._network.state_dict(),
            "average": self._average.network.state_dict(),
            "best": self._average.best,
            "optimizer": optimizer.state(self._optimizer, self._network),
        }
        return Checkpoint(self.recipe, self.shape.outputs, self.history, self._part, groups)

    def restore(self, checkpoint: Checkpoint, path: Path) -> None:
        """Restore the state of a run.

        Raises:
            DataError: The checkpoint, read from `path`, has other classes.
            EngineError: The checkpoint does not fit the network.
        """
        if checkpoint.classes not in (self.shape.outputs, ()):
            raise DataError(
                f"'{path}' has the classes {', '.join(checkpoint.classes)}, but the data has "
                f"{', '.join(self.shape.outputs)}",
                "resume with the data of the original run",
            )
        average = self._average.network
        for group, module in (("best", average), ("average", average), ("network", self._network)):
            checkpoint.restore(group, module, path)
        self._average.best = dict(checkpoint.tensors["best"])
        self.history, self._part = checkpoint.history, checkpoint.part
        optimizer.restore(self._optimizer, self._network, checkpoint.tensors["optimizer"], path)

    def _measure(self, split: Split) -> tuple[float, float]:
        """Return the loss and the accuracy of the averaged weights of the main head."""
        images = torch.from_numpy(split.images)
        if self._backbone is None:
            parts = (to_floats(part, self.device) for part in in_batches(images, self.device))
            logits = torch.cat([self._average.network(normalise(part, *self._spec)) for part in parts])
        else:
            logits = self._backbone.logits(self._average.network, images)
        logits, wanted = logits[:, self._heads[0].columns], upload(torch.from_numpy(split.labels), self.device)
        return F.cross_entropy(logits, wanted).item(), float((logits.argmax(1) == wanted).float().mean())

    def _loss(
        self, faces: Tensor, logits: Tensor, wanted: Tensor, weights: Tensor | None, complete: Sequence[bool]
    ) -> Tensor:
        """Return the loss of a batch, over all heads; `complete` tells whether all faces have the labels of a head."""
        smoothing, distillation = self.recipe.label_smoothing, self.recipe.distillation
        taught = wanted[:, logits.shape[1] :] if wanted.shape[1] > logits.shape[1] else None
        if self._teachers is not None:
            taught = self._teachers.predictions(faces, self._has_bf16)
        total = logits.new_zeros(())
        for at, head in enumerate(self._heads):
            found, right = logits[:, head.columns], wanted[:, head.columns]
            loss = losses.cross_entropy(
                found, right, smoothing=smoothing, weights=None if at else weights, complete=complete[at]
            )
            if taught is not None:
                lesson = losses.divergence(found, taught[:, head.columns], distillation.temperature)
                loss = (1 - distillation.weight) * loss + distillation.weight * lesson
            total = total + head.weight * loss
        return total

    def _read(self, tallies: Sequence[Tensor], seconds: float) -> None:
        """Add the tallies of some batches, which took `seconds`, to the progress; this alone waits for the device.

        Raises:
            RecipeError: Training diverged.
        """
        values = iter(self._processes.sum(*torch.cat(list(tallies)).tolist()))
        for loss, right, unlabelled in zip(values, values, values, strict=True):
            took = seconds / len(tallies)
            self._part = self._part.after(loss / self._processes.size, int(right), took, int(unlabelled))
        if not math.isfinite(self._part.loss):
            problem = f"the training of {self.recipe.name} diverged in epoch {len(self.history) + 1}"
            raise RecipeError(f"{problem}: the loss is not a number", "lower the rate in the recipe")

    def _step(self, loss: Tensor, rate: float) -> None:
        self._optimizer.param_groups[0]["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
