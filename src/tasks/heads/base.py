"""What a head is: what the outputs of a network mean, however they are learned.

Shapes: "*n" the examples (B,) or, with a target for every step, (B, T); K outputs.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from ...losses.base import Loss
from ...spec import DataSpec
from ..metrics.base import Metrics, NoMetrics


class Head(ABC):
    """Predictions of outputs, and the metrics of predictions.

    targets: the kinds of target (`DataSpec.target`) whose predictions these are; default_loss: the class of the loss
    where none is chosen.
    """

    targets: ClassVar[tuple[str, ...]]
    default_loss: ClassVar[str]

    def __init__(self, *, spec: DataSpec, loss: Loss) -> None:
        self.spec = spec
        self.loss = loss

    @abstractmethod
    def predict(self, output: Tensor) -> Tensor:
        """Return the predictions of raw outputs (*n, K)."""

    def actual(self, target: Tensor) -> Tensor:
        """Return the targets of a batch in the form of predictions."""
        return target

    @abstractmethod
    def metrics(self) -> Metrics:
        """Return the running sums of one split."""

    def metrics_of_loss(self) -> Metrics:
        """Return those that need the loss alone, where training computes no outputs."""
        return NoMetrics()
