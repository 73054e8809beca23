"""A network with all that lies between a crop and a probability, as one module: what every backend compiles."""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fervid.engines.manifest import Manifest


class EndToEnd(nn.Module):
    """Takes (N, channels, size, size) uint8, 0 to 255; returns (N, classes) float32 probabilities.

    Args:
        manifest: What goes in and what comes out.
        network: Takes (N, channels, size, size) normalised floats, returns (N, classes) logits. It is this module's
            from here on, which changes its type.
        dtype: What the network computes in; everything around it is float32.
    """

    _gain: Tensor
    _offset: Tensor

    def __init__(self, manifest: Manifest, network: nn.Module, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.network = folded(network.eval()).to(dtype)
        self._dtype = dtype
        self._temperature = manifest.temperature
        # One multiplication and one addition do the same as dividing by 255, subtracting and dividing.
        spec = manifest.input
        mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (spec.mean, spec.std))
        self.register_buffer("_gain", 1 / (255 * std))
        self.register_buffer("_offset", -mean / std)

    def forward(self, crops: Tensor) -> Tensor:
        """(N, channels, size, size) uint8 to (N, classes) float32, each row summing to 1."""
        values = torch.addcmul(self._offset, crops.float(), self._gain)
        logits: Tensor = self.network(values.to(self._dtype))
        return torch.softmax(logits.float() / self._temperature, dim=1)


def folded(network: nn.Module) -> nn.Module:
    """`network` with each batch normalisation that follows a convolution made part of it.

    In evaluation mode both are linear, so nothing changes but rounding (Jacob et al. 2018, arXiv:1712.05877, section
    3.2).

    Args:
        network: In evaluation mode, in float32.

    Returns:
        A module that shares the other weights with `network`, which stays as it was.
    """
    traced = fx.symbolic_trace(network)
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
