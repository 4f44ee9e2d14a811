"""Picture of samples from a network."""

from types import SimpleNamespace
from typing import Any

import torch
from nnzoo.callbacks.pictures.samples import SAMPLES, SAMPLES_SHOWN
from nnzoo.figures.images.samples import plot_samples
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.rbm import RBM
from nnzoo.spec import DataSpec
from torch import nn

from ..checks import check_figure

IMAGES = DataSpec("real", (1, 2, 3), "input", 6, low=0.0, high=1.0)


def examples(model: nn.Module, spec: DataSpec = IMAGES) -> Any:
    return SimpleNamespace(spec=spec, net=SimpleNamespace(model=model), split="validation", weights="last weights")


def test_images_in_rows_on_one_scale() -> None:
    images = torch.rand(10, 1, 4, 4)
    (ax,) = check_figure(plot_samples(images, "samples")).axes
    assert len(ax.images) == 10
    assert {image.get_clim() for image in ax.images} == {(float(images.min()), float(images.max()))}
    assert torch.equal(torch.tensor(ax.images[9].get_array()), images[9, 0])
    places = [image.get_extent() for image in ax.images]
    assert len({place[3] for place in places}) == 2  # rows
    assert len({place[0] for place in places}) == 8


def test_samples_are_drawn_from_the_network() -> None:
    net = RBM(in_features=6, hidden=2)
    nn.init.zeros_(net.hidden.weight)
    net.visible_bias.data = torch.tensor(
        [-4.0, -2, 0, 1, 2, 4]
    )  # with zero weights, probabilities are those of the biases
    figure = check_figure(SAMPLES.figure(examples(net)))
    (ax,) = figure.axes
    assert len(ax.images) == SAMPLES_SHOWN
    expected = net.visible_bias.detach().sigmoid().view(2, 3)
    for image in ax.images:
        torch.testing.assert_close(torch.tensor(image.get_array()), expected)
    assert figure.get_suptitle() == "samples: probabilities after 1000 Gibbs steps\nlast weights"


def test_applies_to_networks_that_sample_images() -> None:
    net = RBM(in_features=6, hidden=2)
    assert SAMPLES.applies(examples(net))
    assert not SAMPLES.applies(examples(net, DataSpec("binary", (6,), "input", 6)))
    assert not SAMPLES.applies(examples(Autoencoder(in_features=6, code=2)))
