import torch
from nnzoo.figures.values.columns import plot_column_errors

from ..checks import check_figure


def test_largest_errors_first():
    figure = check_figure(plot_column_errors(torch.tensor([0.25, 1.5, 0.5]), ("length (cm)", "$", "a\tb")))
    (ax,) = figure.axes
    assert [bar.get_width() for bar in ax.patches] == [1.5, 0.5, 0.25]
    assert [label.get_text() for label in ax.get_yticklabels()] == [r"\$", "a⇥b", "length (cm)"]
    assert list(ax.lines[0].get_xdata()) == [1, 1]
    assert figure.get_suptitle() == "reconstruction error by column"


def test_at_most_thirty_columns():
    figure = check_figure(plot_column_errors(torch.rand(100), [f"column {k} with a long name" for k in range(100)]))
    assert len(figure.axes[0].patches) == 30
    thirty = plot_column_errors(torch.ones(30), [str(k) for k in range(30)])
    assert thirty.get_suptitle() == "reconstruction error by column"
    assert [label.get_text() for label in thirty.axes[0].get_yticklabels()] == [str(k) for k in range(30)]
    assert figure.get_suptitle() == "reconstruction error by column, 30 of 100 columns"
