"""Hierarchical softmax that computes only the outputs on the paths to the targets.

Shapes: "*n" is (B,) for examples, or (B, T) where every step has a target; K classes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from torch import nn
from torch.optim import Optimizer

from ...errors import UserError
from ...losses.base import masked_mean
from ...losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from ...spec import Batch
from ..base import Task
from ..components import Components
from ..metrics.accumulator import MetricAccumulator
from ..step import Step
from .last_linear import last_linear
from .plain_descent import plain_descent


class Tree(Task):
    """Learn by hierarchical softmax; a training step computes only the outputs on the paths to its targets.

    A step uses about log2 K rows of the last layer per example instead of K - 1. Plain gradient descent (optimizer=sgd
    without momentum, weight decay and clipping) changes only these rows; a step of another optimizer still updates all
    weights. Since predictions need all outputs, training metrics are only the loss and, for texts, perplexity and bits.
    Validation and test compute all metrics.
    Raises UserError for another loss, for a network whose last layer is not linear, and for trainer.compile.
    Aggarwal 2.3.4, 2.6.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "next_token")
    loss: HierarchicalSoftmax

    def __init__(self, *, components: Components) -> None:
        if not isinstance(components.loss, HierarchicalSoftmax):
            raise UserError("task 'tree' needs the tree of a loss; choose loss=hierarchical_softmax")
        if components.compiled:
            raise UserError("task 'tree' computes different rows for every batch; set trainer.compile=false")
        super().__init__(components=components)
        self.readout = last_linear(self.net, self.spec)
        self.accumulators["train"] = MetricAccumulator(
            self.head.metrics_of_loss(), {}, self.training_notes, self.spec.per_step
        )
        self.sparse = False

    def compute(self, batch: Batch) -> Step:
        """Return the mean loss and, in evaluation, the raw outputs."""
        if not self.net.training:
            return super().compute(batch)
        with bypass(self.readout):
            inputs = self.outputs(batch)
        losses = self.loss.path_loss(inputs, self.readout.weight, self.readout.bias, batch.y, sparse=self.sparse)
        return Step(masked_mean(losses, batch.mask), losses.new_empty(0), batch.y)

    def why_not_accumulated(self) -> str | None:
        """Return why a step cannot use several batches."""
        return "task 'tree' computes different rows for every batch"

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one optimizer step; return the loss before it, without outputs."""
        self.sparse = all(map(plain_descent, optimizers)) and self.clip.bound is None and not self.penalties
        return super().update(batch, *optimizers)


@contextmanager
def bypass(layer: nn.Linear) -> Iterator[None]:
    """Make a layer return its inputs, so that the inputs of the last layer are the outputs of the network."""
    layer.forward = lambda input: input  # type: ignore[method-assign]
    try:
        yield
    finally:
        del layer.forward
