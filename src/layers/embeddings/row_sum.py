"""Networks with a linear hidden layer that is a sum of rows of a table.

Shapes: B examples, A rows of an example, V rows of the table, K outputs, F features.
"""

from typing import Protocol

from jaxtyping import Bool, Int
from torch import Tensor, nn


class RowSum(Protocol):
    """A network whose hidden layer is the sum or mean of rows of a table, with a linear output layer.

    table: (V, F); average: the mean instead of the sum; head: the output layer, weight (K, F).
    """

    table: nn.Parameter
    average: bool
    head: nn.Linear

    def table_rows(self, x: Int[Tensor, "B T"], mask: Bool[Tensor, "B T"] | None) -> Int[Tensor, "B A"]:
        """Return the indices of the rows of each example, -1 where there is none."""
