"""Base class of metrics, which are computed from sums over batches, so that they do not depend on the batch size."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from torch import Tensor

Mode = Literal["min", "max"]


class Metrics(ABC):
    """Running sums over an epoch, and the metrics computed from them.

    modes: the metrics by name, with "min" where lower is better and "max" where higher is better; the first metric
    ranks runs. minimum: required number of examples; of_sequences: whether they compare whole target sequences.
    """

    modes: ClassVar[Mapping[str, Mode]]
    minimum: ClassVar[int] = 1
    of_sequences: ClassVar[bool] = False

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Reset the sums."""
        self.sums: list[float] = []

    def state(self) -> list[float]:
        """Return the sums so far, for a checkpoint."""
        return self.sums

    def load_state(self, state: list[float]) -> None:
        """Restore the sums."""
        self.sums = state

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch."""
        terms = torch.stack(self.terms(prediction, target, mask)).tolist()
        self.sums = [a + b for a, b in zip(self.sums, terms, strict=True)] if self.sums else terms

    def compute(self, loss: float) -> dict[str, float]:
        """Return the metrics by name; loss: the mean over the same examples or steps."""
        assert self.sums, "compute was called before update"
        return self.from_sums(*self.sums)

    @abstractmethod
    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return the scalars to sum over batches."""

    @abstractmethod
    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return the metrics for the sums."""


class NoMetrics(Metrics):
    """No metrics except the loss."""

    modes: ClassVar[Mapping[str, Mode]] = {}

    def compute(self, loss: float) -> dict[str, float]:
        """Return nothing."""
        return {}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return nothing."""
        return []

    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return nothing."""
        return {}
