"""The handwritten digits of scikit-learn: 1797 images of 8x8 pixels, the test set of UCI optdigits.

Shapes: N examples.
"""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch.nn.functional import interpolate

from ...card import TargetKind
from ...errors import UserError
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..holdout import check_fraction, train_test_split
from ..shared import once
from ..splits import Split
from ..subset import check_train, only_classes, require_two_classes, with_classes, with_fewer_training_examples

TEST = 0.2  # there is no official split; this one is the same for every seed


class Digits(Data):
    """The 1797 handwritten digits of scikit-learn, x (1, size, size) in [0, 1], ten classes; 20 % are the test set.

    size: 8 for the original images, larger values for bilinear interpolation; val: fraction of the training set held
    out by `seed`; train: number of the remaining training images to use, a stratified choice by `seed`, null for all;
    classes: digits to use, in all splits, null for all. Raises UserError for values out of range.
    """

    target_kind: ClassVar[TargetKind] = "classes"

    def __init__(
        self,
        *,
        size: int = 28,
        train: int | None = None,
        val: float = 0.1,
        classes: Sequence[int] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        if size < 8:
            raise UserError(f"size is {size}; it must be at least 8, the size of the original images")
        check_fraction("val", val)
        check_train(train)
        self.size = size
        self.train = train
        self.val = val
        self.classes = classes
        spec = DataSpec(
            "real",
            (1, size, size),
            "classes",
            10,
            low=0.0,
            high=1.0,
            labels=tuple("0123456789"),
            classes=tuple(range(10)),
        )
        self.spec = with_classes(spec, classes)

    def require_target(self) -> None:
        """Raise UserError if only one class is chosen."""
        require_two_classes(self.classes)

    def load(self) -> Splits:
        """Read the images, resize and split them."""
        classes = None if self.classes is None else tuple(self.classes)
        rest, test = once(("digits", self.size, classes), lambda: read(self.size, classes))
        splits: Splits = {**self.hold_out_validation(rest, self.val), "test": test}
        return with_fewer_training_examples(splits, self.train, seed=self.seed, val=self.val, fold=self.take_fold())


def read(size: int, classes: Sequence[int] | None) -> tuple[Split, Split]:
    """Return the training and the test images of some classes, None for all, resized to size x size."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    x = torch.from_numpy(images).float().div_(16).view(-1, 1, 8, 8)
    x = interpolate(x, size=(size, size), mode="bilinear").clamp_(0, 1)
    parts = train_test_split(Batch(x, torch.from_numpy(labels).long()), TEST, 0)
    rest, test = (Split.of(only_classes(part, classes)) for part in parts)
    return rest, test
