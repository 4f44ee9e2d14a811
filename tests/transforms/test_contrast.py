"""Against NumPy and SciPy's gaussian_filter, in float64."""

import numpy as np
import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.spec import DataSpec
from nnzoo.transforms import GlobalContrast, LocalContrast
from scipy.ndimage import gaussian_filter

IMAGES = torch.rand(20, 3, 9, 12, generator=torch.Generator().manual_seed(0)) * torch.linspace(0.1, 1, 20).view(
    -1, 1, 1, 1
)


def smoothed(x, radius):
    """Gaussian means of each channel whose weights have the sum 1, also at the border."""
    sigma = (0, 0, radius, radius)
    blurred = gaussian_filter(x, sigma, mode="constant", truncate=4)
    return blurred / gaussian_filter(np.ones_like(x), sigma, mode="constant", truncate=4)


def test_global_as_by_hand():  # Forsyth 12.4.2
    x = IMAGES.double().numpy()
    mean, variance = x.mean((1, 2, 3), keepdims=True), x.var((1, 2, 3), keepdims=True)
    found = GlobalContrast(epsilon=1e-3).apply(IMAGES)
    np.testing.assert_allclose(found, (x - mean) / np.sqrt(variance + 1e-3), atol=1e-5)
    exact = GlobalContrast(epsilon=1e-12).apply(IMAGES)
    np.testing.assert_allclose(exact.mean((1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(exact.std((1, 2, 3), correction=0), 1, atol=1e-5)


def test_brightness_and_contrast_do_not_matter():
    transform = GlobalContrast(epsilon=1e-9)
    torch.testing.assert_close(transform.apply(0.5 * IMAGES + 0.2), transform.apply(IMAGES), atol=1e-4, rtol=0)


@pytest.mark.parametrize("radius", [0.6, 2.0, 50.0])
def test_local_as_scipy(radius):  # Forsyth 12.4.2
    x = IMAGES.double().numpy()
    v = x - smoothed(x, radius)
    found = LocalContrast(radius=radius, variant="subtractive").apply(IMAGES)
    np.testing.assert_allclose(found, v, atol=1e-5)
    found = LocalContrast(radius=radius, epsilon=1e-3).apply(IMAGES)
    np.testing.assert_allclose(found, v / np.sqrt(smoothed(v**2, radius) + 1e-3), atol=1e-4)


@pytest.mark.parametrize("transform", [GlobalContrast(), LocalContrast(), LocalContrast(variant="subtractive")])
def test_images_of_one_color_are_0(transform):
    assert transform.apply(torch.full((2, 3, 9, 12), 0.7)).abs().max() < 1e-3


@pytest.mark.parametrize("transform", [GlobalContrast, LocalContrast, lambda: LocalContrast(variant="subtractive")])
def test_the_inverse_has_the_average_brightness_and_contrast(transform):
    transform = transform()
    transform.fit(lambda: iter(IMAGES.split(7)))
    mean, scale = (part.expand_as(IMAGES).double().mean() for part in transform.statistics(IMAGES))
    wanted = transform.apply(IMAGES).double() * scale + mean
    torch.testing.assert_close(transform.inverse(transform.apply(IMAGES)).double(), wanted, atol=1e-5, rtol=0)


def test_gradient():
    x = IMAGES[:2, :, :4, :5].double().requires_grad_()
    for transform in (GlobalContrast(), LocalContrast()):
        assert torch.autograd.gradcheck(lambda x: transform.apply(x)[:, 0, ::2, ::2], x)  # noqa: B023


def test_unsupported_inputs_and_settings():
    spec = GlobalContrast().output_spec(DataSpec("real", (3, 9, 12), "classes", 3, low=0.0, high=1.0))
    assert (spec.low, spec.high) == (float("-inf"), float("inf"))
    with pytest.raises(ValueError, match="for inputs of the form image"):
        GlobalContrast().check(DataSpec("real", (4,), "classes", 3))
    for kind in (GlobalContrast, LocalContrast):
        with pytest.raises(ValueError, match="epsilon is 0; it must be above 0"):
            kind(epsilon=0.0)
    with pytest.raises(ValueError, match="radius is -1; it must be above 0"):
        LocalContrast(radius=-1.0)
    with pytest.raises(UserError, match="unknown variant 'division'; did you mean 'divisive'"):
        LocalContrast(variant="division")
