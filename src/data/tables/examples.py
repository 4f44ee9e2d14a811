"""The interface of the user's examples: targets are encoded first, inputs after the splits are known."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...preprocessing.base import Preprocessing
from ...spec import DataSpec
from .targets import Targets

Rows = NDArray[np.int64]


class Prepared(NamedTuple):
    """Encoded inputs.

    x: of all splits, in the order of `Examples.prepare`; x_test: of a separate test set; spec: of the inputs, without a
    target; words: parts of the summary.
    """

    x: Tensor
    x_test: Tensor | None
    spec: DataSpec
    preprocessing: Preprocessing
    words: list[str]


class Examples(Protocol):
    """Examples of the user with encoded targets, (N,) or (N, D).

    name: of the file or object; target_names: of the target columns, empty if they have no names; has_test_set: whether
    there is a separate test set beside the N examples.
    """

    name: str
    targets: Targets
    target_names: tuple[str, ...]
    has_test_set: bool

    def prepare(self, order: Rows, train: int) -> Prepared:
        """Return the inputs of the rows in this order; the first `train` are the training rows.

        Call it only once; a copy can be prepared as well.
        """
