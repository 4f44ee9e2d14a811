"""Hierarchical softmax at the cost of the way to one class.

Shapes: "*n" the examples (B,) or, with a target for every step, (B, T); K classes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn
from torch.optim import Optimizer

from ..errors import UserError
from ..losses.hierarchical_softmax import HierarchicalSoftmax
from ..spec import Batch
from .base import Parts, averaged
from .last_linear import last_linear
from .measured import Measured
from .metrics import Surprised, Undecided
from .plain_descent import plain_descent
from .usual import Usual


class Tree(Usual):
    """Learn by hierarchical softmax, where a training step computes no outputs but those on the ways to its targets.

    So it takes about log2 K rows of the last layer for each example, not K - 1. Plain gradient descent (optimizer=sgd
    without momentum, weight decay and clipping) changes only these rows; of other optimizers a step still goes over
    all weights. Decisions need all outputs: there are none of training examples, whose figures are the loss and, of
    texts, perplexity and bits. What is measured otherwise is as usual.
    Raises UserError for another loss, for a network that does not end in a linear layer, and for trainer.compile.
    Aggarwal 2.3.4, 2.6.2.
    """

    targets = ("classes", "next_token")
    loss: HierarchicalSoftmax

    def __init__(self, *, parts: Parts) -> None:
        if not isinstance(parts.loss, HierarchicalSoftmax):
            raise UserError("task 'tree' goes down the tree of a loss; choose loss=hierarchical_softmax")
        if parts.compiled:
            raise UserError("task 'tree' computes other rows for every batch, which cannot be compiled")
        super().__init__(parts=parts)
        self.readout = last_linear(parts.net, parts.spec)
        sums = Surprised() if parts.spec.target == "next_token" else Undecided()
        self.measured["train"] = Measured(sums, {}, parts.spec.per_step)
        self.sparse = False

    def compute(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the mean loss and the raw outputs; in training none of these."""
        if not self.net.training:
            return super().compute(batch)
        with passing_on(self.readout):
            inputs = self.outputs(batch)
        losses = self.loss.on_the_way(inputs, self.readout.weight, self.readout.bias, batch.y, sparse=self.sparse)
        return averaged(losses, batch.mask), losses.new_empty(0)

    def update(self, batch: Batch, optimizer: Optimizer) -> tuple[Tensor, Tensor]:
        """Take one optimizer step; return the loss before it, and no outputs."""
        self.sparse = plain_descent(optimizer) and self.clip_value is None
        return super().update(batch, optimizer)


@contextmanager
def passing_on(layer: nn.Linear) -> Iterator[None]:
    """Let a layer give its inputs as they are: those of the last one become the outputs of the network."""
    layer.forward = lambda input: input  # type: ignore[method-assign]
    try:
        yield
    finally:
        del layer.forward
