"""What a local rule is: weights change by what the units at their two ends do, not by the gradient of a loss.

Shapes: N examples or real steps, F inputs.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from torch import Tensor, nn

from ..losses.base import Loss
from ..spec import DataSpec


class LocalRule(nn.Module, ABC):
    """A rule that is given by a surrogate: a scalar whose negative gradient is the change of the weights.

    The optimizer follows that gradient; what is measured is a loss of the network's outputs. Tensors that go on from
    step to step, chains or winners say, are buffers: checkpoints keep them.

    targets: the kinds of target it learns from (`DataSpec.target`); noted: the numbers that `notes` gives beside the
    loss, by name, and whether lower or higher is better.
    """

    targets: ClassVar[tuple[str, ...]]
    noted: ClassVar[Mapping[str, Literal["min", "max"] | None]] = {}

    def takes(self, spec: DataSpec) -> str | None:
        """Return why this is no rule for a kind of data, None if it is one."""
        if spec.target in self.targets:
            return None
        return f"takes {' or '.join(self.targets)}; the target of the data is {spec.target}"

    @abstractmethod
    def bind(self, model: nn.Module, loss: Loss) -> None:
        """Make the buffers that a network needs. Raises UserError if the rule is not for it, or not with the loss."""

    def start(self, model: nn.Module, batches: Iterable[Tensor]) -> None:
        """Set what begins as the data says, before the first step; batches: the training inputs (N, F)."""
        del model, batches

    @abstractmethod
    def surrogate(self, model: nn.Module, x: Tensor, y: Tensor, step: int) -> Tensor:
        """Return the scalar for inputs (N, F) and targets (N, ...), after `step` steps of the whole run."""

    def notes(self, model: nn.Module, x: Tensor) -> dict[str, Tensor]:
        """Return the numbers by name, each a mean over inputs (N, F)."""
        del model, x
        return {}
