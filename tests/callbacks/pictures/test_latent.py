"""Pictures of images decoded from codes."""

from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.builders.adapters import Network, flatten, identity
from nnzoo.callbacks.pictures.examples import Examples
from nnzoo.callbacks.pictures.latent import (
    CLASS_SAMPLES,
    COMPLETIONS,
    DECODED_SAMPLES,
    LATENT_GRID,
    LATENT_WALK,
    first_of_each,
)
from nnzoo.data.loader import Loader
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.conditional_vae import ConditionalVAE
from nnzoo.models.mlp import MLP
from nnzoo.models.vae import VAE
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task

from tests.figures.checks import check_figure
from tests.support.tasks import make

from .small_examples import TRAINER

IMAGES = DataSpec("real", (1, 3, 4), "input", 12, low=0.0, high=1.0)
TABLE = DataSpec("real", (12,), "input", 12)
GIVEN = DataSpec("real", (14,), "input", 12, blocks=((1, 3, 4), (2,)), labels=("plus", "a very long name"))
PICTURES = (DECODED_SAMPLES, CLASS_SAMPLES, COMPLETIONS, LATENT_GRID, LATENT_WALK)


def examples_of(model: Any, spec: DataSpec) -> Examples:
    torch.manual_seed(0)
    net = Network(model, flatten if spec.form == "image" else identity, masked=False).eval()
    x, y = torch.rand(30, *spec.shape), torch.arange(30) % 3
    loader = Loader(Batch(x, y), batch_size=50, unsupervised=True, target_size=spec.target_size)
    return Examples(TRAINER, make(Task, net, Squared(), spec), loader)


def images_of(examples: Examples, picture: Any) -> Any:
    with torch.no_grad():
        (ax,) = check_figure(picture.figure(examples)).axes
    return torch.stack([torch.tensor(image.get_array()) for image in ax.images])


@pytest.mark.parametrize(
    ("model", "spec", "drawn"),
    [
        (VAE(in_features=12, code=3), IMAGES, {DECODED_SAMPLES, LATENT_WALK}),
        (VAE(in_features=12, code=2), IMAGES, {DECODED_SAMPLES, LATENT_WALK, LATENT_GRID}),
        (VAE(in_features=12, code=2), TABLE, set()),
        (Autoencoder(in_features=12, code=2), IMAGES, {LATENT_WALK, LATENT_GRID}),
        (ConditionalVAE(in_features=14, out_features=12), GIVEN, {CLASS_SAMPLES}),
        (ConditionalVAE(in_features=12, out_features=12, erased=0.5), IMAGES, {COMPLETIONS}),
        (MLP(in_features=12, out_features=12), IMAGES, set()),
    ],
)
def test_when_they_are_drawn(model: Any, spec: DataSpec, drawn: set[Any]) -> None:
    examples = examples_of(model, spec)
    assert {picture.name for picture in PICTURES if picture.applies(examples)} == {picture.name for picture in drawn}


def test_samples_beside_reconstructions() -> None:
    examples = examples_of(model := VAE(in_features=12, code=3), IMAGES)
    found = images_of(examples, DECODED_SAMPLES)
    x = examples.first(8).x
    torch.manual_seed(0)
    samples = model.decode(torch.randn(24, 3)).view(24, 3, 4)
    torch.testing.assert_close(found, torch.cat([x[:, 0], model(x.flatten(1)).view(8, 3, 4), samples]).detach())


def test_grid_of_codes() -> None:
    """The lower left corner is the code with the smallest numbers."""
    examples = examples_of(model := VAE(in_features=12, code=2), IMAGES)
    found = images_of(examples, LATENT_GRID)
    low = torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor(1 / 16))
    corners = model.decode(torch.stack([torch.stack([low, low]), torch.stack([-low, -low])])).detach().view(2, 3, 4)
    torch.testing.assert_close(found[[56, 7]], corners)


def test_walk_between_classes() -> None:
    examples = examples_of(model := VAE(in_features=12, code=3), IMAGES)
    found = images_of(examples, LATENT_WALK)
    x = examples.first(3).x  # of three classes
    assert len(found) == 2 * 10
    torch.testing.assert_close(found[[0, 9, 10, 19]], x[[0, 1, 1, 2], 0])
    start, end = model.encode(x.flatten(1)[:2])
    expected = model.decode(start + (end - start) * torch.linspace(0, 1, 8)[:, None]).detach()
    torch.testing.assert_close(found[1:9], expected.view(8, 3, 4))


def test_examples_of_different_classes() -> None:
    assert first_of_each(torch.tensor([2, 2, 0, 1, 0])) == [2, 3, 0]
    assert first_of_each(torch.zeros(9, dtype=torch.long)) == [0, 1, 2, 3, 4]
    assert first_of_each(torch.rand(3, 2)) == [0, 1, 2]


def test_samples_of_each_class() -> None:
    examples = examples_of(model := ConditionalVAE(in_features=14, out_features=12), GIVEN)
    found = images_of(examples, CLASS_SAMPLES)
    torch.manual_seed(0)
    codes, x = model.sample_codes(16), torch.zeros(16, 14)
    x[:8, 12], x[8:, 13] = 1, 1
    torch.testing.assert_close(found, model.reconstruct(codes, x).detach().view(16, 3, 4))


def test_completed_images() -> None:
    examples = examples_of(model := ConditionalVAE(in_features=12, out_features=12, erased=0.5), IMAGES)
    found, x = images_of(examples, COMPLETIONS), examples.first(8).x
    torch.testing.assert_close(found[:8], x[:, 0])
    torch.testing.assert_close(found[8:16], model.context(x.flatten(1)).view(8, 3, 4))
    torch.manual_seed(0)
    codes = model.sample_codes(24)
    completed = model.reconstruct(codes, x.flatten(1).repeat(3, 1)).detach()
    torch.testing.assert_close(found[16:], completed.view(24, 3, 4))


def test_grid_of_the_codes_of_another_network() -> None:
    """Its axes are quantiles of the codes: eight of them, at the middle of eight equal parts."""
    examples = examples_of(model := Autoencoder(in_features=12, code=2), IMAGES)
    found = images_of(examples, LATENT_GRID)
    codes = model.encode(examples.first(30).x.flatten(1)).detach().numpy()
    first, second = np.quantile(codes, (np.arange(8) + 0.5) / 8, axis=0).T
    places = {0: (0, 7), 7: (7, 7), 8: (0, 6), 56: (0, 0), 63: (7, 0)}  # upper left corner first
    for place, (i, j) in places.items():
        image = model.decode(torch.tensor([[first[i], second[j]]]).float()).detach().view(3, 4)
        torch.testing.assert_close(found[place], image, rtol=1e-4, atol=1e-5)


def test_of_few_examples_samples_are_drawn_alone() -> None:
    examples = examples_of(VAE(in_features=12, code=3), IMAGES)
    for number, rows in ((7, 3), (8, 5)):
        split = Batch(torch.rand(number, 1, 3, 4), torch.zeros(number))
        examples.loader = Loader(split, batch_size=50, unsupervised=True, target_size=12)
        assert len(images_of(examples, DECODED_SAMPLES)) == 8 * rows


def test_ways_between_five_examples() -> None:
    assert first_of_each(torch.tensor([9, 8, 7, 6, 5, 4, 4])) == [5, 4, 3, 2, 1]
    assert first_of_each(torch.rand(9)) == [0, 1, 2, 3, 4]
    assert first_of_each(torch.tensor([3, 4])) == [0, 1]


def test_at_most_ten_classes_with_short_names() -> None:
    spec = DataSpec(
        "real", (23,), "input", 12, blocks=((1, 3, 4), (11,)), labels=("plus", "a very long name", *"abcdefghi")
    )
    examples = examples_of(model := ConditionalVAE(in_features=23, out_features=12), spec)
    with torch.no_grad():
        figure = CLASS_SAMPLES.figure(examples)
    (ax,) = figure.axes
    assert len(ax.images) == 8 * 10
    torch.manual_seed(0)
    x = torch.zeros(80, 23)
    x[torch.arange(80), 12 + torch.arange(80) // 8] = 1
    expected = model.reconstruct(model.sample_codes(80), x).detach().view(80, 3, 4)
    torch.testing.assert_close(torch.tensor(ax.images[79].get_array()), expected[79])
