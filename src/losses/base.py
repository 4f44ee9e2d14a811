"""What a loss is: one number an example or a step; means and masks are the task's.

Shapes: "*n" the examples (B,) or, with a target for every step, (B, T); K outputs.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from ..spec import DataSpec


class Loss(nn.Module, ABC):
    """A function of raw outputs (*n, out_features) and targets that gives (*n,) losses.

    targets: the kinds of target it is made for (`DataSpec.target`); input_range: in which inputs lie that are the
    target, None where they may be any numbers.
    """

    targets: ClassVar[tuple[str, ...]]
    input_range: ClassVar[tuple[float, float] | None] = None

    def out_features(self, target_size: int) -> int:
        """Return how many outputs the network must have; raises ValueError if there is no right number."""
        return target_size

    def scores(self, output: Tensor) -> Tensor:
        """Return one number a class, the largest for the one to decide for: usually the outputs themselves."""
        return output

    def takes(self, spec: DataSpec) -> str | None:
        """Return why this is no loss for a target, None if it is one."""
        if spec.target in self.targets:
            return None
        return f"takes {' or '.join(self.targets)}; the target of the data is {spec.target}"

    def expected(self, output: Tensor) -> Tensor:
        """Return what raw outputs (*n, K) say that real targets are: usually the outputs themselves."""
        return output

    def probabilities(self, output: Tensor) -> Tensor | None:
        """Return the probability of each class or label, (*n, K), None where the loss is of no such model."""
        return None

    @abstractmethod
    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of each example or step."""
