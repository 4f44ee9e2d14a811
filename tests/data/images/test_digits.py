import pytest
import torch
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from sklearn.datasets import load_digits
from torchvision.transforms.functional import resize


def test_pixels_and_classes_are_scikit_learns():
    images, classes = load_digits(return_X_y=True)
    known = {image.tobytes(): label for image, label in zip(images, classes, strict=True)}
    parts = Digits(size=8).splits.values()
    assert sum(len(part.x) for part in parts) == 1797
    for part in parts:
        for x, y in zip(part.x, part.y, strict=True):
            assert known[(x.double() * 16).numpy().tobytes()] == y


def test_upscaling_is_bilinear():
    small, large = Digits(size=8).splits["test"].x, Digits(size=28).splits["test"].x
    assert torch.allclose(large, resize(small, [28, 28], antialias=False), atol=1e-6)


def test_split_is_stratified_and_test_is_fixed():
    one, other = Digits(size=8, seed=0).splits, Digits(size=8, seed=1).splits
    assert {name: len(part.x) for name, part in one.items()} == {"train": 1294, "val": 144, "test": 359}
    assert torch.equal(one["test"].x, other["test"].x)
    assert not torch.equal(one["val"].x, other["val"].x)
    counts = one["test"].y.bincount()
    assert counts.min() >= 34
    assert counts.max() <= 37


def test_without_validation():
    assert {name: len(part.x) for name, part in Digits(size=8, val=0).splits.items()} == {
        "train": 1438,
        "test": 359,
    }


@pytest.mark.parametrize("wrong", [{"size": 7}, {"val": 1.0}, {"val": -0.1}])
def test_values_out_of_range(wrong):
    (name,) = wrong
    with pytest.raises(UserError, match=f"{name} is {wrong[name]}"):
        Digits(**wrong)
