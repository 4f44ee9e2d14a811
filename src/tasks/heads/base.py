"""Base class of heads, which define what the outputs of a network mean.

Shapes: "*n" is (B,) for examples, or (B, T) where every step has a target; K outputs.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from torch import Tensor

from ...losses.base import Loss
from ...spec import Batch, DataSpec
from ..metrics.base import Metrics, NoMetrics
from ..step import Step


class Head(ABC):
    """The predictions for raw outputs, and the metrics of predictions.

    targets: the supported kinds of target (`DataSpec.target`); default_loss: the class of the default loss;
    teacher_forcing: the network reads the targets in training, and its own predictions otherwise; class_in_input:
    whether the one-hot class of each example is added to its input, "reconstructed" like the rest of the input, or as a
    "context" that is only read.
    """

    targets: ClassVar[tuple[str, ...]]
    default_loss: ClassVar[str]
    teacher_forcing: ClassVar[bool] = False
    class_in_input: ClassVar[Literal["none", "reconstructed", "context"]] = "none"

    def __init__(self, *, spec: DataSpec, loss: Loss) -> None:
        self.spec = spec
        self.loss = loss

    def step(self, output: Tensor, batch: Batch) -> Step:
        """Return the raw outputs of a batch with their mean loss over the examples, real steps or known entries."""
        if not self.spec.partial:
            mask = batch.mask if self.spec.per_step else None
            mean = self.loss.mean(output, batch.y) if mask is None else self.loss.mean_of_steps(output, batch.y, mask)
            return Step(mean, output, batch.y)
        if not self.loss.additive:
            target = batch.y.nan_to_num(0.0)
            return Step(self.loss(output, target).mean(), output, target)
        known = ~batch.y.isnan()
        return Step(mean_of_known(self.loss, output, batch.y, known), output, batch.y, counts=known)

    def count(self, batch: Batch) -> int:
        """Return the number of examples, real steps or known entries in the mean loss of a batch."""
        if self.spec.partial and self.loss.additive:
            return int((~batch.y.isnan()).sum())
        if not self.spec.per_step:
            return len(batch.y)
        return batch.y.shape[:2].numel() if batch.mask is None else int(batch.mask.sum())

    @abstractmethod
    def predict(self, output: Tensor) -> Tensor:
        """Return the predictions for raw outputs (*n, K)."""

    def actual(self, target: Tensor) -> Tensor:
        """Return the targets of a batch in the form of predictions."""
        return target

    @abstractmethod
    def metrics(self) -> Metrics:
        """Return new metrics for one split."""

    def metrics_of_loss(self) -> Metrics:
        """Return the metrics that need only the loss, for tasks that compute no outputs in training."""
        return NoMetrics()


def mean_of_known(loss: Loss, output: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Return the mean loss of the known entries of a target (B, K), each as an example of one output.

    On CUDA it is a sum over all entries with weights 0 and 1, since picking the known ones waits for all work.
    """
    if not output.is_cuda:
        losses: Tensor = loss(output[known].unsqueeze(-1), target[known].unsqueeze(-1))
        return losses.mean()
    return weighted_mean_of_known(loss, output, target, known)


def weighted_mean_of_known(loss: Loss, output: Tensor, target: Tensor, known: Tensor) -> Tensor:
    """Return the mean loss of the known entries from the losses of all, those of unknown entries with the weight 0."""
    losses: Tensor = loss(output.reshape(-1, 1), target.nan_to_num(0.0).reshape(-1, 1))
    return losses.where(known.flatten(), 0.0).sum() / known.sum()
