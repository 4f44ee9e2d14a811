import pytest
from matplotlib.colors import to_hex
from nnzoo.figures.style import BLACK
from nnzoo.figures.values.parts import plot_loss_parts

from ..checks import check_figure

PARTS = {"reconstruction": {1: 8.0, 2: 5.0, 3: 4.0}, "kl": {1: 0.5, 2: 1.0, 3: 1.5}}


def lines(ax):
    return [(line.get_color(), line.get_linestyle(), list(line.get_ydata())) for line in ax.lines]


def test_parts_and_their_sum_of_both_splits():
    validation = {part: {epoch: 2 * value for epoch, value in values.items()} for part, values in PARTS.items()}
    figure = check_figure(plot_loss_parts({"training": PARTS, "validation": validation}))
    (ax,) = figure.axes
    drawn = lines(ax)
    assert [values for _, _, values in drawn] == [
        [8, 5, 4],
        [0.5, 1, 1.5],
        [8.5, 6, 5.5],
        [16, 10, 8],
        [1, 2, 3],
        [17, 12, 11],
    ]
    assert [style for _, style, _ in drawn] == ["-"] * 3 + ["--"] * 3
    assert [colour for colour, _, _ in drawn[:3]] == [colour for colour, _, _ in drawn[3:]]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["reconstruction", "kl", "sum", "training", "validation"]
    assert ax.get_yscale() == "log"  # from 0.5 to 16


def test_one_split_and_parts_below_zero_or_of_similar_size():
    figure = check_figure(
        plot_loss_parts({"training": {"loss": {1: -1.0, 4: -3.0}, "weights penalty": {1: 40.0, 4: 5.0}}})
    )
    assert figure.get_suptitle() == "parts of the loss, training"
    assert figure.axes[0].get_yscale() == "linear"
    assert check_figure(plot_loss_parts({"training": {"a": {1: 1.0, 2: 2.0}}})).axes[0].get_yscale() == "linear"


def test_the_sum_is_of_the_epochs_of_all_parts_and_black():
    parts = {f"part {k}": {1: 1.0, 2: 2.0, 4: 3.0} for k in range(8)} | {"late": {4: 5.0, 2: 1.0}}
    (ax,) = plot_loss_parts({"training": parts}).axes
    *others, total = ax.lines
    assert list(zip(total.get_xdata(), total.get_ydata(), strict=True)) == [(2, 17), (4, 29)]
    assert total.get_color() == "black"
    colours = [to_hex(line.get_color()).upper() for line in others]
    assert BLACK not in colours
    assert colours[7] == colours[0]
    assert len(set(colours)) == 7


@pytest.mark.parametrize(("low", "scale"), [(1.0, "linear"), (0.99, "log"), (0.0, "linear"), (-1.0, "linear")])
def test_parts_that_differ_by_more_than_thirty_times_have_a_log_scale(low, scale):
    (ax,) = plot_loss_parts({"training": {"a": {1: 30.0, 2: 29.0}, "b": {1: 20.0, 2: low}}}).axes
    assert ax.get_yscale() == scale
