"""A loss of another library, or a function. Shapes as in `base`; K outputs."""

from collections.abc import Callable
from typing import Any, ClassVar, get_args

from torch import Tensor, nn

from ..card import TargetKind
from ..errors import UserError
from .base import Loss

PROBABILITIES: dict[type, Callable[[Tensor], Tensor]] = {
    nn.CrossEntropyLoss: lambda output: output.softmax(-1),
    nn.NLLLoss: lambda output: output.exp(),
    nn.BCEWithLogitsLoss: lambda output: output.sigmoid(),
    nn.BCELoss: lambda output: output,
}
"""Loss of torch -> the probabilities that it defines."""


class FunctionLoss(Loss):
    """The mean loss of a batch as a function of outputs and targets gives it, such as `torch.nn.CrossEntropyLoss`.

    function: a module or function of the raw outputs (N, K) and the targets (N,) or (N, D) of N examples or real steps,
    which returns one number, their mean loss.
    """

    targets: ClassVar[tuple[str, ...]] = tuple(kind for kind in get_args(TargetKind) if kind != "none")
    additive: ClassVar[bool] = False

    def __init__(self, function: Callable[[Tensor, Tensor], Any]) -> None:
        super().__init__()
        self.function = function

    @property
    def name(self) -> str:
        """The name of the function, or of the class of the module."""
        return getattr(self.function, "__name__", type(self.function).__name__)

    def probabilities(self, output: Tensor) -> Tensor | None:
        """Return the probability of each class or label for losses of torch that define them, else None."""
        known = next((each for kind, each in PROBABILITIES.items() if isinstance(self.function, kind)), None)
        return None if known is None else known(output)

    def call(self, output: Tensor, target: Tensor, mask: Tensor | None = None) -> Any:
        """Return what the function returns for examples, or for all steps as examples. mask: True at real steps."""
        if mask is not None:
            return self.function(output[mask], target[mask])
        steps = output.ndim - 1
        return self.function(output.flatten(0, -2), target.flatten(0, steps - 1))

    def mean(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the mean loss of the examples or of all steps."""
        loss: Tensor = self.call(output, target)
        return loss.reshape(())  # from (1,), too

    def mean_of_steps(self, output: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        """Return the mean loss of the real steps."""
        loss: Tensor = self.call(output, target, mask)
        return loss.reshape(())  # from (1,), too

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Raise UserError: the function returns one number for a batch."""
        raise UserError(
            f"loss '{self.name}' returns the mean of a batch; where one loss for each example is needed, derive a "
            "class from nnzoo.losses.base.Loss"
        )
