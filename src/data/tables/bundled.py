"""Small tables that come with scikit-learn, the ones that linear classifiers have always been tried on.

Shapes: N examples, F features.
"""

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ...preprocessing.base import Preprocessing
from ...spec import DataSpec
from ..base import Data, Splits
from ..holdout import check_fraction

if TYPE_CHECKING:
    from .array import Array

TEST = 0.2  # there is no official split; this one is the same for every seed


class Bundled(Data):
    """Measurements and a class; a fifth is the test set, classes in proportion.

    name: that of scikit-learn's `load_...`; features: how many there are. val: fraction of the training set held out by
    `seed`; standardize: features to mean 0 and standard deviation 1 on the training set. Raises UserError if `val` is
    no fraction.
    """

    name: ClassVar[str]
    features: ClassVar[int]
    labels: ClassVar[tuple[str, ...]]

    def __init__(self, *, val: float = 0.1, standardize: bool = True, seed: int = 0) -> None:
        super().__init__(seed=seed)
        check_fraction("val", val)
        self.val = val
        self.standardize = self.standardized = standardize
        self.spec = DataSpec("real", (self.features,), "classes", len(self.labels), labels=self.labels)

    @cached_property
    def table(self) -> "Array":
        """The table read as one of the user's own is: same split, same scaling."""
        from sklearn import datasets

        from .array import Array  # pandas takes a while

        frame = getattr(datasets, f"load_{self.name}")(as_frame=True).frame
        return Array(
            path=None,
            source=frame,
            target="target",
            val=self.val,
            test=TEST,
            standardize=self.standardize,
            seed=self.seed,
        )

    @property
    def preprocessing(self) -> Preprocessing:
        """The columns, by their names in scikit-learn, scaled by the training rows."""
        return self.table.preprocessing

    def load(self) -> Splits:
        """Read and split."""
        return self.table.load()


class Iris(Bundled):
    """Fisher's iris flowers (1936): 150 of three species by four lengths in cm; the rest as in `Bundled`."""

    name = "iris"
    features = 4
    labels = ("setosa", "versicolor", "virginica")


class BreastCancer(Bundled):
    """Wisconsin breast cancer (1993): 569 tumours, malignant or benign, by 30 features; the rest as in `Bundled`."""

    name = "breast_cancer"
    features = 30
    labels = ("malignant", "benign")


class Wine(Bundled):
    """178 wines of three growers (UCI, 1991) by 13 measurements; the rest as in `Bundled`."""

    name = "wine"
    features = 13
    labels = ("class_0", "class_1", "class_2")
