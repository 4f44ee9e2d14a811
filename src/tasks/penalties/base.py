"""What a penalty is: a number added to what training minimizes, whatever the task and the network."""

from abc import ABC, abstractmethod

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ...errors import UserError
from ...spec import Batch, DataSpec


class Penalty(ABC):
    """A term of the training loss; the metric called `loss` leaves it out.

    weight: factor of the term, at least 0; recorded: what hooks leave for `value`. Raises UserError for another weight.
    """

    def __init__(self, *, weight: float) -> None:
        if not 0 <= weight < float("inf"):
            raise UserError(f"{type(self).__name__}: weight is {weight}; it must be at least 0 and finite")
        self.weight = weight
        self.recorded: list[Tensor] = []

    @abstractmethod
    def bind(self, net: nn.Module, spec: DataSpec) -> None:
        """Find in a network what is penalized. Raises UserError if there is nothing."""

    def hooks(self) -> list[RemovableHandle]:
        """Put hooks on the network for the time of training, and return them."""
        return []

    def reset(self) -> None:
        """Forget what was recorded, before a forward pass."""
        self.recorded.clear()

    @abstractmethod
    def value(self, batch: Batch) -> Tensor:
        """Return the term, a scalar, after the forward pass of a batch."""
