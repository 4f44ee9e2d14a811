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
    assert first.images[0].get_extent() == pytest.approx((-0.15, 1.15, -0.15, 1.15))


def test_points_beyond_the_grid_have_the_class_of_its_edge():
    positions = torch.stack(torch.meshgrid(torch.linspace(0, 2, 3), torch.linspace(0, 20, 3), indexing="xy"), -1)
    regions = torch.tensor([[0, 0, 1], [0, 0, 1], [2, 2, 2]])
    points = torch.tensor([[-5.0, -5.0], [9.0, 0.0], [1.0, 99.0], [1.4, 14.0], [1.6, 6.0]])
    figure = plot_boundaries(points, torch.tensor([0, 1, 2, 0, 1]), positions, {"": regions}, 3)
    (ax,) = figure.axes
    assert ax.get_title() == ":\n≈ 0 of 5 wrong"
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 2), (0, 20))


def test_points_are_smaller_if_there_are_more_than_fifty():
    sizes = []
    for count in (1, 50, 51, 99):
        points, classes = torch.rand(count, 2), torch.zeros(count, dtype=torch.long)
        figure = plot_boundaries(points, classes, grid(points, 3), {"": torch.zeros(3, 3)}, 1)
        sizes.append(figure.axes[0].collections[0].get_sizes()[0])
    assert sizes[0] == sizes[1] > sizes[2] == sizes[3]


def test_surfaces_side_by_side():
    weights = torch.stack(torch.meshgrid(torch.linspace(-1, 1, 5), torch.linspace(0, 3, 5), indexing="xy"), -1)
    losses = {"0/1": (weights[..., 0] > 0).float(), "bowl": weights.square().sum(-1)}
    stairs, bowl, *bars = check_figure(plot_surfaces(losses, weights)).axes
    assert (stairs.get_title(), bowl.get_title()) == ("0/1 loss", "bowl loss")
    assert np.array_equal(stairs.images[0].get_array(), losses["0/1"])
    assert bowl.images[0].get_clim() == (0, 10)
    assert bowl.images[0].get_extent() == [-1, 1, 0, 3]
    assert [bar.get_ylim() for bar in bars] == [(0, 1), (0, 10)]
    for ax in (stairs, bowl):
        (lines,) = ax.collections  # of equal loss
        corners = np.concatenate([path.vertices for path in lines.get_paths()])
        assert (corners.min(0) >= [-1, 0]).all()
        assert (corners.max(0) <= [1, 3]).all()
        assert corners[:, 1].max() > 2


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
    assert {each.get_clim() for each in ax.images[::2]} == {(float(images[:10].min()), float(images[:10].max()))}
    assert below.get_clim() == (0, float(maps[3].abs().max()))


def test_saliency_of_images_in_colour():
    images, maps = torch.rand(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    maps[1] = 0
    image, below, _, zeros = plot_saliency(images, maps, torch.arange(2)).axes[0].images
    np.testing.assert_allclose(image.get_array(), images[0].mean(0), atol=1e-6)
    np.testing.assert_allclose(below.get_array(), maps[0].abs().amax(0))
    assert zeros.get_clim() == (0, 1)


def test_relevance_is_sorted_by_the_first():
    relevance = {"winning": torch.tensor([1.0, 4.0, 2.0]), "all": torch.tensor([3.0, 3.0, 6.0])}
    ax = check_figure(plot_relevance(relevance, ["a", "b", "sepal length (cm)"])).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "sepal length (cm)", "a"]
    assert [bar.get_width() for bar in ax.patches] == [1, 0.5, 0.25, 0.5, 1, 0.5]
    middles = [bar.get_y() + bar.get_height() / 2 for bar in ax.patches]
    assert middles == pytest.approx([-0.2, 0.8, 1.8, 0.2, 1.2, 2.2])  # side by side around 0, 1 and 2
    many = plot_relevance({"a": torch.arange(40.0)}).axes[0]
    assert [label.get_text() for label in many.get_yticklabels()] == [str(k) for k in range(39, 9, -1)]


def test_gradient_magnitudes_by_layer():
    sizes = {"tanh": torch.tensor([[0.1, 0.2, 0.4], [1.0, 1.0, 1.0]]), "relu": torch.tensor([[0.0] * 3, [1.0] * 3])}
    ax = check_figure(plot_gradient_sizes(sizes)).axes[0]
    assert np.allclose(ax.lines[0].get_xydata(), [[0, 0.2], [1, 1]])
    assert ax.lines[1].get_xydata().tolist() == [[1, 1]]
    assert ax.get_yscale() == "log"
    tanh, relu = (band.get_paths() for band in ax.collections)
    quartiles = [tuple(point) for point in tanh[0].vertices.round(6).tolist()]
    assert {(0, 0.15), (0, 0.3), (1, 1)} <= set(quartiles)
    assert all(path.vertices[:, 0].min() >= 1 for path in relu)  # where the lower quartile is 0, there is no band
    low, high = ax.get_xlim()
    assert -0.1 < low < 0
    assert 1 < high < 1.1
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [0, 1]


def test_linear_regions_and_their_counts():
    net = tent(3)
    ax = check_figure(plot_linear_regions({"depth 3": (net, region_boundaries(net))})).axes[0]
    assert ax.get_title() == "depth 3: 8 linear regions"
    assert ax.lines[0].get_ydata().tolist() == [0, 1] * 4 + [0]
    ax = check_figure(plot_region_counts({"deep": {4: 4, 2: 2}, "flat": {8: 8}})).axes[0]
    assert ax.lines[0].get_xydata().tolist() == [[2, 2], [4, 4]]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    one, two = check_figure(plot_linear_regions(dict.fromkeys("ab", (torch.relu, torch.tensor([-1.0, 0.0, 2.0]))))).axes
    assert two.lines[0].get_xydata().tolist() == [[-1, 0], [0, 0], [2, 2]]
    assert [text.get_text() for text in one.get_xticklabels() if text.get_visible()] == []  # the axis is below


def test_function_and_approximations():
    left, right = check_figure(plot_approximation(torch.sin, {3: staircase(torch.sin, 3)}, {3: 0.2, 1: 0.5})).axes
    assert [line.get_label() for line in left.lines] == ["function", "3 units"]
    assert len(set(left.lines[1].get_ydata().round(9).tolist())) == 4
    assert right.lines[0].get_xydata().tolist() == [[1, 0.5], [3, 0.2]]
    assert right.lines[1].get_ydata().tolist() == pytest.approx([0.6, 0.2])
    assert (right.get_xscale(), right.get_yscale()) == ("log", "log")
    assert [label.get_text() for label in right.get_xticklabels()] == ["1", "3"]
    assert not len(right.get_xticks(minor=True))
    x, y = left.lines[0].get_data()
    assert (x[0], x[-1]) == (0, 1)
    np.testing.assert_allclose(y, np.sin(x))
    assert list(left.lines[1].get_xdata()) == list(x)
    (ax, _) = plot_approximation(torch.sin, {}, {1: 1.0}, low=-2.0, high=3.0).axes
    assert ax.lines[0].get_xdata()[[0, -1]].tolist() == [-2, 3]


def test_probes_by_layer():
    ax = check_figure(plot_probes({"trained": {"input": 0.5, "layer 1": 0.9}})).axes[0]
    assert ax.lines[0].get_ydata().tolist() == [0.5, 0.9]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["input", "layer 1"]


def test_bias_variance_and_their_sum():
    ax = check_figure(plot_bias_variance({3: (0.1, 0.4), 1: (0.5, 0.2)}, "degree", noise=0.1)).axes[0]
    assert [line.get_label() for line in ax.lines] == ["squared bias", "variance", "sum with noise"]
    assert ax.lines[2].get_xydata().tolist() == [[1, pytest.approx(0.8)], [3, pytest.approx(0.6)]]
    assert [line.get_ydata().tolist() for line in ax.lines[:2]] == [[0.5, 0.1], [0.2, 0.4]]
    assert ax.get_yscale() == "log"
    no_noise = plot_bias_variance({1: (0.5, 0.2)}, "degree").axes[0]
    assert no_noise.lines[2].get_ydata().tolist() == [0.7]
