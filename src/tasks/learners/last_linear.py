"""The last layer of a network, if it is linear."""

import torch
from torch import Tensor, nn

from ...errors import UserError
from ...layers.linear.tall import TallLinear
from ...spec import DataSpec
from ..modes import evaluation_mode


def last_linear(net: nn.Module, spec: DataSpec) -> nn.Linear:
    """Return the linear layer whose output is that of the network. Raises UserError if there is none."""
    recorded: list[tuple[nn.Linear, Tensor]] = []
    linear = [layer for layer in net.modules() if type(layer) in (nn.Linear, TallLinear)]
    hooks = [layer.register_forward_hook(lambda layer, _, output: recorded.append((layer, output))) for layer in linear]
    with evaluation_mode(net), torch.no_grad():
        batch = spec.fake_batch(2, torch.Generator().manual_seed(0))
        output = net(batch.x, batch.mask)
    for hook in hooks:
        hook.remove()
    found = [layer for layer, values in recorded if values is output]
    if not found:
        name = type(getattr(net, "model", net)).__name__
        raise UserError(f"the task needs a network whose last layer is linear; that of {name} is not")
    return found[0]
