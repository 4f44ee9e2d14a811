"""How sparse the representations of layers are."""

from collections.abc import Sequence

from torch import Tensor, nn

from .probes import features


def near_zero(net: nn.Module, layers: Sequence[str], x: Tensor, most: float = 1e-3) -> dict[str, float]:
    """Return by layer the share of activations h with |h| <= most, over examples x and units.

    layers: names as in `net.named_modules()`. Raises ValueError for a name that is none. Aggarwal 4.4.4.
    """
    found = features(net, layers, x)
    return {name: (found[name].abs() <= most).double().mean().item() for name in layers}
