"""Training of the members of an ensemble, each on its own loss.

Shapes: B examples, T steps, M members, K outputs.
"""

from torch import Tensor

from ...errors import UserError
from ...spec import Batch
from ..base import Task
from ..components import Components
from ..step import Step


class EnsembleTask(Task):
    """Train each member of an ensemble as if it was trained alone. Aggarwal 4.5.3.

    The members share no weights, so that the gradient of the sum of their losses is that of each. The metric loss is
    the mean of the members' losses, and the penalties are those of all members together; all other metrics are those
    of the combined outputs. `trainer.gradient_clip_val` bounds the norm of the gradient of all members together.
    Raises UserError for a network without members.
    """

    def __init__(self, *, components: Components) -> None:
        if not hasattr(components.net.model, "member_outputs"):
            name = type(components.net.model).__name__
            raise UserError(f"task 'ensemble' trains the members of an ensemble; {name} has none; set members=5")
        super().__init__(components=components)
        self.members: int = components.net.model.members  # type: ignore[union-attr, assignment]

    def compute(self, batch: Batch) -> Step:
        """Return the mean loss of the members, and their combined outputs."""
        outputs: Tensor = self.net.member_outputs(batch.x, batch.mask)  # type: ignore[operator]
        mask = None if batch.mask is None else batch.mask.repeat(self.members, 1)
        repeated = Batch(batch.x, batch.y.repeat(self.members, *[1] * (batch.y.ndim - 1)), mask)
        loss = self.head.step(outputs.movedim(-2, 0).flatten(0, 1), repeated).loss
        combined: Tensor = self.net.combine(outputs.detach())  # type: ignore[operator]
        return self.head.step(combined, batch)._replace(loss=loss)

    @property
    def loss_parts(self) -> dict[str, float]:
        """The sum of the members' losses, which is a multiple of their mean, and the penalties of all members."""
        parts = super().loss_parts
        return parts | {"loss": float(self.members)} if parts else parts

    def unpenalized_loss(self, batch: Batch) -> tuple[Tensor, Step]:
        """Return the sum of the members' losses, and the step."""
        step = self.compute_step(batch)
        return step.loss * self.members, step
