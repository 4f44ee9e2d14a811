"""Losses on hidden units: few of them are active, or all of them only a little.

Shapes: B examples, T steps; "*" whatever a layer gives for an example or a step.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..errors import UserError, listed, unknown
from ..layers.activations import is_activation
from ..layers.cells.base import Cell
from ..layers.maxout import Maxout
from ..spec import Batch
from .base import Parts
from .usual import Usual

NORMS: dict[str, Callable[[Tensor], Tensor]] = {"l1": Tensor.abs, "l2": Tensor.square}


class ActivationPenalty(Usual):
    """Learn by L + penalty * sum |h| over hidden units h, for each example or step; L is the usual loss.

    norm: l1 makes representations sparse, where units can be silent, as rectifiers can; l2, with h^2, makes them small.
    layers: a pattern for names of layers whose outputs are meant, as in `layers.1`, of nested ones the inner; null for
    activation functions, maxout units and recurrent cells. Of a sequence all real steps count. Figures called `loss`
    are of L alone.
    Raises UserError for a negative penalty, an unknown norm, a pattern that matches nothing, a network without hidden
    units, and temporal clipping. Aggarwal 1.5.3.1, 3.2.7, 4.4.4, eq. 4.8.
    """

    def __init__(
        self, *, parts: Parts, penalty: float = 1e-3, norm: Literal["l1", "l2"] = "l1", layers: str | None = None
    ) -> None:
        if not 0 <= penalty < float("inf"):
            raise UserError(f"task.penalty is {penalty}; it must be at least 0 and finite")
        if norm not in NORMS:
            raise unknown("task.norm", norm, NORMS)
        if parts.clip_algorithm == "temporal" and parts.clip_value is not None:
            raise UserError("task 'activation_penalty' sees layers whole; temporal clipping takes them step by step")
        super().__init__(parts=parts)
        self.penalty = penalty
        self.norm = NORMS[norm]
        self.watched = hidden(parts.net, layers)
        self.hooks: list[torch.utils.hooks.RemovableHandle] = []
        self.seen: list[Tensor] = []

    def setup(self, stage: str) -> None:
        """Watch the layers while the network is trained."""
        if stage == "fit":
            self.hooks = [layer.register_forward_hook(self.see) for layer in self.watched]

    def teardown(self, stage: str) -> None:
        """Leave the network as it was."""
        for hook in self.hooks:
            hook.remove()
        self.seen.clear()
        super().teardown(stage)

    def see(self, layer: nn.Module, _: Any, output: Any) -> None:
        """Remember what a layer gives in training, of a recurrent one without the state; a hook."""
        if self.net.training:
            self.seen.append(output[0] if isinstance(output, tuple) else output)

    def criterion(self, batch: Batch) -> Tensor:
        """Return loss and penalty together."""
        return self.penalized(batch)[0]

    def gradient(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Put the gradient of loss and penalty into the parameters; return the loss alone and outputs, detached."""
        total, loss, output = self.penalized(batch)
        total.backward()
        return loss.detach(), output.detach()

    def penalized(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return loss and penalty together, the loss alone, and outputs."""
        self.seen.clear()
        loss, output = self.objective(batch)
        total = loss + self.penalty * self.size(batch)
        self.seen.clear()
        return total, loss, output

    def size(self, batch: Batch) -> Tensor:
        """Return the sum over the hidden units seen, in the mean over what the loss is a mean of.

        Raises UserError if nothing that is learned is below them.
        """
        if torch.is_grad_enabled() and not any(h.requires_grad for h in self.seen):
            raise UserError("task 'activation_penalty': nothing that these layers give depends on what is learned")
        sums = []
        for h in self.seen:
            sizes = self.norm(h)
            if batch.mask is not None and h.ndim > 2 and h.shape[:2] == batch.mask.shape:  # (B, T, *)
                sizes = sizes * batch.mask.view(*batch.mask.shape, *[1] * (h.ndim - 2))
            sums.append(sizes.sum())
        total = torch.stack(sums).sum()
        if not self.spec.per_step:
            return total / len(batch.y)
        return total / (batch.y.shape[:2].numel() if batch.mask is None else batch.mask.sum())


def hidden(net: nn.Module, pattern: str | None) -> list[nn.Module]:
    """Return the layers whose names match, or all of hidden units. Raises UserError if there are none."""
    model: nn.Module = getattr(net, "model", net)  # names are as the network itself has them
    layers = {name: layer for name, layer in model.named_modules() if name}
    if pattern is not None:
        if matching := [name for name in layers if fnmatchcase(name, pattern)]:
            innermost = (n for n in matching if not any(other.startswith(f"{n}.") for other in matching))
            return [layers[name] for name in innermost]
        raise UserError(f"task.layers: no layer is called '{pattern}'; there are {listed(layers)}")
    found = [layer for layer in layers.values() if is_activation(layer) or isinstance(layer, Maxout | Cell)]
    if not found:
        raise UserError(f"task 'activation_penalty': {type(model).__name__} has no hidden units that it knows")
    return found
