"""Penalties on the activations of hidden units.

Shapes: B examples, T steps; "*" the output shape of a layer for an example or a step.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ...errors import UserError, join_names, unknown
from ...layers.activations import is_activation
from ...layers.cells.base import Cell
from ...layers.linear.maxout import Maxout
from ...layers.recurrent import Recurrent
from ...spec import Batch, DataSpec
from .base import Penalty

NORMS: dict[str, Callable[[Tensor], Tensor]] = {"l1": Tensor.abs, "l2": Tensor.square}


class ActivationPenalty(Penalty):
    """weight * sum |h| over hidden units h, averaged over examples or, where every step has a target, over steps.

    norm: l1 makes activations sparse if units can be exactly 0, such as ReLU units; l2, with h^2, makes them small.
    layers: a name pattern for the layers to penalize, such as `layers.1`, where the innermost of nested layers count;
    null for all activation functions, maxout units and recurrent cells. All real steps of a sequence count.
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
            raise UserError("an activation penalty cannot be used with trainer.gradient_clip_algorithm=temporal")
        if spec.target == "sequence":
            raise UserError(f"an activation penalty does not support sequences as targets; the data gives {spec}")
        self.net = net
        self.per_step = spec.per_step
        self.penalized_layers = find_layers(net, self.layers)

    def hooks(self) -> list[RemovableHandle]:
        """Register hooks that record the outputs of the layers."""
        return [layer.register_forward_hook(self.record) for layer in self.penalized_layers]

    def record(self, layer: nn.Module, _: Any, output: Any) -> None:
        """Record the output of a layer in training, without the state of a recurrent layer; a forward hook."""
        if self.net.training:
            self.recorded.append(output[0] if isinstance(output, tuple) else output)

    def value(self, batch: Batch) -> Tensor:
        """Return the weighted sum over the hidden units, averaged like the loss.

        It is 0 if the layers were not part of the forward pass. Raises UserError if their outputs do not depend on
        trainable parameters.
        """
        if not self.recorded:
            return torch.zeros((), device=batch.x.device)
        if torch.is_grad_enabled() and not any(h.requires_grad for h in self.recorded):
            raise UserError("activation penalty: the outputs of these layers do not depend on trainable parameters")
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


def find_layers(net: nn.Module, pattern: str | None) -> list[nn.Module]:
    """Return the layers whose names match, or all layers of hidden units. Raises UserError if there are none."""
    model: nn.Module = getattr(net, "model", net)  # names are those of the network without adapters
    layers = {name: layer for name, layer in model.named_modules() if name}
    if pattern is not None:
        if matching := [name for name in layers if fnmatchcase(name, pattern)]:
            innermost = (n for n in matching if not any(other.startswith(f"{n}.") for other in matching))
            return [layers[name] for name in innermost]
        raise UserError(f"activation penalty: no layer matches '{pattern}'; the layers are {join_names(layers)}")
    found = [layer for layer in layers.values() if is_activation(layer) or isinstance(layer, Maxout | Cell)]
    if not found:
        raise UserError(
            f"activation penalty: {type(model).__name__} has no activation functions, maxout units or recurrent cells"
        )
    return found
