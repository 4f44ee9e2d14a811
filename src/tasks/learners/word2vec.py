"""Training of word vectors: steps on the sum over pairs of a token and a neighbour, with only the outputs needed.

Shapes: B examples, C neighbours of an example.
"""

from typing import ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import embedding, linear, softplus
from torch.optim import Optimizer

from ...errors import UserError
from ...kernels.logistic import Kernel, kernel_named
from ...layers.embeddings.row_sum import RowSum
from ...layers.protocols import fits
from ...losses.base import Loss
from ...losses.context import ContextLoss, SelectiveLoss
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
    descent (optimizer=sgd without momentum, weight decay and clipping) on these two changes only the vectors that occur
    in the batch, with a gradient that is written out. kernel: of these steps: compiled needs numba; auto is compiled
    with numba, else torch; both have the same results but for rounding. examples_per_step: a batch has a step for each
    so many examples; too many are unstable if the same tokens occur again and again. In evaluation the negatives are
    always the same. Raises UserError for other losses, for a network whose last layer is not linear, for values out of
    range, and for trainer.compile.
    Aggarwal 2.6.1 to 2.6.3.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "context")

    def __init__(self, *, components: Components, kernel: Kernel = "auto", examples_per_step: int = 16) -> None:
        if not isinstance(components.loss, ContextLoss):
            raise UserError(
                "task 'word2vec' needs a loss of neighbours; choose loss=negative_sampling, hierarchical_softmax or "
                "cross_entropy"
            )
        if components.compiled:
            raise UserError("task 'word2vec' computes different rows for every batch; set trainer.compile=false")
        if examples_per_step < 1:
            raise UserError(f"task.examples_per_step is {examples_per_step}; it must be at least 1")
        super().__init__(components=components)
        self.examples_per_step = examples_per_step
        self.readout = last_linear(self.net, self.spec)
        self.parts = direct(self.net.model, self.loss)
        self.kernel, self.take_steps = kernel_named(kernel)
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
        known = targets >= 0
        generator = None if self.net.training else torch.Generator().manual_seed(0)
        weight, bias = self.readout.weight, self.readout.bias
        if isinstance(self.loss, SelectiveLoss):
            needed = self.loss.needed_outputs(targets, len(weight), self.examples_per_step, generator)
            losses = logistic_losses(inputs, weight, bias, *needed.of_each(self.examples_per_step))
        else:
            assert isinstance(self.loss, ContextLoss)
            losses = self.loss.context_losses(linear(inputs, weight, bias), targets)[known]
        return Step(losses.sum() / known.sum(), losses.new_empty(0), targets, counts=known)

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
        return "task 'word2vec' takes several steps in a batch, one for each task.examples_per_step examples"

    def on_train_start(self) -> None:
        """Restore the random state of a resumed run. Schedules want a step of the optimizer before their first one."""
        super().on_train_start()
        for optimizer in self.optimizer_list():
            optimizer.step()  # without gradients it changes nothing

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take the steps of a batch; return the mean of the losses before them, without outputs."""
        (optimizer,) = optimizers
        if self.is_direct(optimizer):
            return self.direct_steps(batch, optimizer)
        parts = range(0, len(batch.y), self.examples_per_step)
        steps = [
            super(Word2Vec, self).update(batch.rows(slice(i, i + self.examples_per_step)), optimizer) for i in parts
        ]
        counts = torch.cat([step.counts for step in steps if step.counts is not None])
        shares = torch.stack([step.counts.sum() for step in steps if step.counts is not None]) / counts.sum()
        loss = (torch.stack([step.loss for step in steps]) * shares).sum()
        return steps[0]._replace(loss=loss, target=self.pairs(batch), counts=counts)

    def is_direct(self, optimizer: Optimizer) -> bool:
        """Return whether the gradient that is written out is that of the step."""
        return (
            self.parts is not None
            and plain_descent(optimizer)
            and self.clip.bound is None
            and not self.penalties
            and all(p.requires_grad and p.dtype is torch.float32 and p.device.type == "cpu" for p in self.parts.weights)
        )

    def direct_steps(self, batch: Batch, optimizer: Optimizer) -> Step:
        """Take the steps of a batch with the kernel."""
        assert self.parts is not None
        targets = self.pairs(batch)
        inputs, outputs = self.parts.weights
        average, size = self.parts.net.average, self.examples_per_step
        needed = self.parts.loss.needed_outputs(targets, len(outputs), size, None)
        rows, lr = self.parts.net.table_rows(batch.x, batch.mask), optimizer.param_groups[0]["lr"]
        total = self.take_steps(inputs.detach(), outputs.detach(), rows, *needed, lr, average, size)
        known = targets >= 0
        return Step(torch.tensor(total / int(known.sum())), known.new_empty(0), targets, counts=known)


class Direct(NamedTuple):
    """A network and a loss whose gradient is written out. weights: of the input and the output layer."""

    net: RowSum
    loss: SelectiveLoss
    weights: tuple[Tensor, Tensor]


def direct(net: object, loss: Loss) -> Direct | None:
    """Return the parts of a network and a loss whose gradient is written out, None for others."""
    if fits(net, RowSum) and net.head.bias is None and isinstance(loss, SelectiveLoss):  # type: ignore[type-abstract]
        return Direct(net, loss, (net.table, net.head.weight))
    return None


def logistic_losses(inputs: Tensor, weight: Tensor, bias: Tensor | None, ids: Tensor, weights: Tensor) -> Tensor:
    """Return the loss of each of some outputs of a linear layer, see `NeededOutputs.of_each`: (B, L).

    inputs: (B, F); weight: (K, F); bias: (K,) or None; ids, weights: (B, L).
    """
    scores = (embedding(ids, weight) @ inputs[..., None])[..., 0]
    if bias is not None:
        scores = scores + bias[ids]
    return weights.abs() * softplus(-weights.sign() * scores)
