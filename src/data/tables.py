"""Small tables that come with scikit-learn, the ones that linear classifiers have always been tried on.

Shapes: N examples, F features.
"""

from abc import abstractmethod
from typing import ClassVar

import torch

from ..spec import Batch, DataSpec
from .base import Data, Splits
from .holdout import check_fraction, split_off
from .scaling import standardized

TEST = 0.2  # there is no official split; this one is the same for every seed


class Table(Data):
    """Measurements and a class; a fifth is the test set, classes in proportion.

    val: fraction of the training set held out by `seed`; standardize: features to mean 0 and standard deviation 1 on
    the training set. Raises UserError if `val` is no fraction.
    """

    def __init__(
        self, *, features: int, labels: tuple[str, ...], val: float, standardize: bool, batch_size: int, seed: int
    ) -> None:
        super().__init__(batch_size=batch_size, seed=seed)
        check_fraction("val", val)
        self.val = val
        self.standardize = standardize
        self.spec = DataSpec("real", (features,), "classes", len(labels), labels=labels)

    @abstractmethod
    def read(self) -> Batch:
        """Return all examples: float32 (N, F) and int64 (N,)."""

    def load(self) -> Splits:
        """Read and split."""
        splits = {}
        splits["train"], splits["test"] = split_off(self.read(), TEST, 0)
        if self.val:
            splits["train"], splits["val"] = split_off(splits["train"], self.val, self.seed)
        return standardized(splits) if self.standardize else splits


class Bundled(Table):
    """A table of scikit-learn's: `name` is that of its `load_...`, `features` how many there are."""

    name: ClassVar[str]
    features: ClassVar[int]
    labels: ClassVar[tuple[str, ...]]

    def __init__(self, *, val: float = 0.1, standardize: bool = True, batch_size: int = 32, seed: int = 0) -> None:
        super().__init__(
            features=self.features,
            labels=self.labels,
            val=val,
            standardize=standardize,
            batch_size=batch_size,
            seed=seed,
        )

    def read(self) -> Batch:
        """Return the table."""
        from sklearn import datasets

        x, y = getattr(datasets, f"load_{self.name}")(return_X_y=True)
        return Batch(torch.from_numpy(x).float(), torch.from_numpy(y).long())


class Iris(Bundled):
    """Fisher's iris flowers (1936): 150 of three species by four lengths in cm; the rest as in `Table`."""

    name = "iris"
    features = 4
    labels = ("setosa", "versicolor", "virginica")


class BreastCancer(Bundled):
    """Wisconsin breast cancer (1993): 569 tumours, malignant or benign, by 30 features; the rest as in `Table`."""

    name = "breast_cancer"
    features = 30
    labels = ("malignant", "benign")


class Wine(Bundled):
    """178 wines of three growers (UCI, 1991) by 13 measurements; the rest as in `Table`."""

    name = "wine"
    features = 13
    labels = ("class_0", "class_1", "class_2")
