"""Small classification tables that are part of scikit-learn.

Shapes: N examples, F features.
"""

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ...preprocessing.base import Preprocessing
from ...spec import DataSpec
from ..base import Data, Splits
from ..folds import validating_on
from ..holdout import check_fraction

if TYPE_CHECKING:
    from .array import Array

TEST = 0.2  # there is no official split; this one is the same for every seed


class Bundled(Data):
    """A classification table of scikit-learn; 20 % of the rows are the test set, stratified by class.

    name: of scikit-learn's function `load_NAME`; features: number of features; val: fraction of the training set held
    out by `seed`; standardize: scale features to mean 0 and standard deviation 1 over the training set. Raises
    UserError if `val` is not a fraction.
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
        """The table as an `Array`, with the same splits and scaling as a table of the user."""
        from sklearn import datasets

        from .array import Array  # here, since importing pandas is slow

        frame = getattr(datasets, f"load_{self.name}")(as_frame=True).frame
        with validating_on(self.take_fold()):
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
        """The conversion of rows to inputs; the columns have their names in scikit-learn."""
        return self.table.preprocessing

    def load(self) -> Splits:
        """Read and split the table."""
        return self.table.load()


class Iris(Bundled):
    """Fisher's iris data (1936): 150 flowers of three species with four lengths in cm.

    20 % of the rows are the test set, stratified by class. val: fraction of the training set held out by `seed`;
    standardize: scale features to mean 0 and standard deviation 1 over the training set. Raises UserError if `val` is
    not a fraction.
    """

    name = "iris"
    features = 4
    labels = ("setosa", "versicolor", "virginica")


class BreastCancer(Bundled):
    """Wisconsin breast cancer data (1993): 569 malignant or benign tumours with 30 features.

    20 % of the rows are the test set, stratified by class. val: fraction of the training set held out by `seed`;
    standardize: scale features to mean 0 and standard deviation 1 over the training set. Raises UserError if `val` is
    not a fraction.
    """

    name = "breast_cancer"
    features = 30
    labels = ("malignant", "benign")


class Wine(Bundled):
    """Wine data (UCI, 1991): 178 wines of three growers with 13 chemical measurements.

    20 % of the rows are the test set, stratified by class. val: fraction of the training set held out by `seed`;
    standardize: scale features to mean 0 and standard deviation 1 over the training set. Raises UserError if `val` is
    not a fraction.
    """

    name = "wine"
    features = 13
    labels = ("class_0", "class_1", "class_2")
