"""What is drawn: the numbers in the artists, not the pixels."""

from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from nnzoo.figures import style
from nnzoo.figures.boundary import boundary, grid
from nnzoo.figures.confusion import confusion
from nnzoo.figures.curves import metric_curves
from nnzoo.figures.filters import filters
from nnzoo.figures.images import predictions, reconstructions
from nnzoo.figures.scatter import scatter
from nnzoo.figures.sequence import activations, next_symbols
from nnzoo.figures.style import WRONG


def drawn(figure: Figure) -> Figure:
    """Draw it, with warnings as errors, and hold its size against the limit."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    assert max(canvas.get_width_height()) <= 1000
    return figure


def test_predictions_mark_what_is_wrong() -> None:
    images = torch.arange(4 * 4.0).view(4, 1, 2, 2)
    figure = drawn(predictions(images, torch.tensor([0, 1, 1, 0]), torch.tensor([0, 1, 0, 0]), ("cat", "dog")))
    axes = figure.axes
    assert [ax.get_title() for ax in axes] == ["cat", "dog", "dog, not cat", "cat"]
    assert [ax.title.get_color() == WRONG for ax in axes] == [False, False, True, False]
    assert [to_hex(ax.spines["top"].get_edgecolor()).upper() == WRONG for ax in axes] == [False, False, True, False]
    assert figure.get_suptitle() == "predicted class: 1 of 4 wrong"
    for ax, image in zip(axes, images, strict=True):
        assert np.array_equal(ax.images[0].get_array(), image[0])
        assert ax.images[0].get_clim() == (0, 15)  # one scale for all


def test_predictions_in_colour() -> None:
    images = torch.stack([torch.zeros(3, 2, 2), torch.full((3, 2, 2), 4.0)])
    figure = drawn(predictions(images, torch.tensor([0, 1]), torch.tensor([0, 1])))
    assert [float(np.asarray(ax.images[0].get_array()).mean()) for ax in figure.axes] == [0, 1]


def test_reconstructions_below_their_inputs() -> None:
    x = torch.rand(12, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    figure = drawn(reconstructions(x, x + 0.1))
    assert len(figure.axes) == 20
    assert np.allclose(figure.axes[13].images[0].get_array(), x[3, 0] + 0.1)
    assert figure.axes[13].images[0].get_clim() == figure.axes[0].images[0].get_clim()
    assert figure.get_suptitle() == "reconstructions, mean squared error 0.01"


def test_confusion_counts() -> None:
    true, predicted = torch.tensor([0, 0, 0, 0, 1, 1]), torch.tensor([0, 0, 0, 2, 1, 0])
    figure = drawn(confusion(predicted, true, 3, ("a", "b", "c")))
    ax, colours = figure.axes
    shares = [[0.75, 0, 0.25], [0.5, 0.5, 0], [0, 0, 0]]
    assert np.allclose(ax.images[0].get_array(), shares)
    written = {(text.get_position()[1], text.get_position()[0]): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "3", (0, 2): "1", (1, 0): "1", (1, 1): "1"}
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true", "predicted")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
    assert ax.get_title() == "2 of 6 wrong (33.33%)"
    assert colours.get_ylabel() == "share of the true class"


def test_confusion_of_many_classes_has_no_numbers() -> None:
    k = torch.arange(50)
    ax = drawn(confusion(k, k, 50)).axes[0]
    assert not ax.texts
    assert len(ax.get_xticks()) == 25


def test_confusion_of_too_many_classes_is_the_most_confused_pairs() -> None:
    true = torch.tensor([7, 7, 7, 7, 3, 3, 3, 59, 0, 2])
    predicted = torch.tensor([59, 59, 59, 7, 7, 7, 3, 59, 1, 1])
    figure = drawn(confusion(predicted, true, 60, [f"c{k}" for k in range(60)]))
    (ax,) = figure.axes
    bars = zip(ax.get_yticklabels(), ax.patches, ax.texts, strict=True)
    assert [(pair.get_text(), bar.get_width(), count.get_text()) for pair, bar, count in bars] == [
        ("c7 → c59", 3, "3 of 4"),
        ("c3 → c7", 2, "2 of 3"),
        ("c0 → c1", 1, "1 of 1"),
        ("c2 → c1", 1, "1 of 1"),
    ]
    assert ax.yaxis_inverted()
    assert ax.get_ylabel() == "true → predicted"
    assert figure.get_suptitle() == "7 of 10 wrong (70.00%); the most confused of 60 classes"
    k = torch.arange(60)
    assert len(drawn(confusion(k.roll(1), k, 60)).axes[0].patches) == 20
    assert not drawn(confusion(k, k, 60)).axes[0].patches


def test_confusion_of_a_million_classes_takes_no_matrix_of_them() -> None:
    k = 1_000_000
    (ax,) = drawn(confusion(torch.tensor([5, k - 1]), torch.tensor([k - 1, k - 1]), k)).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["999999 → 5"]


def test_filters_have_one_scale_around_zero() -> None:
    weight = torch.linspace(-2, 1, 6 * 25).view(6, 1, 5, 5)
    figure = drawn(filters(weight))
    *maps, _ = figure.axes
    assert len(maps) == 6
    assert np.allclose(maps[4].images[0].get_array(), weight[4, 0])
    assert {ax.images[0].get_clim() for ax in maps} == {(-2, 2)}
    assert figure.get_suptitle() == "first layer"


def test_filters_in_colour_and_too_many() -> None:
    weight = torch.zeros(100, 3, 2, 2)
    weight[0] = -5
    figure = drawn(filters(weight))
    assert len(figure.axes) == 64
    assert float(np.asarray(figure.axes[0].images[0].get_array()).mean()) == 0
    assert float(np.asarray(figure.axes[1].images[0].get_array()).mean()) == 0.5  # zero is grey
    assert figure.get_suptitle() == "first layer, 64 of 100 units"


def test_grid_covers_the_points() -> None:
    places = grid(torch.tensor([[0.0, 10.0], [1.0, 30.0]]), 5)
    assert places.shape == (5, 5, 2)
    assert places[0, 0].tolist() == pytest.approx([-0.15, 7])
    assert places[0, -1].tolist() == pytest.approx([1.15, 7])
    assert places[-1, 0].tolist() == pytest.approx([-0.15, 33])


def test_boundary_lies_where_the_decision_changes() -> None:
    points = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    true = torch.tensor([0, 0, 1, 1])
    places = grid(points, 11)
    ax = drawn(boundary(points, true, places, (places[..., 0] > 0.5).long(), 2, ("no", "yes"))).axes[0]
    regions = ax.images[0]
    assert regions.origin == "lower"
    assert regions.get_extent() == pytest.approx((-0.15, 1.15, -0.15, 1.15))
    assert np.array_equal(regions.get_array()[0], [0] * 6 + [1] * 5)
    assert [dots.get_offsets().tolist() for dots in ax.collections] == [[[0, 0], [0, 1]], [[1, 0], [1, 1]]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no", "yes"]


def test_activations_are_units_by_steps() -> None:
    hidden = torch.tensor([[0.5, -1.0], [0.25, 0.0], [0.0, 1.0]])
    ax, _ = drawn(activations(hidden, ["B", "T", "S"])).axes
    assert np.array_equal(ax.images[0].get_array(), hidden.T)
    assert ax.images[0].get_clim() == (-1, 1)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["B", "T", "S"]


def test_a_long_sequence_is_cut() -> None:
    ax, _ = drawn(activations(torch.rand(100, 3), [str(t) for t in range(100)])).axes
    assert ax.images[0].get_array().shape == (3, 60)


def test_next_symbols_frame_what_is_wrong() -> None:
    true = torch.tensor([[1.0, 0, 1], [0, 1, 0], [0, 1, 1]])
    predicted = true.clone()
    predicted[1, 2] = 1  # too much
    predicted[2, 1] = 0  # missed
    above, below = drawn(next_symbols(predicted, true, ["B", "T", "S"], ("x", "y", "z"))).axes
    assert np.array_equal(above.images[0].get_array(), true.T)
    assert np.array_equal(below.images[0].get_array(), predicted.T)
    assert [tuple(round(v + 0.45) for v in frame.get_xy()) for frame in below.patches] == [(1, 2), (2, 1)]
    assert not above.patches
    assert above.get_title() == "symbols that may follow: 1 of 3 sets right"
    assert [label.get_text() for label in below.get_yticklabels()] == ["x", "y", "z"]


def test_scatter_with_the_diagonal() -> None:
    true = torch.tensor([[0.0, 5.0], [2.0, 7.0]])
    figure = drawn(scatter(true + torch.tensor([3.0, 0.0]), true))
    first, second = figure.axes
    assert first.collections[0].get_offsets().tolist() == [[0, 3], [2, 5]]
    assert second.collections[0].get_offsets().tolist() == [[5, 5], [7, 7]]
    assert first.get_title() == "output 0: root mean squared error 3"
    assert first.get_xlim() == first.get_ylim() == pytest.approx((-0.25, 5.25))
    assert np.array_equal(*first.lines[0].get_data())


def test_curves_are_mean_least_and_largest() -> None:
    ax = drawn(metric_curves({"CNN": [[4, 2, 1], [6, 3, 2]], "MLP": [[9, 8], [7]]}, "test/errors")).axes[0]
    cnn, mlp = ax.lines
    assert np.array_equal(cnn.get_xydata(), [[1, 5], [2, 2.5], [3, 1.5]])
    assert np.array_equal(mlp.get_xydata(), [[1, 8], [2, 8]])
    band = ax.collections[0].get_paths()[0].vertices
    assert {(1, 4), (1, 6), (2, 2), (2, 3), (3, 1), (3, 2)} <= {tuple(point) for point in band.tolist()}
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["CNN (mean of 2 seeds)", "MLP (mean of 2 seeds)"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "test/errors")


def test_no_figure_is_drawn_with_global_state() -> None:
    sources = [path.read_text() for path in Path(style.__file__).parent.glob("*.py")]
    assert len(sources) >= 9
    assert not any("pyplot" in source for source in sources)
