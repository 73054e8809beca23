"""The average of a network's weights, which is evaluated and kept in place of the weights of the last step."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class Average:
    """An exponential average of the weights of a network in training (Polyak and Juditsky 1992), and its best state.

    Args:
        network: The network, on its device. Parts that are frozen have the same weights in the average.
        span: The approximate number of epochs over which the weights are averaged; 0 to take them as they are.

    Attributes:
        network: A network with the averaged weights, in evaluation mode.
        best: The averaged weights that `keep` kept last, by name; at first the initial ones.
    """

    def __init__(self, network: nn.Module, span: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.best: dict[str, Tensor] = {}
        self.keep()
        self._followed = network
        self._span = span
        learning = {name for name, part in network.named_modules() if part.training}
        followed = network.state_dict()
        averaged = {
            name: own
            for name, own in self.network.state_dict().items()
            # Batch norm's counter is an integer, and frozen parts are never in training mode.
            if own.is_floating_point() and name.rpartition(".")[0] in learning
        }
        self._own, self._learning = list(averaged.values()), [followed[name] for name in averaged]

    @torch.no_grad()
    def follow(self, step: int, batches: int) -> None:
        """Move the average towards the weights; at first it spans only a few steps, since early weights are poor.

        Args:
            step: The step of the run, from 0.
            batches: The number of steps in an epoch.
        """
        if not self._span:
            return
        keep = min(max(0.0, 1 - 1 / (self._span * batches)), (2 + step) / (11 + step))
        if self._own:
            get_ema_multi_avg_fn(keep)(self._own, self._learning, keep)  # type: ignore[no-untyped-call]

    def end_epoch(self) -> None:
        """Take the weights as they are, if they are not averaged."""
        if not self._span:
            self.network.load_state_dict(self._followed.state_dict())

    def keep(self) -> None:
        """Keep the present state as the best so far."""
        self.best = {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}
