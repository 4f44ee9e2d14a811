"""Images with classes and an official test set. Shapes: N images, C channels, H height, W width."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from ...card import TargetKind
from ...errors import UserError, unknown
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..folders import data_folder
from ..shared import once
from ..splits import Split
from ..subset import check_train, only_classes, require_two_classes, with_classes, with_fewer_training_examples
from .pixels import to_unit_interval


class OfficialImages(Data):
    """Images x (C, H, W) in [0, 1] with classes, the official test set, and files that can be downloaded.

    root: the folder, else $NNZOO_DATA, else the cache. val: number of training images held out by `seed`, may be 0;
    train: number of the remaining training images to use, a stratified choice by `seed`, null for all; classes: numbers
    of the classes to use, in all splits, null for all. validate_on: "test" (with val=0) validates on the test set, to
    reproduce published curves of the test error by epoch; do not select models by it.
    Raises UserError for values out of range and for files that are missing or damaged.
    training_size: number of official training images; class_names: of all classes.
    """

    target_kind: ClassVar[TargetKind] = "classes"
    shape: ClassVar[tuple[int, int, int]]
    training_size: int
    class_names: tuple[str, ...]

    def __init__(
        self,
        *,
        root: str | None = None,
        train: int | None = None,
        val: int = 5000,
        classes: Sequence[int] | None = None,
        validate_on: Literal["train", "test"] = "train",
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        if not 0 <= val < self.training_size:
            raise UserError(f"val is {val}; it must be from 0 to {self.training_size - 1} training examples")
        if validate_on not in ("train", "test"):
            raise unknown("validate_on", validate_on, ("train", "test"))
        if validate_on == "test" and val:
            raise UserError(f"validate_on=test needs val=0, not val={val}: no training examples are held out")
        if validate_on == "test" and self.take_fold() is not None:
            raise UserError("validate_on=test has no effect with cv: the validation examples are those of the fold")
        check_train(train)
        self.root = root
        self.train = train
        self.val = val
        self.classes = classes
        self.validate_on = validate_on
        self.transform = to_unit_interval
        labels = self.class_names
        spec = DataSpec(
            "real", self.shape, "classes", len(labels), low=0.0, high=1.0, labels=labels, classes=class_values(labels)
        )
        self.spec = with_classes(spec, classes)

    @abstractmethod
    def read(self, root: Path) -> tuple[Batch, Batch]:
        """Return the training and the test images as bytes, (N, C, H, W), with their classes, int64."""

    def require_target(self) -> None:
        """Raise UserError if only one class is chosen."""
        require_two_classes(self.classes)

    def load(self) -> Splits:
        """Read the images as bytes (N, C, H, W)."""
        root = data_folder(self.root)
        classes = None if self.classes is None else tuple(self.classes)
        train, test = once((*self.source, root, classes), lambda: self._read(root))
        if self.val >= len(train):
            raise UserError(f"val is {self.val}; there are {len(train)} training images of the classes {self.classes}")
        fold = self.take_fold()
        splits: Splits = {"train": train, "test": test}
        if self.validate_on == "test":
            splits["val"] = test
        elif self.val or fold is not None:
            # without folds the split is not stratified, as in earlier versions
            rest, held = self.hold_out(len(train), self.val, None if fold is None else train.y)
            splits |= {"train": train.subset(rest), "val": train.subset(held)}
        return with_fewer_training_examples(splits, self.train, seed=self.seed, val=self.val, fold=fold)

    @property
    def source(self) -> tuple[str, ...]:
        """What `read` depends on besides the folder."""
        return (type(self).__name__,)

    def _read(self, root: Path) -> tuple[Split, Split]:
        """Return the training and the test images of the chosen classes."""
        train, test = (Split.of(only_classes(part, self.classes)) for part in self.read(root))
        return train, test


def class_values(labels: Sequence[str]) -> tuple[int, ...]:
    """Return classes that are called by numbers as numbers, otherwise nothing: the names are the values."""
    return tuple(map(int, labels)) if all(map(str.isdecimal, labels)) else ()
