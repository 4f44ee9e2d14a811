"""Base class of metrics, which are computed from sums over batches, so that they do not depend on the batch size.

The sums stay on the device of the outputs until they are needed: reading a number waits for all work of a GPU.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.func import vmap

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
        self.total: Tensor | None = None

    @property
    def sums(self) -> list[float]:
        """The sums so far, empty before the first batch."""
        return [] if self.total is None else self.total.tolist()

    def state(self) -> list[float]:
        """Return the sums so far, for a checkpoint."""
        return self.sums

    def load_state(self, state: list[float]) -> None:
        """Restore the sums."""
        self.total = sums_tensor(state)

    def combined(self, states: Sequence[list[float]]) -> list[float]:
        """Return the state of several processes together; states: of those that have had a batch."""
        return [sum(terms) for terms in zip(*states, strict=True)]

    def update(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add a batch."""
        self.add(torch.stack(self.terms(prediction, target, mask)))

    def add(self, terms: Tensor) -> None:
        """Add the terms of a batch."""
        if terms.device.type == "mps":  # which has no float64
            terms = terms.cpu()
        terms = terms.double() if terms.is_floating_point() else terms
        self.total = terms if self.total is None else self.total.to(terms.device) + terms

    def compute(self, loss: float) -> dict[str, float]:
        """Return the metrics by name; loss: the mean over the same examples or steps."""
        sums = self.sums
        assert sums, "compute was called before update"
        return self.from_sums(*sums)

    @abstractmethod
    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> list[Tensor]:
        """Return the scalars to sum over batches."""

    def member_terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> Tensor:
        """Return the terms of M networks, each with predictions and targets of its own (M, ...): (M, terms)."""
        axes = (0, 0, None if mask is None else 0)
        found: Tensor = vmap(lambda *given: torch.stack(self.terms(*given)), in_dims=axes)(prediction, target, mask)
        return found

    @abstractmethod
    def from_sums(self, *sums: float) -> dict[str, float]:
        """Return the metrics for the sums."""


def sums_tensor(sums: Sequence[float]) -> Tensor | None:
    """Return stored sums as a tensor, int64 if all are integers, else float64; None without sums."""
    if not sums:
        return None
    return torch.tensor(sums, dtype=torch.long if all(isinstance(each, int) for each in sums) else torch.float64)


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
