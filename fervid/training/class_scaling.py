"""Vector scaling: a scale and a bias for each class, which the last layer takes over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import fmin_l_bfgs_b
from scipy.special import log_softmax
from torch import Tensor, nn

from fervid import networks
from fervid.data.dataset import PUBLIC_TEST, Split
from fervid.engines.backends.pytorch import full_precision
from fervid.engines.manifest import InputSpec, Manifest
from fervid.training.preprocess import in_batches, normalise, to_floats

_PRIOR: Final = 4.0
"""The weight of the prior, that scales are 1 and biases 0, in faces: a few faces hardly move them."""


def scaled(manifest: Manifest, tensors: Mapping[str, Tensor], split: Split, device: torch.device) -> dict[str, Tensor]:
    """Return the weights of a network whose logits are scaled for each class (Guo et al. 2017, arXiv:1706.04599).

    One temperature for all classes cannot mend that a network is too sure of one class and too unsure of another. A
    linear last layer takes the scales and biases over, so that classification costs the same.

    Args:
        manifest: The network, its classes and the images that it takes.
        tensors: The weights by name.
        split: ``public_test``, which has already selected the weights; the test set must not be used.
        device: The device on which the network runs.

    Raises:
        DataError: `split` is another split.
    """
    spec = manifest.input
    faces = split.only_for(PUBLIC_TEST).at(spec.size, spec.channels)
    network = networks.create(manifest.network, len(manifest.classes), spec.channels)
    network.load_state_dict(dict(tensors))
    scale, bias = (torch.from_numpy(part).float() for part in fit(_logits(network, spec, faces, device), faces.labels))
    changed = {}
    for key in networks.last_layer(network):
        rows = tensors[key]
        by = scale.to(rows).view(-1, *[1] * (rows.ndim - 1))
        changed[key] = rows * by if rows.ndim > 1 else rows * by + bias.to(rows)
    return {**tensors, **changed}


def fit(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scales and the biases, (classes,) each, that minimise the cross-entropy, with a prior on both.

    Args:
        logits: (N, classes).
        labels: (N,) indices of classes.
    """
    count, classes = logits.shape
    wanted = np.eye(classes)[labels]

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scale, bias = values.reshape(2, classes)
        rows = log_softmax(logits * scale + bias, axis=1)
        error = np.exp(rows) - wanted
        gradient = np.array(((error * logits).sum(0), error.sum(0)))
        away = np.array((scale - 1, bias))
        total = _PRIOR * float((away**2).sum()) - float((rows * wanted).sum())
        return total / count, ((gradient + 2 * _PRIOR * away) / count).ravel()

    begin = np.array((np.ones(classes), np.zeros(classes))).ravel()
    found, *_ = fmin_l_bfgs_b(loss, begin)
    scale, bias = found.reshape(2, classes)
    return scale, bias


def _logits(network: nn.Module, spec: InputSpec, split: Split, device: torch.device) -> NDArray[np.float64]:
    network.eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    with torch.inference_mode(), full_precision():
        parts = in_batches(torch.from_numpy(split.images), device)
        rows = [network(normalise(to_floats(part, device), spec.mean, spec.std)).cpu() for part in parts]
    return torch.cat(rows).double().numpy()
