"""Wines of three growers, from scikit-learn (UCI, 1991). Shapes: N examples, F features."""

import torch

from ..spec import Batch
from .tables import Table


class Wine(Table):
    """178 wines of three growers by 13 measurements; the rest as in `Table`."""

    def __init__(self, *, val: float = 0.1, standardize: bool = True, batch_size: int = 32, seed: int = 0) -> None:
        super().__init__(
            features=13,
            labels=("class_0", "class_1", "class_2"),
            val=val,
            standardize=standardize,
            batch_size=batch_size,
            seed=seed,
        )

    def read(self) -> Batch:
        """Return the wines."""
        from sklearn.datasets import load_wine

        x, y = load_wine(return_X_y=True)
        return Batch(torch.from_numpy(x).float(), torch.from_numpy(y).long())
