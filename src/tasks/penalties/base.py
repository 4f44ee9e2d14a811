"""Base class of penalties: terms added to the training loss, for any task and network."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ...errors import UserError
from ...losses.stated import is_stated
from ...spec import Batch, DataSpec


class Penalty(ABC):
    """A term of the training loss that is not part of the reported metric `loss`.

    weight: factor of the term, at least 0; recorded: activations that hooks record for `value`. Raises UserError for a
    weight out of range.
    """

    def __init__(self, *, weight: float) -> None:
        if not 0 <= weight < float("inf"):
            raise UserError(f"{type(self).__name__}: weight is {weight}; it must be at least 0 and finite")
        self.weight = weight
        self.recorded: list[Tensor] = []

    @abstractmethod
    def bind(self, net: nn.Module, spec: DataSpec) -> None:
        """Find the penalized parts of a network. Raises UserError if there are none."""

    def hooks(self) -> list[RemovableHandle]:
        """Register hooks for training and return them."""
        return []

    def reset(self) -> None:
        """Clear the recorded activations before a forward pass."""
        self.recorded.clear()

    @abstractmethod
    def value(self, batch: Batch) -> Tensor:
        """Return the scalar term after the forward pass of a batch."""

    def states_derivatives(self) -> bool:
        """Return whether steps need no autograd, see `PenaltyWithDerivatives`."""
        return False


class PenaltyWithDerivatives(Penalty):
    """A term of the weights alone that states its derivatives, so that steps need no autograd."""

    @abstractmethod
    def derivatives(self) -> Iterable[tuple[nn.Parameter, Tensor]]:
        """Yield parameters and the derivatives of the term with respect to them."""

    def states_derivatives(self) -> bool:
        """Return whether `derivatives` are those of this class, not only of one of its base classes."""
        return is_stated(type(self), {"derivatives"}, {"value"})
