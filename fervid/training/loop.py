"""Training, from the first batch to the last; it reads from top to bottom."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Generator, Tensor, nn

from fervid import networks
from fervid.data.dataset import PUBLIC_TEST, TRAINING, DataSet, Split
from fervid.engines.pytorch import cpu_has_bf16
from fervid.errors import DataError, RecipeError
from fervid.training.augment import augment
from fervid.training.checkpoint import Checkpoint, Epoch
from fervid.training.recipe import Recipe
from fervid.training.schedule import one_cycle

_JUDGED_AT_ONCE = 512


def train(
    recipe: Recipe, data: DataSet, path: Path, *, device: torch.device, resume: bool = False
) -> Iterator[Checkpoint]:
    """Train a network by `recipe`; yields after every epoch, when its checkpoint is on disk.

    The averaged weights are judged on `public_test` after each epoch, and the best ones are kept; `private_test` is
    never touched. Chance begins anew in each epoch, from the recipe's seed and the epoch's number, so that a run that
    was interrupted and resumed gives the same weights as one that was not.

    Args:
        recipe: What to do.
        data: What to learn from and to choose by.
        path: The checkpoint's file.
        device: Where the network runs.
        resume: Go on after the last epoch of the checkpoint.

    Raises:
        DataError: A split stands in for another one, or is smaller than one batch.
        OutputError: The checkpoint cannot be written.
        EngineError: The checkpoint to go on from is missing or damaged.
        RecipeError: The checkpoint to go on from is of another recipe; or the loss is no number any more.
    """
    training, public_test = data.training.only_for(TRAINING), data.public_test.only_for(PUBLIC_TEST)
    if len(training) < recipe.batch:
        raise DataError(f"{len(training)} faces do not fill a batch of {recipe.batch}", "give more faces")
    learner = Learner(recipe, len(data.classes), training.images.shape[1], device)
    if resume:
        learner.restore(Checkpoint.load(path, recipe), path)
    for number in range(len(learner.history) + 1, recipe.epochs + 1):
        began = time.monotonic()
        rate, train_loss, train_accuracy = learner.learn(training, number)
        loss, accuracy = learner.judge(public_test)
        seconds = time.monotonic() - began
        learner.remember(Epoch(number, rate, train_loss, train_accuracy, loss, accuracy, seconds))
        checkpoint = learner.checkpoint()
        checkpoint.save(path)
        yield checkpoint


class Learner:
    """A network with everything that changes while it learns.

    Args:
        recipe: How it learns.
        classes: How many outputs it has.
        channels: Of the pictures.
        device: Where it runs.
    """

    def __init__(self, recipe: Recipe, classes: int, channels: int, device: torch.device) -> None:
        self.recipe = recipe
        self.device = device
        self.history: tuple[Epoch, ...] = ()
        torch.manual_seed(recipe.seed)
        self._network, self._average = (networks.create(recipe.network, classes, channels) for _ in range(2))
        for network in (self._network, self._average):
            network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._average.load_state_dict(self._network.state_dict())
        self._average.eval()
        self._best = _copy(self._average)
        self._optimizer = torch.optim.SGD(
            self._network.parameters(),
            lr=recipe.max_rate,
            momentum=recipe.momentum,
            nesterov=recipe.momentum > 0,
            weight_decay=recipe.weight_decay,
            fused=True,
        )

    def learn(self, training: Split, number: int) -> tuple[float, float, float]:
        """Go once through the training faces.

        Args:
            training: What to learn from.
            number: The epoch's, from 1.

        Returns:
            The last learning rate, the mean loss, and the accuracy (0 to 1), both of the augmented faces.

        Raises:
            RecipeError: The weights have run away, so that the loss is no number.
        """
        recipe, images, labels = self.recipe, torch.from_numpy(training.images), torch.from_numpy(training.labels)
        batches = len(training) // recipe.batch
        seed = recipe.seed * 100_003 + number
        torch.manual_seed(seed)  # dropout knows no generator of its own
        generator = Generator().manual_seed(seed)
        order = torch.randperm(len(training), generator=generator)
        loss_sum, right, rate = 0.0, 0, 0.0
        self._network.train()
        for batch in range(batches):  # the few faces that fill no batch are others in each epoch
            step = (number - 1) * batches + batch
            chosen = order[batch * recipe.batch : (batch + 1) * recipe.batch]
            faces = augment(images[chosen].to(self.device).float() / 255, recipe.augmentation, generator)
            wanted = labels[chosen].to(self.device)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self._has_bf16):
                logits = self._network(self._normalise(faces)).float()
            loss = F.cross_entropy(logits, wanted, label_smoothing=recipe.label_smoothing)
            rate = one_cycle(step, batches * recipe.epochs, recipe.max_rate, recipe.warm_up)
            self._step(loss, rate)
            self._follow(step, batches)
            loss_sum += loss.item()
            if not math.isfinite(loss_sum):
                raise RecipeError(
                    f"the loss of {recipe.name} is no number any more in epoch {number}", "lower max_rate in the recipe"
                )
            right += int((logits.argmax(1) == wanted).sum())
        return rate, loss_sum / batches, right / (batches * recipe.batch)

    @torch.inference_mode()
    def judge(self, split: Split) -> tuple[float, float]:
        """The loss and the accuracy (0 to 1) of the averaged weights, in float32."""
        parts = torch.split(torch.from_numpy(split.images), _JUDGED_AT_ONCE)
        logits = torch.cat([self._average(self._normalise(part.to(self.device).float() / 255)) for part in parts])
        wanted = torch.from_numpy(split.labels).to(self.device)
        accuracy = float((logits.argmax(1) == wanted).float().mean())
        return F.cross_entropy(logits, wanted).item(), accuracy

    def remember(self, epoch: Epoch) -> None:
        """Add an epoch to the history, and keep the averaged weights where they are the best so far."""
        if epoch.accuracy > max((before.accuracy for before in self.history), default=-1.0):
            self._best = _copy(self._average)
        self.history += (epoch,)

    def checkpoint(self) -> Checkpoint:
        """Everything that is needed to go on; shares memory with the learner, so save it before the next epoch."""
        state = self._optimizer.state
        momentum = {
            name: state[parameter]["momentum_buffer"]
            for name, parameter in self._network.named_parameters()
            if self.recipe.momentum
        }
        groups = {
            "network": self._network.state_dict(),
            "average": self._average.state_dict(),
            "best": self._best,
            "momentum": momentum,
        }
        return Checkpoint(self.recipe, self.history, groups)

    def restore(self, checkpoint: Checkpoint, path: Path) -> None:
        """Go back to where the run stood.

        Raises:
            EngineError: The checkpoint, which came from `path`, does not fit the network.
        """
        for group, module in (("best", self._average), ("average", self._average), ("network", self._network)):
            checkpoint.restore(group, module, path)
        self._best = dict(checkpoint.tensors["best"])
        self.history = checkpoint.history
        for name, parameter in self._network.named_parameters():
            if name in checkpoint.tensors["momentum"]:
                # The optimizer wants the parameter's own layout in memory.
                momentum = torch.empty_like(parameter).copy_(checkpoint.tensors["momentum"][name])
                self._optimizer.state[parameter]["momentum_buffer"] = momentum.detach()

    @property
    def _has_bf16(self) -> bool:
        return self.device.type == "cuda" or cpu_has_bf16()

    def _normalise(self, faces: Tensor) -> Tensor:
        return ((faces - self.recipe.mean) / self.recipe.std).contiguous(memory_format=torch.channels_last)

    def _step(self, loss: Tensor, rate: float) -> None:
        self._optimizer.param_groups[0]["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    @torch.no_grad()
    def _follow(self, step: int, batches: int) -> None:
        """Move the average towards the weights; it spans a few steps at first: the beginning is not worth keeping."""
        keep = min(max(0.0, 1 - 1 / (self.recipe.averaging * batches)), (2 + step) / (11 + step))
        followed = self._network.state_dict()
        for name, tensor in self._average.state_dict().items():
            if tensor.is_floating_point():  # a count of batches has no average
                tensor.lerp_(followed[name], 1 - keep)


def _copy(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
