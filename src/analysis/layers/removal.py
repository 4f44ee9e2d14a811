"""Networks without some of their layers, after training.

Shapes: B images, C maps of H x W pixels.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import unknown
from ...layers.conv.residual import Block


@contextmanager
def removed(net: nn.Module, layers: Sequence[str]) -> Iterator[None]:
    """Leave out layers of a network in the forward passes inside the context.

    Of a residual block only the branch is left out, so that its shortcut remains; any other layer returns its input.
    Residual networks lose little accuracy without a block, networks without shortcuts lose almost all (Aggarwal 8.4.5;
    Veit et al. 2016). layers: names as in `net.named_modules()`. Raises UserError with the nearest name for an unknown
    layer, and ValueError for one whose output has another shape than its input.
    """
    known = {name: layer for name, layer in net.named_modules() if name}
    for name in layers:
        if name not in known:
            raise unknown("layer", name, known)
    with ExitStack() as stack:
        for name in layers:
            layer = known[name]
            if isinstance(layer, Block) and layer.is_sum:
                stack.enter_context(layer.branch.register_forward_hook(zeros))
            else:
                stack.enter_context(layer.register_forward_hook(passed_on(name)))
        yield


@torch.no_grad()
def removable_layers(net: nn.Module, x: Tensor) -> list[str]:
    """Return the names of the blocks, in a network without blocks the convolutions, that keep the shape of their input.

    Call `net.eval()` first. x: inputs of the network.
    """
    blocks = [name for name, layer in net.named_modules() if isinstance(layer, Block)]
    names = blocks or [name for name, layer in net.named_modules() if isinstance(layer, nn.Conv2d)]
    found = []
    with ExitStack() as stack:
        for name in names:

            def note(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor, name: str = name) -> None:
                if inputs[0].shape == output.shape:
                    found.append(name)

            stack.enter_context(net.get_submodule(name).register_forward_hook(note))
        net(x)
    return found


def used_layers(net: nn.Module, layers: Sequence[str], forward: Callable[[], Any]) -> set[str]:
    """Return the names of those layers of a network that a forward pass computes."""
    used = set()
    with ExitStack() as stack:
        for name in layers:

            def note(_: nn.Module, __: Any, ___: Any, name: str = name) -> None:
                used.add(name)

            stack.enter_context(net.get_submodule(name).register_forward_hook(note))
        forward()
    return used


def zeros(_: nn.Module, __: Any, output: Tensor) -> Tensor:
    """Return zeros in place of an output."""
    return torch.zeros_like(output)


def passed_on(name: str) -> Any:
    """Return a hook that returns the input of a layer in place of its output."""

    def replace(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        if inputs[0].shape != output.shape:
            shapes = f"{tuple(inputs[0].shape[1:])} to {tuple(output.shape[1:])}"
            raise ValueError(f"layer {name} maps {shapes}; only a layer that keeps the shape can be left out")
        return inputs[0]

    return replace
