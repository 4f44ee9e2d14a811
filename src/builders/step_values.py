"""How many numbers a network that reads counts of tokens holds for each step of a sequence."""

from typing import Any

import torch
from torch import Tensor, nn

from ..spec import DataSpec
from ..tasks.modes import evaluation_mode
from .adapters import BagOfWords, MultiHot, Network


def step_values(net: Network, spec: DataSpec) -> int:
    """Return the size of the largest input of a layer, for each step; 0 for networks that do not read counts per step.

    A window of steps is that many times as large as the counts of one step.
    """
    if not isinstance(net.adapter, MultiHot) or isinstance(net.adapter, BagOfWords):
        return 0
    largest = 0

    def record(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        nonlocal largest
        largest = max(largest, *(x.numel() for x in inputs if isinstance(x, Tensor)), 0)

    hooks = [layer.register_forward_pre_hook(record) for layer in net.model.modules()]
    batch = spec.fake_batch(1, torch.Generator().manual_seed(0))
    with evaluation_mode(net), torch.no_grad():
        net(batch.x, batch.mask)
    for hook in hooks:
        hook.remove()
    return largest // batch.x.shape[1]
