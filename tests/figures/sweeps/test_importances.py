import math

import pytest
from nnzoo.figures.sweeps.importances import plot_importances

from .examples import check, tick_labels


def test_bars_are_sorted_and_in_percent() -> None:
    values = {"model.hidden": 0.156, "optimizer.lr": 0.713, "dropout": 0.131}
    figure = check(plot_importances(values, "PED-ANOVA", 60))
    (ax,) = figure.axes
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([71.3, 15.6, 13.1])
    assert [text.get_text() for text in ax.texts] == ["71.3 %", "15.6 %", "13.1 %"]
    assert tick_labels(ax.yaxis) == ["lr", "hidden", "dropout"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first bar is on top
    assert figure.get_suptitle() == "importance of the settings\n(PED-ANOVA, 60 trials)"
    assert ax.get_xlim() == pytest.approx((0, 1.2 * 71.3))  # space for the numbers


def test_unknown_zero_and_negative_values() -> None:
    values = {"a": math.nan, "b": 0.0, "c": 0.8, "d": -0.1}
    figure = check(plot_importances(values, "permutation", 1))
    (ax,) = figure.axes
    assert figure.get_suptitle() == "importance of the settings\n(permutation, 1 trial)"
    assert ax.get_xlim() == pytest.approx((-10 - 0.2 * 90, 80 + 0.2 * 90))
    assert tick_labels(ax.yaxis) == ["c", "b", "d", "a"]
    assert [text.get_text() for text in ax.texts] == ["80 %", "0 %", "-10 %", "not known"]
    (zero,) = check(plot_importances({"a": 0.0}, "fANOVA", 3)).axes
    assert zero.get_xlim() == pytest.approx((0, 1.2))
    twenty = plot_importances({f"k{k}": 0.1 for k in range(20)}, "fANOVA", 3)
    assert twenty.get_suptitle() == "importance of the settings\n(fANOVA, 3 trials)"
    assert tick_labels(twenty.axes[0].yaxis) == [f"k{k}" for k in range(20)]  # equal ones in the given order


def test_twenty_keys_at_most_with_names_that_differ() -> None:
    values = {f"model.layers.{k}.a_very_long_name_of_a_setting": 1 / (k + 2) for k in range(30)}
    figure = check(plot_importances(values, "fANOVA", 300))
    names = tick_labels(figure.axes[0].yaxis)
    assert len(set(names)) == len(figure.axes[0].patches) == 20
    assert "first 20 of 30" in figure.get_suptitle()


def test_no_keys() -> None:
    assert [text.get_text() for text in check(plot_importances({}, "fANOVA", 0)).texts] == [
        "importance of the settings (fANOVA)",
        "no key is swept",
    ]
