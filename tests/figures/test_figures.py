"""Values in the artists of figures, not pixels."""

from itertools import combinations

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex
from nnzoo.figures.classes.boundary import grid, plot_boundary
from nnzoo.figures.classes.confusion import plot_confusion
from nnzoo.figures.images.feature_maps import plot_feature_maps
from nnzoo.figures.images.filters import plot_filters
from nnzoo.figures.images.predicted import plot_predictions, plot_reconstructions
from nnzoo.figures.recurrent.gates import plot_gates
from nnzoo.figures.recurrent.gradients import plot_gradients
from nnzoo.figures.recurrent.sequence import plot_hidden_states, plot_next_symbols
from nnzoo.figures.style import WRONG
from nnzoo.figures.values.curves import plot_learning_curves, plot_metric
from nnzoo.figures.values.ratings import plot_ratings
from nnzoo.figures.values.scatter import plot_scatter

from .checks import check_figure, overlap

IMAGES = torch.arange(2 * 4.0).view(2, 1, 2, 2)


def test_wrong_predictions_are_marked() -> None:
    images = torch.arange(4 * 4.0).view(4, 1, 2, 2)
    figure = check_figure(
        plot_predictions(images, torch.tensor([0, 1, 1, 0]), torch.tensor([0, 1, 0, 0]), ("cat", "dog"))
    )
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.texts] == ["cat", "dog", "dog, not cat", "cat"]
    assert [text.get_color() == WRONG for text in ax.texts] == [False, False, True, False]
    (frame,) = ax.patches
    assert to_hex(frame.get_edgecolor()).upper() == WRONG
    left, right, bottom, top = ax.images[2].get_extent()
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((left, top), right - left, bottom - top)
    assert figure.get_suptitle() == "predicted class: 1 of 4 wrong"
    for shown, image in zip(ax.images, images, strict=True):
        assert np.array_equal(shown.get_array(), image[0])
        assert shown.get_clim() == (0, 15)  # one scale for all


def test_predictions_with_long_labels_take_two_lines() -> None:
    labels = ("a rather long label of a class", "versicolor")
    figure = check_figure(
        plot_predictions(torch.rand(5, 1, 4, 4), torch.tensor([0, 1, 0, 1, 1]), torch.ones(5).long(), labels)
    )
    assert [text.get_text() for text in figure.axes[0].texts[:2]] == ["a rather long …\nnot versicolor", "versicolor"]
    for one, other in combinations(figure.axes[0].texts, 2):
        assert not overlap(one, other)


@pytest.mark.parametrize(("other", "text"), [("bb", "aaaaaa, not bb"), ("bbb", "aaaaaa\nnot bbb")])
def test_titles_of_up_to_fourteen_letters_take_one_line(other: str, text: str) -> None:
    predicted, true = torch.tensor([0, 1]), torch.tensor([1, 1])
    figure = plot_predictions(IMAGES, predicted, true, ("aaaaaa", other))
    assert [title.get_text() for title in figure.axes[0].texts] == [text, other]


def test_predictions_in_colour() -> None:
    images = torch.stack([torch.zeros(3, 2, 2), torch.full((3, 2, 2), 4.0)])
    (ax,) = check_figure(plot_predictions(images, torch.tensor([0, 1]), torch.tensor([0, 1]))).axes
    assert [float(np.asarray(image.get_array()).mean()) for image in ax.images] == [0, 1]


def test_predicted_ratings_are_colours_and_true_ratings_numbers() -> None:
    predicted = torch.tensor([[1.0, 2.0, 3.0], [5.0, 4.5, 4.0]])
    known = torch.tensor([[1.5, torch.nan, torch.nan], [torch.nan, 5.0, 4.0]])
    figure = check_figure(
        plot_ratings(predicted, known, ("Bob", "Sayani"), ("E.T.", "a film with a long title", "Nero"))
    )
    ax = figure.axes[0]
    assert np.array_equal(ax.images[0].get_array(), predicted)
    assert {text.get_position(): (text.get_text(), text.get_color()) for text in ax.texts} == {
        (0, 0): ("1.5", "black"),
        (1, 1): ("5", "white"),
        (2, 1): ("4", "white"),
    }
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Bob", "Sayani"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["E.T.", "a film with …", "Nero"]
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {90}
    short, long = (plot_ratings(predicted, known, "ab", ("c", "d", name)).get_figheight() for name in ("e", "e" * 12))
    assert long == pytest.approx(short + 11 * 0.07)
    numbers = torch.tensor([[0.0, 6.0], [5.0, 10.0]])  # white above six tenths of the range
    colours = [text.get_color() for text in plot_ratings(numbers, numbers, "ab", "cd").axes[0].texts]
    assert colours == ["black", "black", "black", "white"]


def test_reconstructions_below_their_inputs() -> None:
    x = torch.rand(12, 1, 3, 3, generator=torch.Generator().manual_seed(0))
    figure = check_figure(plot_reconstructions(x, x + 0.1))
    (ax,) = figure.axes
    assert len(ax.images) == 20
    rows = sorted(ax.images, key=lambda image: (round(image.get_extent()[3], 3), image.get_extent()[0]))  # of five
    image, below = rows[3], rows[8]
    assert np.allclose(image.get_array(), x[3, 0])
    assert np.allclose(below.get_array(), x[3, 0] + 0.1)
    assert image.get_extent()[:2] == below.get_extent()[:2]
    assert below.get_clim() == image.get_clim()
    assert sorted(text.get_text() for text in ax.texts) == ["input", "input", "output", "output"]
    assert figure.get_suptitle() == "reconstructions, mean squared error 0.01"


def test_corrupted_inputs_between_images_and_reconstructions() -> None:
    x = torch.rand(7, 1, 3, 2, generator=torch.Generator().manual_seed(0))
    (ax,) = check_figure(plot_reconstructions(x, x + 0.1, x + 5)).axes
    assert len(ax.images) == 21
    for images in (ax.images[3:6], ax.images[18:21]):
        image, corrupted, below = images
        assert np.allclose(corrupted.get_array(), image.get_array() + 5)
        assert np.allclose(below.get_array(), image.get_array() + 0.1)
        assert image.get_clim() == corrupted.get_clim() == below.get_clim() == (float(x.min()), float(x.max()))
        left, top = zip(*(each.get_extent()[::3] for each in images), strict=True)
        assert len(set(left)) == 1
        assert list(top) == sorted(top)
    assert [text.get_text() for text in ax.texts] == ["input", "corrupted", "output"] * 2


def test_confusion_counts() -> None:
    true, predicted = torch.tensor([0, 0, 0, 0, 1, 1]), torch.tensor([0, 0, 0, 2, 1, 0])
    figure = check_figure(plot_confusion(predicted, true, 3, ("a", "b", "c")))
    ax, colours = figure.axes
    fractions = [[0.75, 0, 0.25], [0.5, 0.5, 0], [0, 0, 0]]
    assert np.allclose(ax.images[0].get_array(), fractions)
    written = {(text.get_position()[1], text.get_position()[0]): text.get_text() for text in ax.texts}
    assert written == {(0, 0): "3", (0, 2): "1", (1, 0): "1", (1, 1): "1"}
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c"]
    assert figure.get_suptitle() == "2 of 6 wrong (33.33%)"
    assert colours.get_ylabel() == "fraction of the true class"


def test_confusion_of_many_classes_has_no_numbers() -> None:
    k = torch.arange(50)
    ax = check_figure(plot_confusion(k, k, 50)).axes[0]
    assert not ax.texts
    assert len(ax.get_xticks()) == 17
    one_long = ["a", *["b"] * 48, "c" * 20]  # 14 names of 20 letters fit
    assert list(plot_confusion(k, k, 50, one_long).axes[0].get_xticks()) == [*range(0, 50, 4)]
    for classes in (50, 22):
        k = torch.arange(classes)
        check_figure(plot_confusion(k, k, classes, [f"a long name of class {k}" for k in range(classes)]))


@pytest.mark.parametrize(("classes", "numbers"), [(12, 12), (13, 0)])
def test_cells_of_up_to_twelve_classes_have_numbers(classes: int, numbers: int) -> None:
    k = torch.arange(classes)
    assert len(plot_confusion(k, k, classes).axes[0].texts) == numbers


@pytest.mark.parametrize(("longest", "rotation"), [(10, 0), (11, 90)])
def test_names_of_more_than_forty_letters_are_vertical(longest: int, rotation: int) -> None:
    k = torch.arange(4)
    ax = plot_confusion(k, k, 4, ["x" * longest, "a", "b", "c"]).axes[0]
    assert [label.get_rotation() for label in ax.get_xticklabels()] == [rotation] * 4


def test_numbers_are_white_in_dark_cells() -> None:
    true, predicted = torch.tensor([0, 0, 1, 1, 1]), torch.tensor([0, 1, 1, 1, 0])
    ax = plot_confusion(predicted, true, 2).axes[0]
    assert [text.get_color() for text in ax.texts] == ["black", "black", "black", "white"]  # 1/2, 1/2, 1/3, 2/3
    assert ax.images[0].get_clim() == (0, 1)


def test_the_longer_the_names_the_higher_the_confusion_matrix() -> None:
    k = torch.arange(2)
    short, one, both = (
        plot_confusion(k, k, 2, names).get_figheight() for names in ("ab", ("a", "b" * 20), ("b" * 20,) * 2)
    )
    assert short < one == both


def test_confusion_of_one_class() -> None:
    k = torch.zeros(3, dtype=torch.long)
    figure = check_figure(plot_confusion(k, k, 1, ("only",)))
    assert [text.get_text() for text in figure.axes[0].texts] == ["3"]
    other = plot_confusion(k + 1, k, 1, ("only",)).axes[0]  # the network can predict another class
    assert other.images[0].get_array().tolist() == [[0, 1], [0, 0]]
    assert [label.get_text() for label in other.get_xticklabels()] == ["only", "1"]


def test_most_confused_pairs_of_many_classes() -> None:
    true = torch.tensor([7, 7, 7, 7, 3, 3, 3, 59, 0, 2])
    predicted = torch.tensor([59, 59, 59, 7, 7, 7, 3, 59, 1, 1])
    figure = check_figure(plot_confusion(predicted, true, 60, [f"c{k}" for k in range(60)]))
    (ax,) = figure.axes
    bars = zip(ax.get_yticklabels(), ax.patches, ax.texts, strict=True)
    assert [(pair.get_text(), bar.get_width(), count.get_text()) for pair, bar, count in bars] == [
        ("c7 → c59", 3, "3 of 4"),
        ("c3 → c7", 2, "2 of 3"),
        ("c0 → c1", 1, "1 of 1"),
        ("c2 → c1", 1, "1 of 1"),
    ]
    assert ax.get_ylim() == (3.5, -0.5)
    assert ax.get_xlim() == (0, 4.5)
    assert all(tick == int(tick) for tick in ax.get_xticks())
    assert ax.get_ylabel() == "true → predicted class"
    assert figure.get_suptitle() == "7 of 10 wrong (70.00%)\nmost confused of 60 classes"
    k = torch.arange(60)
    assert len(check_figure(plot_confusion(k.roll(1), k, 60)).axes[0].patches) == 20
    (empty,) = check_figure(plot_confusion(k, k, 60)).axes
    assert not empty.patches
    assert (empty.get_xlim(), empty.get_ylim()) == ((0, 1.5), (2.5, -0.5))  # the height of three bars


def test_confusion_of_a_million_classes_needs_no_matrix() -> None:
    k = 1_000_000
    (ax,) = check_figure(plot_confusion(torch.tensor([5, k - 1]), torch.tensor([k - 1, k - 1]), k)).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["999999 → 5"]


def test_filters_have_one_scale_around_zero() -> None:
    weight = torch.linspace(-2, 1, 6 * 25).view(6, 1, 5, 5)
    figure = check_figure(plot_filters(weight))
    ax, colours = figure.axes
    assert len(ax.images) == 6
    assert np.allclose(ax.images[4].get_array(), weight[4, 0])
    assert {image.get_clim() for image in ax.images} == {(-2, 2)}
    assert colours.get_ylabel() == "weight"
    assert figure.get_suptitle() == "weights of the first layer"


def test_many_filters_in_colour() -> None:
    weight = torch.zeros(100, 3, 2, 2)
    weight[0] = -5
    figure = check_figure(plot_filters(weight))
    (ax,) = figure.axes
    assert len(ax.images) == 64
    assert float(np.asarray(ax.images[0].get_array()).mean()) == 0
    assert float(np.asarray(ax.images[1].get_array()).mean()) == 0.5  # zero is grey
    assert len({image.get_extent()[0] for image in ax.images}) == 8
    assert figure.get_suptitle() == "weights of the first layer, 64 of 100 units"


def test_feature_maps_of_each_layer() -> None:
    image, first, second = torch.rand(1, 6, 6), torch.randn(3, 4, 4), torch.randn(20, 2, 2)
    figure = check_figure(plot_feature_maps(image, {"convolution 1": first, "convolution 2": second}))
    shown, above, below = figure.axes
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == ["input, 6x6", "convolution 1: 3 maps, 4x4", "convolution 2: 16 of 20 maps, 2x2"]
    assert np.allclose(shown.images[0].get_array(), image[0])
    assert [np.allclose(m.get_array(), part) for m, part in zip(above.images, first, strict=True)] == [True] * 3
    assert {m.get_clim() for m in above.images} == {(-float(first.abs().max()), float(first.abs().max()))}
    assert len(below.images) == 16
    assert figure.get_suptitle() == "feature maps (orange: negative, purple: positive)"
    assert min(ax.get_window_extent().width for ax in figure.axes) > 0.9 * 450  # high enough for the full width


def test_feature_maps_of_a_deep_network_and_of_a_wide_image() -> None:
    figure = check_figure(
        plot_feature_maps(torch.rand(3, 8, 32), {f"convolution {k}": torch.rand(9, 4, 16) for k in range(9)})
    )
    assert len(figure.axes) == 5
    assert [ax.get_title(loc="left") for ax in figure.axes[:2]] == ["input, 8x32", "convolution 0: 9 maps, 4x16"]
    for ax in figure.axes:
        assert len(ax.images) == len(ax.patches)  # each with a frame
        assert len({image.get_extent()[0] for image in ax.images}) == min(len(ax.images), 8)
    image = torch.rand(1, 2, 3) + 1
    shown, zeros = plot_feature_maps(image, {"c": torch.zeros(1, 2, 2)}).axes
    assert shown.images[0].get_clim() == (float(image.min()), float(image.max()))
    assert zeros.images[0].get_clim() == (-1, 1)
    square, wide = (plot_feature_maps(torch.rand(1, 8, w), {"c": torch.rand(8, 4, 4)}) for w in (8, 32))
    first, other = (figure.axes[0].get_position().height * figure.get_figheight() for figure in (square, wide))
    assert other < first / 2  # the row of a wide image is lower


def test_grid_covers_the_points() -> None:
    positions = grid(torch.tensor([[0.0, 10.0], [1.0, 30.0]]), 5)
    assert positions.shape == (5, 5, 2)
    assert positions[0, 0].tolist() == pytest.approx([-0.15, 7])
    assert positions[0, -1].tolist() == pytest.approx([1.15, 7])
    assert positions[-1, 0].tolist() == pytest.approx([-0.15, 33])


def test_boundary_lies_where_the_prediction_changes() -> None:
    points = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    true = torch.tensor([0, 0, 1, 1])
    positions = grid(points, 11)
    predicted = (positions[..., 0] > 0.5).long()
    figure = check_figure(
        plot_boundary(points, true, positions, predicted, 2, ("no", "yes"), ("length (cm)", "width (cm)"))
    )
    ax = figure.axes[0]
    regions = ax.images[0]
    assert regions.origin == "lower"
    assert regions.get_extent() == pytest.approx((-0.15, 1.15, -0.15, 1.15))
    assert np.array_equal(regions.get_array()[0], [0] * 6 + [1] * 5)
    assert [dots.get_offsets().tolist() for dots in ax.collections] == [[[0, 0], [0, 1]], [[1, 0], [1, 1]]]
    for k, dots in enumerate(ax.collections):  # a region has the colour of its points
        np.testing.assert_allclose(regions.cmap(regions.norm(k))[:3], dots.get_facecolor()[0, :3])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["no", "yes"]
    assert figure.legends[0].get_title().get_text() == "true class (region: predicted class)"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("length (cm)", "width (cm)")


def test_legend_of_25_classes_and_of_one() -> None:
    k = torch.arange(25)
    points = torch.stack([k, k % 5], 1).float()
    positions = grid(points, 5)
    figure = check_figure(plot_boundary(points, k, positions, positions[..., 0].long().clamp(0, 24), 25))
    assert len(figure.legends[0].get_texts()) == 25
    check_figure(plot_boundary(points, k * 0, positions, positions[..., 0].long() * 0, 1, ("only",)))


def test_hidden_states_are_units_by_steps() -> None:
    hidden = torch.tensor([[0.5, -1.0], [0.25, 0.0], [0.0, 1.0]])
    ax, _ = check_figure(plot_hidden_states(hidden, ["B", "T", "S"])).axes
    assert np.array_equal(ax.images[0].get_array(), hidden.T)
    assert ax.images[0].get_clim() == (-1, 1)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["B", "T", "S"]


def test_long_sequence_is_cut() -> None:
    figure = check_figure(plot_hidden_states(torch.rand(100, 3), ["w"] * 100))
    ax, _ = figure.axes
    assert ax.images[0].get_array().shape == (3, 40)
    assert len(ax.get_xticklabels()) == 40
    assert figure.get_suptitle() == "hidden states\nfirst 40 of 100 steps"


def test_many_long_labels_do_not_overlap() -> None:
    words = ["<START>", "who", "has", "left"] * 20
    for figure in (
        plot_hidden_states(torch.rand(80, 3), words),
        plot_next_symbols(torch.ones(80, 3), torch.ones(80, 3), words),
        plot_gates({"h": torch.rand(80, 3)}, words),
    ):
        assert check_figure(figure).get_suptitle().endswith("first 25 of 80 steps")
    assert check_figure(plot_gradients({"a": torch.ones(80)}, words)).axes[0].get_xlabel() == "step"
    assert check_figure(plot_gradients({"a": torch.ones(25)}, words[:25])).axes[0].get_xlabel() != "step"


def test_steps_without_labels_are_numbered() -> None:
    ax, _ = check_figure(plot_hidden_states(torch.rand(30, 3))).axes
    assert ax.get_xlabel() == "step"
    assert 3 <= len(ax.get_xticks()) <= 10
    three, _ = plot_hidden_states(torch.zeros(3, 3)).axes
    assert all(tick == int(tick) for tick in (*three.get_xticks(), *three.get_yticks()))
    assert three.images[0].get_clim() == (-1, 1)
    assert three.get_ylabel() == "hidden unit"
    heights = [plot_hidden_states(torch.rand(2, units)).get_figheight() for units in (1, 10, 28, 300)]
    assert heights[0] == heights[1] < heights[2] == heights[3]
    assert check_figure(plot_hidden_states(torch.rand(3, 3), ["some", "long", "words"])).axes[0].get_xlabel() != "step"


def test_wrong_next_symbols_are_framed() -> None:
    true = torch.tensor([[1.0, 0, 1], [0, 1, 0], [0, 1, 1]])
    predicted = true.clone()
    predicted[1, 2] = 1  # false positive
    predicted[2, 1] = 0  # false negative
    figure = check_figure(plot_next_symbols(predicted, true, ["B", "T", "S"], ("x", "y", "z")))
    above, below = figure.axes
    assert np.array_equal(above.images[0].get_array(), true.T)
    assert np.array_equal(below.images[0].get_array(), predicted.T)
    assert [tuple(round(v + 0.45) for v in frame.get_xy()) for frame in below.patches] == [(1, 2), (2, 1)]
    assert not above.patches
    assert figure.get_suptitle() == "sets of next symbols: 1 of 3 correct"
    assert [ax.get_title(loc="left") for ax in (above, below)] == ["true next symbols", "predicted next symbols"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["false positive or false negative"]
    assert not check_figure(plot_next_symbols(true, true, ["B", "T", "S"])).legends
    assert [label.get_text() for label in below.get_yticklabels()] == ["x", "y", "z"]
    assert [label.get_text() for label in below.get_xticklabels()] == ["B", "T", "S"]
    assert not len(above.get_xticks())
    for ax in (above, below):  # lines between the steps and between the symbols
        between_steps, between_symbols = (lines.get_segments() for lines in ax.collections)
        assert [line.tolist() for line in between_steps] == [[[0.5, -0.5], [0.5, 2.5]], [[1.5, -0.5], [1.5, 2.5]]]
        assert [line.tolist() for line in between_symbols] == [[[-0.5, 0.5], [2.5, 0.5]], [[-0.5, 1.5], [2.5, 1.5]]]


@pytest.mark.parametrize(("word", "total", "steps"), [("w", 40, 40), ("w", 41, 40), ("ww", 25, 25), ("ww", 26, 25)])
def test_words_take_more_space_than_letters(word: str, total: int, steps: int) -> None:
    figure = plot_hidden_states(torch.rand(total, 2), ["w"] * (total - 1) + [word])
    assert figure.axes[0].images[0].get_array().shape == (2, steps)
    assert figure.get_suptitle() == "hidden states" + (f"\nfirst {steps} of {total} steps" if steps < total else "")
    turned = {label.get_rotation() for label in figure.axes[0].get_xticklabels()}
    assert turned == {90 if len(word) > 1 else 0}


def test_scatter_with_the_diagonal() -> None:
    true = torch.tensor([[0.0, 5.0], [2.0, 7.0]])
    figure = check_figure(plot_scatter(true + torch.tensor([3.0, 0.0]), true))
    first, second = figure.axes
    assert first.collections[0].get_offsets().tolist() == [[0, 3], [2, 5]]
    assert second.collections[0].get_offsets().tolist() == [[5, 5], [7, 7]]
    assert first.get_title() == "output 1: RMSE 3"
    assert (first.get_xlabel(), first.get_ylabel()) == ("true output 1", "predicted output 1")
    assert first.get_xlim() == first.get_ylim() == pytest.approx((-0.25, 5.25))
    assert np.array_equal(*first.lines[0].get_data())


def test_scatter_has_the_names_of_the_targets() -> None:
    true = torch.tensor([[1.0], [3.0]])
    ax = check_figure(plot_scatter(true, true, ["price in $"])).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"true price in \$", r"predicted price in \$")
    assert ax.get_title() == "root mean squared error 0"
    assert check_figure(plot_scatter(true, true)).axes[0].get_xlabel() == "true value"
    two = plot_scatter(true.expand(2, 2), true.expand(2, 2) + 2, ["price", "age"])
    assert [ax.get_title() for ax in two.axes] == ["price: RMSE 2", "age: RMSE 2"]
    constant = plot_scatter(torch.zeros(2, 1), torch.zeros(2, 1)).axes[0]
    assert constant.get_xlim() == constant.get_ylim() == (-1, 1)
    assert constant.get_aspect() == 1
    assert two.get_figheight() < plot_scatter(true, true).get_figheight()
    many = torch.arange(2001.0).unsqueeze(1)
    (dots,) = plot_scatter(many, many).axes[0].collections
    assert len(dots.get_offsets()) == 2000


def test_scatter_of_many_outputs_draws_nine() -> None:
    figure = check_figure(plot_scatter(torch.rand(5, 12), torch.rand(5, 12)))
    assert len(figure.axes) == 9
    assert figure.get_suptitle() == "predicted and true values, first 9 of 12 outputs"
    nine = plot_scatter(torch.rand(5, 9), torch.rand(5, 9))
    assert nine.get_suptitle() == "predicted and true values"


def test_learning_curves_with_the_best_epoch() -> None:
    loss = {"training": {1: 3.0, 2: 1.0, 3: 0.01}, "validation": {2: 2.0, 3: 0.02}}
    accuracy = {"training": {1: 0.02, 2: 0.9, 3: 1.0}}
    figure = check_figure(plot_learning_curves({"loss": loss, "accuracy": accuracy}, ("best weights", 3)))
    above, below = figure.axes
    assert above.lines[0].get_xydata().tolist() == [[1, 3], [2, 1], [3, 0.01]]
    assert above.lines[1].get_xydata().tolist() == [[2, 2], [3, 0.02]]
    assert [ax.lines[-1].get_xdata() for ax in (above, below)] == [[3, 3], [3, 3]]
    assert (above.get_yscale(), below.get_yscale()) == ("log", "linear")
    assert (above.get_ylabel(), below.get_ylabel(), below.get_xlabel()) == ("loss", "accuracy", "epoch")
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["training", "validation", "best weights: epoch 3"]
    (ax,) = check_figure(plot_learning_curves({"loss": {"training": {1: -1.0, 2: 0.5}}})).axes
    assert (len(ax.lines), ax.get_yscale()) == (1, "linear")


def test_curves_are_mean_minimum_and_maximum() -> None:
    figure = check_figure(plot_metric({"CNN": [[4, 2, 1], [6, 3, 2]], "MLP": [[9, 8], [7]]}, "test/errors"))
    (ax,) = figure.axes
    cnn, mlp = ax.lines
    assert np.array_equal(cnn.get_xydata(), [[1, 5], [2, 2.5], [3, 1.5]])
    assert np.array_equal(mlp.get_xydata(), [[1, 8], [2, 8]])
    band = ax.collections[0].get_paths()[0].vertices
    assert {(1, 4), (1, 6), (2, 2), (2, 3), (3, 1), (3, 2)} <= {tuple(point) for point in band.tolist()}
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["CNN (mean of 2 seeds)", "MLP (mean of 2 seeds)"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "test/errors")


def test_ticks_of_a_single_epoch_are_integers() -> None:
    (ax,) = check_figure(plot_metric({"winnow": [[20], [21]]}, "train/errors")).axes
    ticks = [float(tick) for tick in ax.get_xticks()]
    assert 1.0 in ticks
    assert all(tick.is_integer() for tick in ticks)
