"""A network with its preprocessing and its softmax as one module, which every backend compiles."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from typing_extensions import override

from fervid.engines.manifest import Manifest

_tracing = threading.Lock()
"""Held while a network is traced: of two tracers at once, one would undo what the other one changes in torch."""


class EndToEnd(nn.Module):
    """A network that takes crops as bytes and returns probabilities.

    Args:
        manifest: Manifest of the trained engine.
        network: Network that maps (N, channels, size, size) normalised floats to (N, classes) logits. This module takes
            it over and changes its dtype.
        dtype: Type that the network computes in; preprocessing and softmax use float32.
    """

    _gain: Tensor
    _offset: Tensor

    def __init__(self, manifest: Manifest, network: nn.Module, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.network = fold_batch_norm(network.eval()).to(dtype)
        self._dtype = dtype
        self._temperature = manifest.temperature
        # One multiplication and one addition replace the division by 255, the subtraction of the mean and the division.
        spec = manifest.input
        mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (spec.mean, spec.std))
        self.register_buffer("_gain", 1 / (255 * std))
        self.register_buffer("_offset", -mean / std)

    def forward(self, crops: Tensor) -> Tensor:
        """Map (N, channels, size, size) uint8, 0 to 255, to (N, classes) float32 probabilities; each row sums to 1."""
        values = torch.addcmul(self._offset, crops.float(), self._gain)
        logits: Tensor = self.network(values.to(self._dtype))
        return torch.softmax(logits.float() / self._temperature, dim=1)


class _Tracer(fx.Tracer):
    """A tracer that looks into no module without others inside, because it may depend on the size of the images.

    While it traces, torch sends the calls of all modules of the process to it. Those of other threads, whose engines
    classify meanwhile, go on to their module.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    @override
    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    @override
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return not any(m.children()) or super().is_leaf_module(m, module_qualified_name)


def fold_batch_norm(network: nn.Module) -> nn.Module:
    """Fold each batch norm that follows a convolution into that convolution.

    Both are linear in evaluation mode, so only rounding changes (Jacob et al. 2018, arXiv:1712.05877, section 3.2).

    Args:
        network: Network in evaluation mode, in float32.

    Returns:
        A module that shares its other weights with `network`, which is left unchanged.
    """
    with _tracing:
        traced = fx.GraphModule(network, _Tracer().trace(network))
    modules = dict(traced.named_modules())
    for node in list(traced.graph.nodes):
        before = node.args[0] if node.args else None
        if node.op != "call_module" or not isinstance(before, fx.Node) or before.op != "call_module":
            continue
        norm, convolution = modules[str(node.target)], modules[str(before.target)]
        if isinstance(norm, nn.BatchNorm2d) and isinstance(convolution, nn.Conv2d) and len(before.users) == 1:
            traced.set_submodule(str(before.target), fuse_conv_bn_eval(convolution, norm))
            node.replace_all_uses_with(before)
            traced.graph.erase_node(node)
    traced.delete_all_unused_submodules()
    traced.recompile()
    return traced
