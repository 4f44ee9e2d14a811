"""Against slices in NumPy, and torchvision's center_crop."""

from collections import Counter

import numpy as np
import pytest
import torch
from nnzoo.spec import DataSpec
from nnzoo.transforms import Crop
from torchvision.transforms.v2 import functional

IMAGES = torch.rand(600, 2, 5, 7, generator=torch.Generator().manual_seed(0))
SPEC = DataSpec("real", (2, 5, 7), "classes", 3, low=0.0, high=1.0)


def made(**settings):
    crop = Crop(**settings)
    crop.check(SPEC)
    crop.fit(lambda: iter([IMAGES]))
    return crop


@pytest.mark.parametrize(("size", "padding", "fill"), [((3, 4), 0, 0.0), (5, 1, 0.5), (None, 1, 0.0)])
def test_every_window_is_as_likely_as_any_other(size, padding, fill):
    crop = made(size=size, padding=padding, fill=fill)
    h, w = (size, size) if isinstance(size, int) else size or (5, 7)
    padded = np.pad(IMAGES.numpy(), ((0, 0), (0, 0), (padding,) * 2, (padding,) * 2), constant_values=fill)
    places = [(i, j) for i in range(5 + 2 * padding - h + 1) for j in range(7 + 2 * padding - w + 1)]
    found = Counter()
    for image, part in zip(padded, crop.augment(IMAGES, torch.Generator().manual_seed(0)).numpy(), strict=True):
        fits = [(i, j) for i, j in places if np.array_equal(image[:, i : i + h, j : j + w], part)]
        assert len(fits) == 1
        found[fits[0]] += 1
    each = len(IMAGES) / len(places)
    assert len(found) == len(places)
    assert sum((count - each) ** 2 / each for count in found.values()) < 3 * len(found)  # chi squared
    assert crop.output_spec(SPEC).shape == (2, h, w)


def test_evaluation_takes_the_centre_and_the_inverse_puts_it_back():
    crop = made(size=[3, 5], padding=2, fill=0.25)
    centre = crop.apply(IMAGES)
    assert torch.equal(centre, functional.center_crop(IMAGES, [3, 5]))
    back = crop.inverse(centre)
    assert torch.equal(crop.apply(back), centre)
    assert back.shape == IMAGES.shape
    assert (back[:, :, 0] == 0.25).all()
    assert torch.equal(made(padding=2).apply(IMAGES), IMAGES)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 6}, "crops images to 6x6 pixels; the images have 5x7"),
        ({"padding": 0}, "has no effect: the images have 5x7 pixels, and padding is 0"),
        ({"fill": 2.0}, "has fill=2; the pixels are from 0 to 1"),
        ({"size": [3]}, r"size is \[3\]; it must be one number of pixels"),
        ({"size": 0}, "size is 0"),
        ({"padding": -1}, "padding is -1"),
    ],
)
def test_unsupported_inputs_and_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        made(**settings)
