"""Learning by a local rule, such as contrastive divergence.

Shapes: N examples or real steps.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim import Optimizer

from ...errors import UserError
from ...spec import Batch, BatchKind
from ..base import Task
from ..components import Components
from ..step import Step


class LocalRuleTask(Task):
    """Minimize a rule's surrogate plus the penalties by gradient steps; the loss is only reported.

    Raises UserError without a rule, and for a rule that does not fit the network or the loss.
    """

    takes: ClassVar[tuple[BatchKind, ...]] = ("examples",)
    reports_penalties: ClassVar[bool] = False  # the surrogate, which is minimized, is no metric

    def __init__(self, *, components: Components) -> None:
        rule = components.rule
        if rule is None:
            raise UserError(f"{type(self).__name__} needs a local rule; choose rule=contrastive_divergence")
        self.note_modes = rule.note_modes  # before the base class creates the accumulators
        super().__init__(components=components)
        self.rule = rule
        self.steps_taken = 0  # of the whole run
        rule.bind(self.net.model, self.loss)  # type: ignore[arg-type]

    def on_train_start(self) -> None:
        """Initialize the rule from the data, unless the run is resumed."""
        if self.random_state is None:
            self.rule.initialize(self.net.model, self.inputs())  # type: ignore[arg-type]
        super().on_train_start()

    def inputs(self) -> Iterator[Tensor]:
        """Yield the inputs of the training batches."""
        assert self.cursor is not None
        for batch in self.cursor.peek():
            yield self.examples(self.trainer.precision_plugin.convert_input(batch))[0]

    def examples(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return inputs in the form that the network takes, and targets; of sequences only the real steps."""
        x: Tensor = self.net.adapter(batch.x, batch.mask)  # type: ignore[operator]
        if not self.spec.per_step:
            return x, batch.y
        if batch.mask is None:
            return x.flatten(0, 1), batch.y.flatten(0, 1)
        return x[batch.mask], batch.y[batch.mask]

    def compute(self, batch: Batch) -> Step:
        """Return the mean loss, the raw outputs and the notes of the rule."""
        notes = self.rule.notes(self.net.model, self.examples(batch)[0])  # type: ignore[arg-type]
        return super().compute(batch)._replace(notes=notes)

    def unpenalized_loss(self, batch: Batch) -> tuple[Tensor, Step]:
        """Return the surrogate and the step."""
        with torch.no_grad():
            step = self.compute_step(batch)
        return self.rule.surrogate(self.net.model, *self.examples(batch), self.steps_taken), step  # type: ignore[arg-type]

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one step and count it."""
        step = super().update(batch, *optimizers)
        self.steps_taken += 1
        return step

    def accumulate(self, batches: Sequence[Batch], *optimizers: Optimizer) -> list[Step]:
        """Take one step on several batches and count it."""
        steps = super().accumulate(batches, *optimizers)
        self.steps_taken += 1
        return steps

    def why_not_frozen(self) -> str | None:
        """Return why nothing is frozen."""
        return "a local rule sets initial weights from the data"

    def why_not_distributed(self) -> str | None:
        """Return why several processes cannot train the network together."""
        return "a local rule replaces the gradient"

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the number of steps from a checkpoint."""
        super().on_load_checkpoint(checkpoint)
        self.steps_taken = checkpoint["global_step"]
