"""Pictures and histograms of weights before and after training."""

import numpy as np
import pytest
from nnzoo.figures.style import DPI
from nnzoo.figures.values.weight_changes import WIDE, Change, plot_weight_changes

from ..checks import check_figure

BEFORE, AFTER = np.array([[0.5, -1.0], [0.25, 0.0]]), np.array([[2.0, 0.0], [1.0, -4.0]])
CHANGES = {
    "first": Change(BEFORE, AFTER, BEFORE, AFTER),
    "second": Change(AFTER[0], BEFORE[0], AFTER[:1], BEFORE[:1]),
    "zero": Change(*[np.zeros((2, 2))] * 4),
}


def test_a_row_for_each_parameter() -> None:
    figure = check_figure(plot_weight_changes(CHANGES, "weights"), width=round(WIDE * DPI))
    axes = [ax for ax in figure.axes if ax.get_title()]
    titles = [[f"{name}\nbefore", f"{name}\nafter"] for name in CHANGES]
    assert [[ax.get_title() for ax in axes[row : row + 2]] for row in (0, 3, 6)] == titles
    assert [axes[row].get_title() for row in (2, 5, 8)] == ["4 weights", "2 weights", "4 weights"]
    for row, (change, bound) in enumerate(zip(CHANGES.values(), (4, 2, 1), strict=True)):
        before, after, counts = axes[3 * row : 3 * row + 3]
        for ax, picture in ((before, change.picture_before), (after, change.picture_after)):
            np.testing.assert_array_equal(ax.images[0].get_array(), picture)
            assert ax.images[0].get_clim() == (-bound, bound)
            assert not len(ax.get_xticks())
            assert not len(ax.get_yticks())
        for patch, values in zip(counts.patches, (change.before, change.after), strict=True):
            corners = patch.get_xy()
            assert (corners[:, 0].min(), corners[:, 0].max()) == (-bound, bound)
            assert corners[:, 1].max() == np.histogram(values, 40, (-bound, bound))[0].max()
        assert not len(counts.get_yticks())
        assert [name for name, spine in counts.spines.items() if spine.get_visible()] == ["bottom"]
    assert len(figure.axes) == 9 + 3  # a scale of colours in each row


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("short", [2, 3])
def test_long_pictures_fill_their_place(short: int, equal: bool) -> None:
    long = 2 * short if equal else 3 * short
    for shape in ((short, long), (long, short)):
        picture = np.ones(shape)
        ax = plot_weight_changes({"a": Change(*[picture] * 4)}, "").axes[0]
        assert (ax.get_aspect() == 1) == equal
