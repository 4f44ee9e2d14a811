"""What is measured of predictions: sums over batches, so that an epoch's metric does not depend on how it was cut."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

import torch
from torch import Tensor

Mode = Literal["min", "max"]


class Metrics(ABC):
    """Running sums over an epoch and the metrics made of them.

    modes: the metrics by name, "min" where lower is better and "max" where higher is; the first one is the measure by
    which runs are compared. minimum: how many examples they take; of_sequences: whether they are of whole sequences
    that are targets.
    """

    modes: ClassVar[Mapping[str, Mode]]
    minimum: ClassVar[int] = 1
    of_sequences: ClassVar[bool] = False

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.sums: list[float] = []

    def state(self) -> list[float]:
        """Return the sums so far, for a checkpoint."""
        return self.sums

    def load_state(self, state: list[float]) -> None:
        """Go on from sums."""
        self.sums = state

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch."""
        terms = torch.stack(self.terms(prediction, target, mask)).tolist()
        self.sums = [a + b for a, b in zip(self.sums, terms, strict=True)] if self.sums else terms

    def compute(self, loss: float) -> dict[str, float]:
        """Return the metrics by name; `loss` is the mean over the same examples or steps."""
        assert self.sums, "nothing was measured"
        return self.from_sums(*self.sums)

    @abstractmethod
    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return the numbers to be added up, each a scalar."""

    @abstractmethod
    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return the metrics of the sums."""


class NoMetrics(Metrics):
    """Where nothing is predicted: no metric but the loss."""

    modes: ClassVar[Mapping[str, Mode]] = {}

    def compute(self, loss: float) -> dict[str, float]:
        """None."""
        return {}

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """None."""
        return []

    def from_sums(self, *sums: float) -> dict[str, float]:
        """None."""
        return {}
