"""Base class of evaluations: metrics of a trained network that need more than its predictions and targets."""

from abc import ABC, abstractmethod
from typing import ClassVar

from ..data.base import Data
from ..tasks.base import Task


class Evaluation(ABC):
    """Metrics that are computed once for each evaluated split, after training and by `nnzoo evaluate`.

    names: of the metrics, which stand beside the loss in the results.
    """

    names: ClassVar[tuple[str, ...]]

    @abstractmethod
    def check(self, task: Task, data: Data) -> None:
        """Raise UserError, before training, if the evaluation does not fit the network or the data."""

    @abstractmethod
    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return the metrics by name for a split. The network is in evaluation mode, without gradients."""
