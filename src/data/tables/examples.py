"""What the user's own examples become: targets first, then the inputs, once it is known which rows are for training."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...preprocessing.base import Preprocessing
from ...spec import DataSpec
from .targets import Targets

Rows = NDArray[np.int64]


class Prepared(NamedTuple):
    """Inputs as the network takes them.

    x: of all splits, in the order asked for; x_test: of a test set of its own; spec: of the inputs, its target is not
    set; words: what was read.
    """

    x: Tensor
    x_test: Tensor | None
    spec: DataSpec
    preprocessing: Preprocessing
    words: list[str]


class Examples(Protocol):
    """Own examples whose targets are known, (N,) or (N, D).

    name: of the file or object; target_names: of the columns that are the targets, empty where they have none;
    own_test: there is a test set beside the N examples.
    """

    name: str
    targets: Targets
    target_names: tuple[str, ...]
    own_test: bool

    def prepare(self, order: Rows, train: int) -> Prepared:
        """Return the inputs of the rows in this order, of which the first `train` are for training. Only once."""
