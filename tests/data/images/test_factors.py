import math

import numpy as np
import pytest
import torch
from nnzoo.data.images.factors import Faces, MovingBlob
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec
from scipy.ndimage import center_of_mass
from torch.testing import assert_close

KINDS = [MovingBlob, Faces]


def drawn(data, *factors):
    """Return the images (N, S, S) of given factors."""
    places = (torch.arange(data.size) + 0.5) * 2 / data.size - 1
    return data.draw(torch.tensor(factors)[:, :, None, None], places[:, None], places)


def test_the_blob_is_a_gaussian_around_its_target():
    part = MovingBlob(size=12, radius=0.2, train=5).splits["train"]
    for image, (right, down) in zip(part.x[:, 0].double().numpy(), part.y.tolist(), strict=True):
        for row, column in [(0, 0), (3, 8), (11, 5)]:
            x, y = (2 * (place + 0.5) / 12 - 1 for place in (column, row))
            expected = np.exp(-((x - 0.8 * right) ** 2 + (y - 0.8 * down) ** 2) / (2 * 0.2**2))
            assert image[row, column] == pytest.approx(expected, abs=1e-6)


def test_spec():
    for kind, labels in ((MovingBlob, ("right", "down")), (Faces, ("pose", "light"))):
        spec = kind(size=9).spec
        assert spec == DataSpec("real", (1, 9, 9), "real", 2, low=0.0, high=1.0, labels=labels)


def test_the_target_is_the_centre_of_the_blob():
    blob = MovingBlob(size=32, radius=0.1)
    right, down = 0.5, -0.25
    row, column = center_of_mass(drawn(blob, (right, down))[0].numpy())
    assert (2 * (column + 0.5) / 32 - 1, 2 * (row + 0.5) / 32 - 1) == pytest.approx((0.9 * right, 0.9 * down), abs=1e-3)


def test_a_face_turned_and_lit_from_the_other_side_is_mirrored():
    image, other = drawn(Faces(), (0.7, -0.3), (-0.7, 0.3))
    assert_close(image, other.flip(-1))
    assert (image - other).abs().max() > 0.3


def test_the_light_comes_from_the_right_and_the_face_turns_to_the_right():
    left, right = drawn(Faces(), (0.0, -1.0), (0.0, 1.0))
    assert left[:, :14].mean() > 1.3 * left[:, 14:].mean()
    assert right[:, 14:].mean() > 1.3 * right[:, :14].mean()
    to_left, to_right = drawn(Faces(), (-1.0, 0.0), (1.0, 0.0))
    mouth = 21  # the row of the mouth, which is dark
    darkest = [int(image[mouth, 6:22].argmin()) + 6 for image in (to_left, to_right)]
    assert darkest[0] < 13
    assert darkest[1] > 14


def at(image, right, down):
    """Return the pixel nearest to a place."""
    row, column = (round((place + 1) * len(image) / 2 - 0.5) for place in (down, right))
    return image[row, column].item()


def shade(right, light):
    """Return the brightness of a cylinder of radius 0.7 that is lit from an angle of 0.9 at most."""
    angle = math.asin(right / 0.7)
    return 0.25 + 0.6 * max(0, math.cos(angle - 0.9 * light))


@pytest.mark.parametrize("pose", [-1.0, 0.0, 1.0])
def test_eyes_nose_and_mouth_are_on_the_surface_of_the_head(pose):
    (image,) = drawn(Faces(size=112), (pose, 0.0))
    for angle, down, left in [(-0.45, -0.15, 0.2), (0.45, -0.15, 0.2), (0.0, 0.15, 0.6), (0.0, 0.5, 0.2)]:
        right = 0.65 * math.sin(angle + 0.6 * pose)
        assert at(image, right, down) == pytest.approx(left * shade(right, 0.0), abs=0.02)
    for right, down in [(0.0, 0.75), (0.3, 0.7), (-0.3, 0.7)]:  # the chin
        assert at(image, right, down) == pytest.approx(shade(right, 0.0), abs=0.02)
    for right, down in [(0.75, 0.0), (-0.75, 0.0), (0.0, 0.95), (0.0, -0.95)]:
        assert at(image, right, down) == 0  # outside of the head


@pytest.mark.parametrize("light", [-1.0, 0.5, 1.0])
def test_the_head_is_a_shaded_cylinder(light):
    (image,) = drawn(Faces(size=112), (0.0, light))
    for right, down in [(-0.45, 0.3), (0.0, 0.36), (0.45, 0.3)]:
        assert at(image, right, down) == pytest.approx(shade(right, light), abs=0.02)


@pytest.mark.parametrize("pose", [-0.6, 0.0, 0.6])
def test_the_hair_leaves_most_of_the_forehead_free_where_the_face_looks(pose):
    (image,) = drawn(Faces(size=112), (pose, 0.0))
    for side in (-0.6, 0.0, 0.6):
        ends = -0.5 + 0.15 * abs(side - pose)
        hair, skin = (at(image, 0.7 * side, ends + gap) for gap in (-0.06, 0.06))
        assert hair == pytest.approx(0.2 * shade(0.7 * side, 0.0), abs=0.02)
        assert skin == pytest.approx(shade(0.7 * side, 0.0), abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_every_factor_changes_the_image_smoothly(kind):
    data = kind()
    for factor in range(2):
        steps = torch.zeros(201, 2)
        steps[:, factor] = torch.linspace(-1, 1, 201)
        change = drawn(data, *steps.tolist()).diff(dim=0)
        assert change.abs().amax((1, 2)).min() > 1e-4
        assert change.abs().max() < 0.1


@pytest.mark.parametrize("kind", KINDS)
def test_sampled_by_seed_with_uniform_factors(kind):
    one, same, other = (kind(seed=seed).splits["train"] for seed in (0, 0, 1))
    assert torch.equal(one.x, same.x)
    assert not torch.equal(one.x, other.x)
    for factor in one.y.T:
        assert (torch.histc(factor, 4, -1, 1) - 500).abs().max() < 80  # standard deviation 19


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (Faces, {"size": 7}, "size is 7; it is the number of pixels"),
        (MovingBlob, {"radius": 1.0}, "radius is 1.0; it must be above 0 and below 1"),
        (MovingBlob, {"test": 0}, "test is 0"),
    ],
)
def test_values_out_of_range(kind, wrong, message):
    with pytest.raises(UserError, match=message):
        kind(**wrong)
