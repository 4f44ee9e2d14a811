"""Hierarchical softmax at the cost of the way to one class.

Shapes: "*n" the examples (B,) or, with a target for every step, (B, T); K classes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from torch import nn
from torch.optim import Optimizer

from ...errors import UserError
from ...losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from ...spec import Batch
from ..base import Task
from ..components import Components
from ..metrics.accumulator import MetricAccumulator
from ..step import Step, averaged
from .last_linear import last_linear
from .plain_descent import plain_descent


class Tree(Task):
    """Learn by hierarchical softmax, where a training step computes no outputs but those on the ways to its targets.

    So it takes about log2 K rows of the last layer for each example, not K - 1. Plain gradient descent (optimizer=sgd
    without momentum, weight decay and clipping) changes only these rows; of other optimizers a step still goes over
    all weights. Predictions need all outputs: there are none of training examples, whose metrics are the loss and,
    of texts, perplexity and bits. Validation and test are measured as usual.
    Raises UserError for another loss, for a network that does not end in a linear layer, and for trainer.compile.
    Aggarwal 2.3.4, 2.6.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "next_token")
    loss: HierarchicalSoftmax

    def __init__(self, *, components: Components) -> None:
        if not isinstance(components.loss, HierarchicalSoftmax):
            raise UserError("task 'tree' goes down the tree of a loss; choose loss=hierarchical_softmax")
        if components.compiled:
            raise UserError("task 'tree' computes other rows for every batch, which cannot be compiled")
        super().__init__(components=components)
        self.readout = last_linear(self.net, self.spec)
        self.measured["train"] = MetricAccumulator(self.head.metrics_of_loss(), {}, {}, self.spec.per_step)
        self.sparse = False

    def compute(self, batch: Batch) -> Step:
        """Return the mean loss and the raw outputs; in training none of these."""
        if not self.net.training:
            return super().compute(batch)
        with bypassed(self.readout):
            inputs = self.outputs(batch)
        losses = self.loss.path_loss(inputs, self.readout.weight, self.readout.bias, batch.y, sparse=self.sparse)
        return Step(averaged(losses, batch.mask), losses.new_empty(0), batch.y)

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one optimizer step; return the loss before it, and no outputs."""
        self.sparse = all(map(plain_descent, optimizers)) and self.clip_value is None and not self.penalties
        return super().update(batch, *optimizers)


@contextmanager
def bypassed(layer: nn.Linear) -> Iterator[None]:
    """Let a layer give its inputs as they are: those of the last one become the outputs of the network."""
    layer.forward = lambda input: input  # type: ignore[method-assign]
    try:
        yield
    finally:
        del layer.forward
