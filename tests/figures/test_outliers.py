"""Figures of outlier scores."""

import pytest
import torch
from nnzoo.figures.images.outliers import plot_outlier_images
from nnzoo.figures.style import WRONG
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
    above, below = check_figure(plot_outlier_scores(scores, entries, NAMES, threshold=threshold)).axes
    top = scores.argsort(descending=True)[:12]
    assert [bar.get_width() for bar in above.patches] == pytest.approx(scores[top].tolist())
    assert [label.get_text() for label in above.get_yticklabels()] == [f"row {row}" for row in top.tolist()]
    best = ["age", "a column with a ve…", "\\$income"]
    assert [text.get_text().strip() for text in above.texts] == [best[k] for k in entries[top].argmax(1)]
    assert [bar.get_width() for bar in below.patches] == pytest.approx(sorted(entries.mean(0).tolist())[::-1])


def test_equal_rows_are_drawn():
    check_figure(plot_outlier_scores(torch.zeros(5), torch.zeros(5, 2), ["a", "b"], threshold=0.0))
