"""Base class of local learning rules, whose updates depend on the activations at both ends of a connection.

Shapes: N examples or real steps, F inputs.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from torch import Tensor, nn

from ..losses.base import Loss
from ..spec import DataSpec


class LocalRule(nn.Module, ABC):
    """A rule defined by a surrogate: a scalar whose negative gradient is the weight update.

    The optimizer follows that gradient; the reported loss is a loss of the network's outputs. Tensors that persist
    between steps, such as chains, are buffers, so checkpoints contain them.

    targets: the kinds of target it learns from (`DataSpec.target`); note_modes: the metrics that `notes` returns
    in addition to the loss, by name, with "min" where lower is better, "max" where higher is better, else None.
    """

    targets: ClassVar[tuple[str, ...]]
    note_modes: ClassVar[Mapping[str, Literal["min", "max"] | None]] = {}

    def takes(self, spec: DataSpec) -> str | None:
        """Return why the rule does not accept the data, or None if it does."""
        if spec.target in self.targets:
            return None
        return f"takes {' or '.join(self.targets)}; the target of the data is {spec.target}"

    @abstractmethod
    def bind(self, model: nn.Module, loss: Loss) -> None:
        """Create the buffers for a network. Raises UserError if the rule does not fit the network or the loss."""

    def initialize(self, model: nn.Module, batches: Iterable[Tensor]) -> None:
        """Initialize from the training inputs before the first step; batches: inputs (N, F)."""
        del model, batches

    @abstractmethod
    def surrogate(self, model: nn.Module, x: Tensor, y: Tensor, step: int) -> Tensor:
        """Return the surrogate for inputs (N, F) and targets (N, ...), after `step` steps of the whole run."""

    def notes(self, model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        """Return further metrics by name, each a mean over inputs (N, F)."""
        del model, x
        return {}
