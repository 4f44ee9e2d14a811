"""Units that no example wakes.

Shapes: B examples, U units; C channels of an image H x W.
"""

import torch
from torch import Tensor, nn


@torch.no_grad()
def dead(net: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Return which units of each rectifier are 0 on all of x, (U,) by the name of the layer; its mean is the share.

    Such a unit has no gradient on these data and will not come back. Of a convolution (B, C, H, W) a unit is a channel,
    else it is an entry of the last dimension. Aggarwal 3.4.3.
    """
    found: dict[str, Tensor] = {}

    def watch(name: str) -> None:
        def keep(_: nn.Module, __: object, output: Tensor) -> None:
            last = output.movedim(1, -1) if output.ndim == 4 else output
            silent = (last == 0).flatten(0, -2).all(0)
            found[name] = found[name] & silent if name in found else silent  # a layer may be used twice

        hooks.append(layers[name].register_forward_hook(keep))

    layers = {name: layer for name, layer in net.named_modules() if isinstance(layer, nn.ReLU)}
    hooks: list[torch.utils.hooks.RemovableHandle] = []
    try:
        for name in layers:
            watch(name)
        net(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found
