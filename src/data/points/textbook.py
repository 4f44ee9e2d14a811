"""Small data sets that a textbook prints in full.

Shapes: N examples, F features.
"""

from typing import ClassVar, Literal

import torch

from ...errors import unknown
from ...spec import Batch, DataSpec
from ..base import Data, Splits

Rows = tuple[tuple[float, ...], ...]
X: dict[str, Rows] = {
    "redundant": ((1, 1, 0, 0, 0), (2, 0, 1, 0, 0), (3, 0, 0, 1, 0), (4, 0, 0, 0, 1)),
    "three_points": ((1, 1), (-1, 1), (0, 1)),
    "sign_product": ((-1, -1), (1, 1), (1, -1), (-1, 1)),
}
Y = {"redundant": (2.0, 4.0, 6.0, 8.0), "three_points": (1, 1, 0), "sign_product": (1, 1, 0, 0)}
SPECS = {
    "redundant": DataSpec("real", (5,), "real", 1, low=0.0, high=4.0),
    "three_points": DataSpec("real", (2,), "classes", 2, low=-1.0, high=1.0, labels=("plus", "star")),
    "sign_product": DataSpec("sign", (2,), "classes", 2, low=-1.0, high=1.0, labels=("minus", "plus")),
}


class Textbook(Data):
    """Three or four examples printed in a textbook; train, val and test contain the same examples.

    table: "redundant": 4 examples with 5 features; the target is twice the first feature, and other weights fit the
    examples as well (Aggarwal 1.4.1). "three_points": two points of class "star" with one of class "plus" between them,
    not linearly separable, but separable with two ReLU units (Aggarwal 1.5.1, figure 1.14). "sign_product": the class
    is the sign of the product of two features -1 or 1 (Aggarwal, exercises 1.4 and 1.5). Raises UserError for another
    name.
    """

    batch_size: ClassVar[int] = 1

    def __init__(
        self,
        *,
        table: Literal["redundant", "three_points", "sign_product"],
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        if table not in X:
            raise unknown("table", table, X)
        self.table = table
        self.spec = SPECS[table]

    def load(self) -> Splits:
        """Return the table: x (N, F), y (N, 1) real or (N,) classes."""
        y = torch.tensor(Y[self.table])
        every = Batch(torch.tensor(X[self.table], dtype=torch.float32), y[:, None] if y.is_floating_point() else y)
        return self.with_fold({"train": every, "val": every, "test": every})
