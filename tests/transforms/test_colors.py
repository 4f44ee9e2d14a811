"""Against torchvision, image by image, and against NumPy's covariance."""

import colorsys

import numpy as np
import pytest
import torch
from nnzoo.spec import DataSpec
from nnzoo.transforms import ColorJitter, PCANoise
from nnzoo.transforms.colors import hsv_to_rgb, luminance, rgb_to_hsv
from torchvision.transforms.v2 import functional

IMAGES = torch.rand(50, 3, 4, 5, generator=torch.Generator().manual_seed(0))
SPEC = DataSpec("real", (3, 4, 5), "classes", 3, low=0.0, high=1.0)
GREY = DataSpec("real", (1, 4, 5), "classes", 3, low=0.0, high=1.0)
NONE = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def drawn():
    """The random numbers of `generator()`, from -1 to 1."""
    return (2 * torch.rand(4, len(IMAGES), 1, 1, 1, generator=generator()) - 1).flatten(1)


def test_each_change_is_torchvisions():
    changes = drawn() * torch.tensor([0.5, 0.4, 0.9, 0.3])[:, None]
    found = ColorJitter(brightness=0.5, contrast=0.4, saturation=0.9, hue=0.3).apply(IMAGES, generator())
    for image, one, (brightness, contrast, saturation, hue) in zip(IMAGES, found, changes.T.tolist(), strict=True):
        image = functional.adjust_brightness(image, 1 + brightness)
        image = functional.adjust_contrast(image, 1 + contrast)
        image = functional.adjust_saturation(image, 1 + saturation)
        torch.testing.assert_close(one, functional.adjust_hue(image, hue), atol=1e-4, rtol=0)


@pytest.mark.parametrize(("name", "place"), [("brightness", 0), ("contrast", 1), ("saturation", 2), ("hue", 3)])
def test_one_change_alone(name, place):
    found = ColorJitter(**(NONE | {name: 0.5})).apply(IMAGES, generator())
    change = getattr(functional, f"adjust_{name}")
    for image, one, value in zip(IMAGES, found, (0.5 * drawn()[place]).tolist(), strict=True):
        torch.testing.assert_close(one, change(image, value + (name != "hue")), atol=1e-5, rtol=0)


def test_grey_images():
    grey = IMAGES[:, :1]
    found = ColorJitter(**(NONE | {"contrast": 0.5})).apply(grey, generator())
    factor = 1 + 0.5 * drawn()[1].view(-1, 1, 1, 1)
    mean = grey.mean((1, 2, 3), keepdim=True)
    torch.testing.assert_close(found, (mean + factor * (grey - mean)).clamp(0, 1))


def test_color_models_are_pythons():
    colors = IMAGES.movedim(1, -1).reshape(-1, 3)[:200].double()
    colors = torch.cat([colors, torch.tensor([[0.0, 0.0, 0.0], [0.4, 0.4, 0.4], [1.0, 1.0, 1.0], [1.0, 0.0, 1.0]])])
    hsv = rgb_to_hsv(colors[:, :, None, None])
    wanted = torch.tensor([colorsys.rgb_to_hsv(*color) for color in colors.tolist()], dtype=torch.float64)
    torch.testing.assert_close(hsv.flatten(1), wanted)
    torch.testing.assert_close(hsv_to_rgb(hsv).flatten(1), colors)
    torch.testing.assert_close(luminance(IMAGES), functional.rgb_to_grayscale(IMAGES))


def fitted(x, deviation=0.1):
    noise = PCANoise(deviation=deviation)
    noise.fit(lambda: iter(x.split(7)))
    return noise


def correlated():
    mixing = torch.tensor([[0.5, 0.4, 0.3], [0.0, 0.2, 0.3], [0.0, 0.0, 0.1]])
    return (IMAGES.movedim(1, -1) @ mixing).movedim(-1, 1)


def test_components_are_those_of_the_covariance_of_all_pixels():
    x = correlated()
    covariance = np.cov(x.movedim(1, -1).reshape(-1, 3).double().numpy().T, ddof=0)
    components = fitted(x).state["components"].double().numpy()
    np.testing.assert_allclose(components @ components.T, covariance @ covariance, atol=1e-8)  # P Lambda^2 P^T
    np.testing.assert_allclose(np.sort((components**2).sum(0) ** 0.5), np.linalg.eigvalsh(covariance), atol=1e-7)


def test_added_colors_have_the_covariance_of_the_source():
    """Of a ~ N(0, s^2), P Lambda a has the covariance s^2 P Lambda^2 P^T; all pixels of an image get the same color."""
    noise = fitted(correlated(), deviation=0.2)
    middle = torch.full((20000, 3, 2, 2), 0.5)
    added = (noise.apply(middle, generator()) - middle).double()
    assert torch.equal(added, added[:, :, :1, :1].expand_as(added))
    components = noise.state["components"].double().numpy()
    wanted = 0.04 * components @ components.T
    np.testing.assert_allclose(np.cov(added[:, :, 0, 0].numpy().T), wanted, atol=0.05 * wanted.max())
    assert torch.equal(noise.apply(IMAGES, generator()), noise.apply(IMAGES, generator()))
    assert not torch.equal(noise.apply(IMAGES, generator()), noise.apply(IMAGES, generator(1)))


def test_results_are_clipped():
    x = fitted(IMAGES, deviation=9.0).apply(IMAGES, generator())
    assert x.min() == 0
    assert x.max() == 1


@pytest.mark.parametrize(
    ("spec", "settings", "message"),
    [
        (GREY, {}, "has saturation=0.2, which grey images do not have; set it to 0"),
        (GREY, {"saturation": 0.0, "hue": 0.1}, "has hue=0.1, which grey images do not have"),
        (DataSpec("real", (2, 4, 5), "classes", 3, low=0.0, high=1.0), {}, "1 channel .* or 3 .*; the images have 2"),
        (DataSpec("real", (3, 4, 5), "classes", 3), {}, "pixels from 0 to 1; those of the data are from -inf to inf"),
        (SPEC, {"hue": 0.6}, "hue is 0.6; it must be from 0 to 0.5"),
        (SPEC, {"contrast": -1.0}, "contrast is -1; it must be from 0 to 1"),
        (SPEC, NONE, "are 0; at least one must be above 0"),
    ],
)
def test_unsupported_images_and_settings_of_the_jitter(spec, settings, message):
    with pytest.raises(ValueError, match=message):
        ColorJitter(**settings).check(spec)


def test_unsupported_images_and_settings_of_the_noise():
    PCANoise().check(SPEC)
    with pytest.raises(ValueError, match="pixels from 0 to 1"):
        PCANoise().check(DataSpec("real", (3, 4, 5), "classes", 3))
    with pytest.raises(ValueError, match="deviation is 0; it must be above 0"):
        PCANoise(deviation=0.0)
