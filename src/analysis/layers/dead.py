"""Dead ReLU units.

Shapes: B examples, U units; C channels of an image H x W.
"""

import torch
from torch import Tensor, nn


@torch.no_grad()
def dead_units(net: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return by layer name which units of each ReLU are 0 for all examples of x, (U,).

    Such a unit has no gradient on these data, so it stays dead. In a convolution (B, C, H, W) a unit is a channel,
    otherwise an entry of the last dimension. Aggarwal 3.4.3.
    """
    found: dict[str, Tensor] = {}

    def register(name: str) -> None:
        def record(_: nn.Module, __: object, output: Tensor) -> None:
            last = output.movedim(1, -1) if output.ndim == 4 else output
            dead = (last == 0).flatten(0, -2).all(0)
            found[name] = found[name] & dead if name in found else dead  # a layer may be used twice

        hooks.append(layers[name].register_forward_hook(record))

    layers = {name: layer for name, layer in net.named_modules() if isinstance(layer, nn.ReLU)}
    hooks: list[torch.utils.hooks.RemovableHandle] = []
    try:
        for name in layers:
            register(name)
        net(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found
