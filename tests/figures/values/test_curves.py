"""Markers, scales and epochs of curves."""

import pytest
from matplotlib.figure import Figure
from nnzoo.figures.sweeps.curves import plot_trial_curves
from nnzoo.figures.values.curves import format_epoch_axis, needs_log_scale, plot_learning_curves, plot_metric
from nnzoo.figures.values.parts import plot_loss_parts


def values(epochs: int) -> dict[int, float]:
    return {epoch: float(epoch) for epoch in range(1, epochs + 1)}


def metric(epochs: int) -> Figure:
    return plot_metric({"a": [[*values(epochs).values()]]}, "loss")


def learning_curves(epochs: int) -> Figure:
    return plot_learning_curves({"loss": {"val": values(epochs)}})


def loss_parts(epochs: int) -> Figure:
    return plot_loss_parts({"training": {"a": values(epochs)}})


def trial_curves(epochs: int) -> Figure:
    return plot_trial_curves({"a": [[*values(epochs).values()]]}, "acc", "max")


PLOTS = pytest.mark.parametrize("plot", [metric, learning_curves, loss_parts, trial_curves])


@PLOTS
@pytest.mark.parametrize(("epochs", "marked"), [(50, True), (51, False)])
def test_up_to_fifty_epochs_have_a_marker_each(plot, epochs: int, marked: bool) -> None:
    line = plot(epochs).axes[0].lines[0]
    assert (line.get_marker() not in ("", "None")) == marked
    assert list(line.get_xdata()) == [*range(1, epochs + 1)]


@PLOTS
def test_epochs_are_whole_numbers(plot) -> None:
    for epochs in (1, 2, 3):
        (ax,) = plot(epochs).axes
        low, high = ax.get_xlim()
        assert low < 1 <= epochs < high
        ticks = [tick for tick in ax.get_xticks() if low <= tick <= high]
        assert 1 in ticks
        assert all(tick == round(tick) for tick in ticks)
    assert high - low >= 2


@pytest.mark.parametrize(
    ("found", "log"),
    [([10.0, 1.0], False), ([10.1, 1.0], True), ([10.1, 50.0, 1.0], True), ([5.0, 0.0], False), ([1.0, -1.0], False)],
)
def test_values_that_fall_to_less_than_a_tenth_need_a_log_scale(found: list[float], log: bool) -> None:
    assert needs_log_scale(found) == log


@pytest.mark.parametrize(
    ("limits", "expected"), [((0.0, 1.0), (0, 1)), ((1.0, 1.9), (0, 2.9)), ((0.945, 1.055), (-0.055, 2.055))]
)
def test_only_the_axis_of_a_single_epoch_is_widened(limits: tuple[float, float], expected: tuple[float, float]) -> None:
    ax = Figure().subplots()
    ax.set_xlim(limits)
    format_epoch_axis(ax)
    assert ax.get_xlim() == pytest.approx(expected)
    assert ax.get_xlabel() == "epoch"


def test_a_metric_of_two_splits_has_a_log_scale_only_if_both_fall() -> None:
    falling, level = {1: 100.0, 2: 1.0}, {1: 2.0, 2: 1.0}
    scales = [
        plot_learning_curves({"loss": {"training": falling, "validation": other}}).axes[0].get_yscale()
        for other in (falling, level)
    ]
    assert scales == ["log", "linear"]


def test_a_split_has_one_colour_and_one_entry_in_the_legend() -> None:
    curves = {"loss": {"training": values(3), "validation": values(3)}, "acc": {"validation": values(3)}}
    figure = plot_learning_curves(curves, ("best", 2))
    above, below = figure.axes
    assert below.lines[0].get_color() == above.lines[1].get_color() != above.lines[0].get_color()
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["training", "validation", "best: epoch 2"]
    assert above.get_xlim() == below.get_xlim()
    assert not any(label.get_visible() for label in above.get_xticklabels())
