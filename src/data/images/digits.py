"""The handwritten digits of scikit-learn: 1797 images of 8x8 pixels, the test set of UCI optdigits.

Shapes: N examples.
"""

import torch
from torch.nn.functional import interpolate

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..holdout import check_fraction, train_test_split

TEST = 0.2  # there is no official split; this one is the same for every seed


class Digits(Data):
    """The 1797 handwritten digits of scikit-learn, x (1, size, size) in [0, 1], ten classes; 20 % are the test set.

    size: 8 for the original images, larger values for bilinear interpolation; val: fraction of the training set held
    out by `seed`. Raises UserError if `size` is below 8 or `val` is not a fraction.
    """

    def __init__(self, *, size: int = 28, val: float = 0.1, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if size < 8:
            raise UserError(f"size is {size}; it must be at least 8, the size of the original images")
        check_fraction("val", val)
        self.size = size
        self.val = val
        self.spec = DataSpec(
            "real",
            (1, size, size),
            "classes",
            10,
            low=0.0,
            high=1.0,
            labels=tuple("0123456789"),
            classes=tuple(range(10)),
        )

    def load(self) -> Splits:
        """Read the images, resize and split them."""
        from sklearn.datasets import load_digits

        images, classes = load_digits(return_X_y=True)
        x = torch.from_numpy(images).float().div_(16).view(-1, 1, 8, 8)
        x = interpolate(x, size=(self.size, self.size), mode="bilinear").clamp_(0, 1)
        train, test = train_test_split(Batch(x, torch.from_numpy(classes).long()), TEST, 0)
        return {**self.hold_out_validation(train, self.val), "test": test}
