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
