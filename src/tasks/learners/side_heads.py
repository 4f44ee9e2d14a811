"""Training of networks with side heads.

Shapes: B images, O outputs.
"""

from collections.abc import Mapping
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor

from ...errors import UserError
from ...spec import Batch
from ..base import Task
from ..components import Components
from ..metrics.base import Mode
from ..step import Step


@runtime_checkable
class NetworkWithSideHeads(Protocol):
    """A network that also gives outputs from layers in its middle."""

    def with_side_outputs(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the raw outputs (B, O), and those of each side head (B, O)."""


class SideHeads(Task):
    """Minimize the loss of the outputs plus `weight` times the sum of the losses of the side heads.

    In validation and test, and in predictions, there are no side heads. The note side_loss of training is the sum of
    their losses. Raises UserError for a weight that is not positive, and for a network without side heads.
    Szegedy et al. 2015, section 5.
    """

    ignores: ClassVar[frozenset[str]] = frozenset({"trainer.compile"})

    def __init__(self, *, components: Components, weight: float = 0.3) -> None:
        if not 0 < weight < float("inf"):
            raise UserError(f"task.weight is {weight}; it must be above 0 and finite")
        if not isinstance(components.net.model, NetworkWithSideHeads):
            name = type(components.net.model).__name__
            raise UserError(f"task 'side_heads' needs side heads, as model=googlenet_side_heads has; {name} has none")
        super().__init__(components=components)
        self.weight = weight

    @property
    def training_notes(self) -> dict[str, Mode | None]:
        """The notes of a training step, with the sum of the losses of the side heads."""
        return {**super().training_notes, "side_loss": "min"}

    @property
    def loss_parts(self) -> dict[str, float]:
        """The loss, the weighted losses of the side heads, and the penalties."""
        penalties: Mapping[str, float] = super().loss_parts
        return {"loss": 1.0, "side_loss": self.weight, **penalties}

    def unpenalized_loss(self, batch: Batch) -> tuple[Tensor, Step]:
        """Return the weighted sum of all losses, and the step."""
        x: Tensor = self.net.adapter(batch.x, batch.mask)  # type: ignore[operator]
        output, sides = self.net.model.with_side_outputs(x)  # type: ignore[operator, union-attr]
        step = self.head.step(output, batch)
        side_loss = torch.stack([self.head.step(side, batch).loss for side in sides]).sum()
        return step.loss + self.weight * side_loss, step._replace(notes={"side_loss": side_loss})
