"""Penalties on hidden units: few of them are active, or all of them only a little.

Shapes: B examples, T steps; "*" whatever a layer gives for an example or a step.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ...errors import UserError, listed, unknown
from ...layers.activations import is_activation
from ...layers.cells.base import Cell
from ...layers.linear.maxout import Maxout
from ...layers.recurrent import Recurrent
from ...spec import Batch, DataSpec
from .base import Penalty

NORMS: dict[str, Callable[[Tensor], Tensor]] = {"l1": Tensor.abs, "l2": Tensor.square}


class ActivationPenalty(Penalty):
    """weight * sum |h| over hidden units h, the mean over examples or, with a target for every step, over steps.

    norm: l1 makes representations sparse, where units can be silent, as rectifiers can; l2, with h^2, makes them small.
    layers: a pattern for names of layers whose outputs are meant, as in `layers.1`, of nested ones the inner; null for
    activation functions, maxout units and recurrent cells. Of a sequence all real steps count.
    Raises UserError for a negative weight, an unknown norm, a pattern that matches nothing, a network without hidden
    units, temporal clipping, and sequences as targets. Aggarwal 1.5.3.1, 3.2.7, 4.4.4, eq. 4.8.
    """

    def __init__(self, *, weight: float = 1e-3, norm: Literal["l1", "l2"] = "l1", layers: str | None = None) -> None:
        super().__init__(weight=weight)
        if norm not in NORMS:
            raise unknown("norm of an activation penalty", norm, NORMS)
        self.norm = NORMS[norm]
        self.layers = layers

    def bind(self, net: nn.Module, spec: DataSpec) -> None:
        """Find the layers whose outputs are penalized."""
        if any(isinstance(layer, Recurrent) and layer.step_clip is not None for layer in net.modules()):
            raise UserError("an activation penalty sees layers whole; temporal clipping takes them step by step")
        if spec.target == "sequence":
            raise UserError(f"an activation penalty counts the steps of the input; the data gives {spec}")
        self.net = net
        self.per_step = spec.per_step
        self.watched = hidden(net, self.layers)

    def hooks(self) -> list[RemovableHandle]:
        """Record what the layers give."""
        return [layer.register_forward_hook(self.record) for layer in self.watched]

    def record(self, layer: nn.Module, _: Any, output: Any) -> None:
        """Remember what a layer gives in training, of a recurrent one without the state; a hook."""
        if self.net.training:
            self.recorded.append(output[0] if isinstance(output, tuple) else output)

    def value(self, batch: Batch) -> Tensor:
        """Return the sum over the hidden units, in the mean over what the loss is a mean of.

        It is 0 where the layers took no part in the forward pass. Raises UserError if nothing that is learned is below
        them.
        """
        if not self.recorded:
            return torch.zeros((), device=batch.x.device)
        if torch.is_grad_enabled() and not any(h.requires_grad for h in self.recorded):
            raise UserError("activation penalty: nothing that these layers give depends on what is learned")
        sums = []
        for h in self.recorded:
            sizes = self.norm(h)
            if batch.mask is not None and h.ndim > 2 and h.shape[:2] == batch.mask.shape:  # (B, T, *)
                sizes = sizes * batch.mask.view(*batch.mask.shape, *[1] * (h.ndim - 2))
            sums.append(sizes.sum())
        total = torch.stack(sums).sum()
        self.reset()
        if not self.per_step:
            return self.weight * (total / len(batch.y))
        return self.weight * (total / (batch.y.shape[:2].numel() if batch.mask is None else batch.mask.sum()))


def hidden(net: nn.Module, pattern: str | None) -> list[nn.Module]:
    """Return the layers whose names match, or all of hidden units. Raises UserError if there are none."""
    model: nn.Module = getattr(net, "model", net)  # names are as the network itself has them
    layers = {name: layer for name, layer in model.named_modules() if name}
    if pattern is not None:
        if matching := [name for name in layers if fnmatchcase(name, pattern)]:
            innermost = (n for n in matching if not any(other.startswith(f"{n}.") for other in matching))
            return [layers[name] for name in innermost]
        raise UserError(f"activation penalty: no layer is called '{pattern}'; there are {listed(layers)}")
    found = [layer for layer in layers.values() if is_activation(layer) or isinstance(layer, Maxout | Cell)]
    if not found:
        raise UserError(f"activation penalty: {type(model).__name__} has no hidden units that it knows")
    return found
