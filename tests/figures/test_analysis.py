"""Values in the artists of figures for analyses."""

import numpy as np
import pytest
import torch
from nnzoo.analysis.functions.approximation import staircase
from nnzoo.analysis.functions.tent import region_boundaries, tent
from nnzoo.figures.classes.boundaries import plot_boundaries
from nnzoo.figures.classes.boundary import grid
from nnzoo.figures.classes.probes import plot_probes
from nnzoo.figures.functions.approximation import plot_approximation
from nnzoo.figures.functions.bias_variance import plot_bias_variance
from nnzoo.figures.functions.depth import plot_gradient_sizes
from nnzoo.figures.functions.linear_regions import plot_linear_regions, plot_region_counts
from nnzoo.figures.functions.surface import plot_surfaces
from nnzoo.figures.images.saliency import plot_relevance, plot_saliency

from .checks import check_figure


def test_boundaries_count_wrong_predictions():
    points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    true = torch.tensor([0, 0, 1, 1])
    positions = grid(points, 50)
    predicted = {"epoch 1": (positions[..., 0] > 0.5).long(), "epoch 9": (positions[..., 1] > 0.5).long()}
    figure = check_figure(plot_boundaries(points, true, positions, predicted, 2, ("low", "high")))
    first, last = figure.axes
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["low", "high"]
    assert (first.get_title(), last.get_title()) == ("epoch 1:\n≈ 2 of 4 wrong", "epoch 9:\n≈ 0 of 4 wrong")
    assert np.array_equal(last.images[0].get_array(), predicted["epoch 9"])
    assert [len(c.get_offsets()) for c in first.collections] == [2, 2]


def test_surfaces_side_by_side():
    w = torch.linspace(-1, 1, 5)
    weights = torch.stack(torch.meshgrid(w, w, indexing="xy"), -1)
    losses = {"0/1": (weights[..., 0] > 0).float(), "bowl": weights.square().sum(-1)}
    stairs, bowl, *_ = check_figure(plot_surfaces(losses, weights)).axes
    assert (stairs.get_title(), bowl.get_title()) == ("0/1 loss", "bowl loss")
    assert np.array_equal(stairs.images[0].get_array(), losses["0/1"])
    assert bowl.images[0].get_clim() == (0, 2)
    assert bowl.images[0].get_extent() == [-1, 1, -1, 1]


def test_saliency_below_the_images():
    images, maps = torch.rand(12, 1, 4, 4), torch.randn(12, 1, 4, 4)
    (ax,) = check_figure(plot_saliency(images, maps, torch.arange(12))).axes
    assert len(ax.images) == 20
    assert [text.get_text() for text in ax.texts] == [*map(str, range(10)), "input", "saliency", "input", "saliency"]
    image, below = ax.images[6:8]
    assert np.allclose(image.get_array(), images[3, 0])
    assert np.allclose(below.get_array(), maps[3, 0].abs())
    assert image.get_extent()[:2] == below.get_extent()[:2]
    assert image.get_extent()[2] < below.get_extent()[3]  # y points down


def test_relevance_is_sorted_by_the_first():
    relevance = {"winning": torch.tensor([1.0, 4.0, 2.0]), "all": torch.tensor([3.0, 3.0, 6.0])}
    ax = check_figure(plot_relevance(relevance, ["a", "b", "sepal length (cm)"])).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "sepal length (cm)", "a"]
    assert [bar.get_width() for bar in ax.patches] == [1, 0.5, 0.25, 0.5, 1, 0.5]


def test_gradient_magnitudes_by_layer():
    sizes = {"tanh": torch.tensor([[0.1, 0.2, 0.4], [1.0, 1.0, 1.0]]), "relu": torch.tensor([[0.0] * 3, [1.0] * 3])}
    ax = check_figure(plot_gradient_sizes(sizes)).axes[0]
    assert np.allclose(ax.lines[0].get_xydata(), [[0, 0.2], [1, 1]])
    assert ax.lines[1].get_xydata().tolist() == [[1, 1]]
    assert ax.get_yscale() == "log"


def test_linear_regions_and_their_counts():
    net = tent(3)
    ax = check_figure(plot_linear_regions({"depth 3": (net, region_boundaries(net))})).axes[0]
    assert ax.get_title() == "depth 3: 8 linear regions"
    assert ax.lines[0].get_ydata().tolist() == [0, 1] * 4 + [0]
    ax = check_figure(plot_region_counts({"deep": {4: 4, 2: 2}, "flat": {8: 8}})).axes[0]
    assert ax.lines[0].get_xydata().tolist() == [[2, 2], [4, 4]]


def test_function_and_approximations():
    left, right = check_figure(plot_approximation(torch.sin, {3: staircase(torch.sin, 3)}, {3: 0.2, 1: 0.5})).axes
    assert [line.get_label() for line in left.lines] == ["function", "3 units"]
    assert len(set(left.lines[1].get_ydata().round(9).tolist())) == 4
    assert right.lines[0].get_xydata().tolist() == [[1, 0.5], [3, 0.2]]
    assert right.lines[1].get_ydata().tolist() == pytest.approx([0.6, 0.2])


def test_probes_by_layer():
    ax = check_figure(plot_probes({"trained": {"input": 0.5, "layer 1": 0.9}})).axes[0]
    assert ax.lines[0].get_ydata().tolist() == [0.5, 0.9]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["input", "layer 1"]


def test_bias_variance_and_their_sum():
    ax = check_figure(plot_bias_variance({3: (0.1, 0.4), 1: (0.5, 0.2)}, "degree", noise=0.1)).axes[0]
    assert [line.get_label() for line in ax.lines] == ["squared bias", "variance", "sum with noise"]
    assert ax.lines[2].get_xydata().tolist() == [[1, pytest.approx(0.8)], [3, pytest.approx(0.6)]]
    assert ax.get_xlabel() == "degree"
