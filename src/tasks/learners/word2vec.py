"""Training of word vectors: steps on the sum over pairs of a token and a neighbour, with only the outputs needed.

Shapes: B examples, C neighbours of an example.
"""

from typing import ClassVar

import torch
from torch import Tensor
from torch.optim import Optimizer

from ...errors import UserError
from ...kernels.sampled_step import Kernel, kernel_named
from ...layers.embeddings.row_sum import RowSum
from ...losses.multiclass.negative_sampling import NegativeSampling
from ...spec import Batch
from ..base import Task
from ..components import Components
from ..metrics.accumulator import MetricAccumulator
from ..step import Step
from .last_linear import last_linear
from .plain_descent import plain_descent
from .tree import bypass


class Word2Vec(Task):
    """Learn vectors of tokens by steps on the sum of the losses of all pairs in a batch.

    The loss is negative sampling, hierarchical softmax or the softmax over all tokens; with the first two, only the
    outputs that the loss needs are computed, also in evaluation, so that the loss is the only metric. Plain gradient
    descent (optimizer=sgd without momentum, weight decay and clipping) on negative sampling changes only the vectors
    that occur in the batch, with a gradient that is written out. kernel: of these steps: compiled needs numba; auto is
    compiled with numba, else torch; both have the same results but for rounding. In evaluation the negatives are always
    the same. Raises UserError for other losses, for a network whose last layer is not linear, and for trainer.compile.
    Aggarwal 2.6.1 to 2.6.3.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "context")

    def __init__(self, *, components: Components, kernel: Kernel = "auto") -> None:
        if "context" not in components.loss.targets:
            raise UserError(
                "task 'word2vec' needs a loss of neighbours; choose loss=negative_sampling, hierarchical_softmax or "
                "cross_entropy"
            )
        if components.compiled:
            raise UserError("task 'word2vec' computes different rows for every batch; set trainer.compile=false")
        super().__init__(components=components)
        self.readout = last_linear(self.net, self.spec)
        self.kernel, self.take_step = kernel_named(kernel)
        self.accumulators = {
            split: MetricAccumulator(
                self.head.metrics_of_loss(), {}, self.training_notes if split == "train" else {}, self.spec.per_step
            )
            for split in self.accumulators
        }

    def compute(self, batch: Batch) -> Step:
        """Return the mean loss of the pairs, without outputs."""
        with bypass(self.readout):
            inputs = self.outputs(batch)
        targets = self.pairs(batch)
        generator = None if self.net.training else torch.Generator().manual_seed(0)
        losses = self.loss.losses_from_inputs(inputs, self.readout.weight, self.readout.bias, targets, generator)
        known = targets >= 0
        return Step(losses[known].mean(), losses.new_empty(0), targets, counts=known)

    def unpenalized_loss(self, batch: Batch) -> tuple[Tensor, Step]:
        """Return the sum of the losses of the pairs, and the step."""
        step = self.compute(batch)
        assert step.counts is not None
        return step.loss * step.counts.sum(), step

    def pairs(self, batch: Batch) -> Tensor:
        """Return the targets of each example, (B, C), -1 where absent."""
        return batch.y if self.spec.target == "context" else batch.y[:, None]

    def why_not_accumulated(self) -> str | None:
        """Return why a step cannot use several batches."""
        return "task 'word2vec' adds up the losses of a batch; a larger loader.batch_size is the same"

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one step; return the loss before it, without outputs."""
        (optimizer,) = optimizers
        return self.direct_step(batch, optimizer) if self.is_direct(optimizer) else super().update(batch, optimizer)

    def is_direct(self, optimizer: Optimizer) -> bool:
        """Return whether the gradient that is written out is that of the step."""
        return (
            isinstance(self.loss, NegativeSampling)
            and isinstance(self.net.model, RowSum)
            and plain_descent(optimizer)
            and self.clip.bound is None
            and not self.penalties
            and self.device.type == "cpu"
            and all(p.requires_grad and p.dtype is torch.float32 for p in self.net.parameters())
        )

    def direct_step(self, batch: Batch, optimizer: Optimizer) -> Step:
        """Take one step of gradient descent with the kernel."""
        model, loss = self.net.model, self.loss
        assert isinstance(model, RowSum)
        assert isinstance(loss, NegativeSampling)
        targets = self.pairs(batch)
        negatives = loss.draw(len(targets), len(model.head.weight), self.device)
        total = self.take_step(
            model.table.detach(),
            model.head.weight.detach(),
            model.table_rows(batch.x, batch.mask),
            targets,
            negatives,
            optimizer.param_groups[0]["lr"],
            model.average,
        )
        optimizer.zero_grad()
        optimizer.step()  # without gradients it changes nothing, but schedules need the call
        known = targets >= 0
        return Step(torch.tensor(total / int(known.sum())), known.new_empty(0), targets, counts=known)
