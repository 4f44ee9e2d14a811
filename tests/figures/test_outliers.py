"""Figures of outlier scores."""

import pytest
import torch
from matplotlib.colors import to_hex
from nnzoo.figures.images.outliers import plot_outlier_images
from nnzoo.figures.style import BLUE, WRONG
from nnzoo.figures.values.outliers import plot_outlier_scores

from .checks import check_figure

GENERATOR = torch.Generator().manual_seed(0)
ENTRIES = torch.rand(40, 3, generator=GENERATOR)
NAMES = ["age", "a column with a very long name", "$income"]


@pytest.mark.parametrize(("count", "shape"), [(3, (1, 8, 6)), (12, (3, 5, 5))])
@pytest.mark.parametrize("threshold", [None, 2.0])
def test_images_with_scores(count, shape, threshold):
    images = torch.rand(count, *shape, generator=GENERATOR)
    scores = torch.arange(count, 0, -1).double()
    figure = check_figure(plot_outlier_images(images, images / 2, scores, threshold=threshold))
    texts = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert len(figure.axes[0].images) == 2 * min(count, 10)
    red = [text for text, colour in texts.items() if colour == WRONG]
    above = [] if threshold is None else [f"{score:g}" for score in range(count, 2, -1)]
    assert sorted(red) == sorted(above[: min(count, 10)])


@pytest.mark.parametrize("threshold", [None, 1.5])
@pytest.mark.parametrize("rows", [1, 40])
def test_rows_and_columns(rows, threshold):
    entries = ENTRIES[:rows]
    scores = entries.sum(1)
    figure = check_figure(plot_outlier_scores(scores, entries, NAMES, threshold=threshold))
    above, below = figure.axes
    top = scores.argsort(descending=True)[:12]
    red = [threshold is not None and score > threshold for score in scores[top].tolist()]
    assert [to_hex(bar.get_facecolor()).upper() == WRONG for bar in above.patches] == red
    number = int((scores > 1.5).sum())
    assert figure.get_suptitle() == f"outlier scores{f': {number} of {rows} above 1.5' if threshold else ''}"
    assert [list(line.get_xdata()) for line in above.lines] == [[threshold] * 2] * (threshold is not None)
    for ax, bars in ((above, len(top)), (below, 3)):
        assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the largest is on top
        assert len(ax.patches) == bars
    for bar, text in zip(above.patches, above.texts, strict=True):
        assert text.get_position() == (bar.get_width(), bar.get_y() + bar.get_height() / 2)
    assert above.get_xlim() == (0, pytest.approx(1.35 * scores.max().item()))
    assert [bar.get_width() for bar in above.patches] == pytest.approx(scores[top].tolist())
    assert [label.get_text() for label in above.get_yticklabels()] == [f"row {row}" for row in top.tolist()]
    best = ["age", "a column with a ve…", "\\$income"]
    assert [text.get_text().strip() for text in above.texts] == [best[k] for k in entries[top].argmax(1)]
    assert [bar.get_width() for bar in below.patches] == pytest.approx(sorted(entries.mean(0).tolist())[::-1])


def test_equal_rows_are_drawn():
    figure = check_figure(plot_outlier_scores(torch.zeros(5), torch.zeros(5, 2), ["a", "b"], threshold=0.0))
    above, below = figure.axes
    assert figure.get_suptitle() == "outlier scores: 0 of 5 above 0"
    assert {to_hex(bar.get_facecolor()).upper() for bar in above.patches} == {BLUE}  # none is above the threshold
    assert above.get_xlim() == (0, 1)
    assert [label.get_text() for label in above.get_yticklabels()] == [f"row {row}" for row in range(5)]
    assert [label.get_text() for label in below.get_yticklabels()] == ["a", "b"]


def test_at_most_twelve_columns():
    _, below = plot_outlier_scores(torch.ones(2), torch.arange(40.0).view(2, 20), [str(k) for k in range(20)]).axes
    assert [label.get_text() for label in below.get_yticklabels()] == [str(k) for k in range(19, 7, -1)]
    assert [bar.get_width() for bar in below.patches] == [k + 10 for k in range(19, 7, -1)]
