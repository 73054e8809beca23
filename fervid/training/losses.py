"""The losses that training minimises: the distance of a network from labels and from teachers."""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from fervid.data.dataset import Split

SMALLEST: Final = 1e-6
"""Avoids a division by zero for faces without a label, which then count for nothing."""


def targets(split: Split, classes: int) -> Tensor:
    """Return (N, classes) float, the probabilities that each face is to get; a row of zeros where it has no label."""
    if split.targets is None:
        rows = F.one_hot(torch.from_numpy(split.labels), classes).float()
    else:
        rows = torch.from_numpy(split.targets)
    return rows if split.known is None else rows * torch.from_numpy(split.known)[:, None]


def cross_entropy(
    logits: Tensor, wanted: Tensor, *, smoothing: float = 0.0, weights: Tensor | None = None, complete: bool = True
) -> Tensor:
    """Return the mean cross-entropy of a batch.

    Args:
        logits: (N, classes) float.
        wanted: (N, classes) float rows that sum to 1, or to less for a face that has no label or is blended with one.
        smoothing: The probability that is spread over all classes.
        weights: (classes,) float, the weight of a face of each class; None for equal weights.
        complete: True if every row sums to 1.
    """
    if weights is None and complete:
        return F.cross_entropy(logits, wanted, label_smoothing=smoothing)
    mass = wanted.sum(1)
    rows = wanted if complete else wanted / mass.clamp(min=SMALLEST)[:, None]
    # Weight faces rather than classes: class weights would also scale what label smoothing gives rare classes.
    each = F.cross_entropy(logits, rows, reduction="none", label_smoothing=smoothing)
    # Dividing by the number of faces, labelled or not, keeps a batch's share in each process independent of the others.
    return ((mass if weights is None else wanted @ weights) * each).mean()


def tally(logits: Tensor, wanted: Tensor, *, smoothing: float, complete: bool) -> Tensor:
    """Return what is reported about a batch, as (3,) float64 on the device, which need not be waited for.

    Args:
        logits: (N, classes) float.
        wanted: (N, classes) float rows that sum to 1, or to less as for `cross_entropy`.
        smoothing: The probability that is spread over all classes.
        complete: True if every row sums to 1.

    Returns:
        The mean loss of the faces that have a label, the number of faces classified correctly, and the number of faces
        without a label.
    """
    right = logits.argmax(1) == wanted.argmax(1)
    loss = cross_entropy(logits, wanted, smoothing=smoothing, complete=complete).double()
    unlabelled = right.new_zeros((), dtype=torch.int64)
    if not complete:
        labelled = wanted.sum(1) > 0
        loss = loss / wanted.sum(1).mean().double().clamp(min=SMALLEST)
        right, unlabelled = right & labelled, (~labelled).sum()
    return torch.stack((loss, right.sum().double(), unlabelled.double()))


def divergence(logits: Tensor, wanted: Tensor, temperature: float) -> Tensor:
    """Return the distillation loss (Hinton et al. 2015, arXiv:1503.02531).

    Args:
        logits: (N, classes) float, the student's.
        wanted: (N, classes) float, the teachers' probabilities at the temperature.
        temperature: The divisor of the logits.

    Returns:
        The mean Kullback-Leibler divergence at the temperature, times its square, which makes the size of the gradients
        independent of the temperature.
    """
    return F.kl_div(F.log_softmax(logits / temperature, 1), wanted, reduction="batchmean") * temperature**2
