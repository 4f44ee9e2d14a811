"""Against SciPy's affine_transform."""

import math

import numpy as np
import pytest
import torch
from nnzoo.spec import DataSpec
from nnzoo.transforms import Rescale, Rotate
from nnzoo.transforms.rotate import rotations
from nnzoo.transforms.sampling import resampled
from scipy import ndimage

IMAGES = torch.rand(40, 2, 9, 12, generator=torch.Generator().manual_seed(0))


def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("degrees", [-170.0, -90.0, -20.0, 0.0, 15.0, 90.0, 133.0, 180.0])
def test_rotation_is_scipys_of_the_largest_rectangle(degrees):
    height, width = IMAGES.shape[2:]
    angle = math.radians(degrees)
    cos, sin, down, right = math.cos(angle), math.sin(angle), (height - 1) / 2, (width - 1) / 2
    corners = np.array([[d * down, r * right] for d in (-1, 1) for r in (-1, 1)])
    turn = np.array([[cos, sin], [-sin, cos]])  # of (down, right), counterclockwise as seen
    scale = min(np.array([down, right]) / np.abs(corners @ turn.T).max(0))
    centre = np.array([down, right])
    matrix = scale * turn
    found = resampled(IMAGES[:3], rotations(torch.tensor([angle] * 3), height, width))
    for image, one in zip(IMAGES[:3].numpy(), found.numpy(), strict=True):
        for channel, rotated in zip(image, one, strict=True):
            wanted = ndimage.affine_transform(channel, matrix, centre - matrix @ centre, order=1, mode="nearest")
            np.testing.assert_allclose(rotated, wanted, atol=1e-4)
    places = corners @ matrix.T + centre  # all known, and one corner at the border: nothing larger fits
    assert (places > -1e-9).all()
    assert (places < np.array([height, width]) - 1 + 1e-9).all()
    assert min(np.abs(places).min(), np.abs(places - [height - 1, width - 1]).min()) < 1e-9


def test_a_quarter_turn_of_a_square():
    square = torch.rand(1, 1, 6, 6)
    found = resampled(square, rotations(torch.tensor([math.pi / 2]), 6, 6))
    torch.testing.assert_close(found, torch.rot90(square, 1, (2, 3)), atol=1e-5, rtol=0)


def test_angles_are_uniform_in_their_range():
    ramp = torch.linspace(0, 1, 9).expand(4000, 1, 9, 9)  # its gradient shows the angle
    x = Rotate(degrees=40.0).apply(ramp, generator()).double()[:, 0, 3:6, 3:6]
    angles = torch.atan2(x[:, 0, 1] - x[:, 2, 1], x[:, 1, 2] - x[:, 1, 0]).rad2deg()
    assert 39 < angles.abs().max() <= 40.01
    assert angles.histc(8, -40, 40).min() > 400


@pytest.mark.parametrize("transform", [Rotate(degrees=180.0), Rescale(factor=3.0)])
def test_no_unknown_pixels_and_no_values_outside(transform):
    constant = torch.full((200, 1, 9, 12), 0.7)
    torch.testing.assert_close(transform.apply(constant, generator()), constant)
    x = transform.apply(IMAGES, generator())
    assert x.shape == IMAGES.shape
    assert x.min() >= 0
    assert x.max() <= 1
    assert torch.equal(x, transform.apply(IMAGES, generator()))
    assert not torch.equal(x, transform.apply(IMAGES, torch.Generator().manual_seed(1)))


def test_enlarged_windows_are_inside_at_all_places():
    down, right = torch.meshgrid(torch.arange(9.0), torch.arange(12.0), indexing="ij")
    x = Rescale(factor=2.0).apply(torch.stack([down, right]).expand(3000, 2, 9, 12), generator())
    for channel, last in ((0, 8), (1, 11)):
        first, end = x[:, channel, 0, 0], x[:, channel, -1, -1]
        factor = last / (end - first)
        assert factor.min() >= 1 - 1e-5
        assert factor.max() <= 2 + 1e-5
        assert factor.histc(5, 1, 2).min() > 500
        assert first.min() >= -1e-4
        assert end.max() <= last + 1e-4
        place = first / (last - (end - first)).clamp_min(1e-6)  # 0 to 1: from the first window to the last
        assert place[factor > 1.1].histc(4, 0, 1).min() > 500
    torch.testing.assert_close(x[:, 0, 4, 0], (x[:, 0, 0, 0] + x[:, 0, 8, 0]) / 2)  # linear in between
    torch.testing.assert_close(x[:, 0, -1, 0] - x[:, 0, 0, 0], (x[:, 1, 0, -1] - x[:, 1, 0, 0]) * 8 / 11)


def test_unsupported_inputs_and_settings():
    for transform in (Rotate(), Rescale()):
        transform.check(DataSpec("real", (1, 2, 2), "classes", 2))
        with pytest.raises(ValueError, match="of at least 2x2 pixels; the images have 1x5"):
            transform.check(DataSpec("real", (1, 1, 5), "classes", 2))
        with pytest.raises(ValueError, match="for inputs of the form image"):
            transform.check(DataSpec("real", (4,), "classes", 2))
    for degrees in (0.0, 181.0):
        with pytest.raises(ValueError, match=f"degrees is {degrees:g}; it must be above 0 and at most 180"):
            Rotate(degrees=degrees)
    for factor in (1.0, float("inf")):
        with pytest.raises(ValueError, match=f"factor is {factor:g}; it must be above 1"):
            Rescale(factor=factor)
