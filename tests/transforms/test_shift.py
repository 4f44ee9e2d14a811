"""Against SciPy."""

from collections import Counter

import numpy as np
import pytest
import torch
from nnzoo.spec import DataSpec
from nnzoo.transforms import Shift
from scipy import ndimage

IMAGES = torch.rand(400, 2, 5, 7, generator=torch.Generator().manual_seed(0))
SPEC = DataSpec("real", (2, 5, 7), "classes", 3, low=0.0, high=1.0)


def applied(transform: Shift, seed: int = 0) -> torch.Tensor:
    return transform.apply(IMAGES, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("pixels", "fill"), [(1, 0.0), (2, 0.5)])
def test_every_translation_is_scipys_and_as_likely_as_any_other(pixels: int, fill: float) -> None:
    found: Counter[tuple[int, int]] = Counter()
    moves = range(-pixels, pixels + 1)
    for image, moved in zip(IMAGES.numpy(), applied(Shift(pixels=pixels, fill=fill)).numpy(), strict=True):
        fits = [
            (down, right)
            for down in moves
            for right in moves
            if np.array_equal(ndimage.shift(image, (0, down, right), order=0, cval=fill), moved)
        ]
        assert len(fits) == 1
        found[fits[0]] += 1
    each = len(IMAGES) / len(moves) ** 2
    assert len(found) == len(moves) ** 2
    assert sum((count - each) ** 2 / each for count in found.values()) < 3 * len(found)  # chi squared


def test_the_same_random_numbers_the_same_images() -> None:
    assert torch.equal(applied(Shift()), applied(Shift()))
    assert not torch.equal(applied(Shift()), applied(Shift(), seed=1))


def test_unsupported_inputs_and_settings() -> None:
    Shift().check(SPEC)
    with pytest.raises(ValueError, match="for inputs of the form image; the data gives real vector of 4"):
        Shift().check(DataSpec("real", (4,), "classes", 3))
    with pytest.raises(ValueError, match="shifts images by up to 5 pixels; the images have 5x7"):
        Shift(pixels=5).check(SPEC)
    with pytest.raises(ValueError, match="has fill=-1; the pixels are from 0 to 1"):
        Shift(fill=-1).check(SPEC)
    with pytest.raises(ValueError, match="pixels is 0"):
        Shift(pixels=0)
