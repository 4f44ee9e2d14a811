"""Sparsity of the activations of layers."""

from collections.abc import Sequence

from torch import Tensor, nn

from .probes import layer_features


def near_zero(net: nn.Module, layers: Sequence[str], x: Tensor, threshold: float = 1e-3) -> dict[str, float]:
    """Return by layer the share of activations h with |h| <= threshold, over examples x and units.

    layers: names as in `net.named_modules()`. Raises ValueError for an unknown name. Aggarwal 4.4.4.
    """
    found = layer_features(net, layers, x)
    return {name: (found[name].abs() <= threshold).double().mean().item() for name in layers}
