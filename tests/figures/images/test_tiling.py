"""All figures of many images: the images are where they belong, and keep their proportions."""

from collections.abc import Callable
from itertools import combinations

import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.figures.images.boxes import plot_boxes
from nnzoo.figures.images.explanations import plot_explanations
from nnzoo.figures.images.filters import plot_filters
from nnzoo.figures.images.outliers import plot_outlier_images
from nnzoo.figures.images.predicted import plot_predictions, plot_reconstructions
from nnzoo.figures.images.rows import plot_rows
from nnzoo.figures.images.saliency import plot_saliency
from nnzoo.figures.images.samples import plot_samples
from nnzoo.figures.images.synthesized import plot_synthesized
from nnzoo.figures.images.units import plot_units

from ..checks import check_figure

IMAGES = torch.rand(7, 1, 3, 5, generator=torch.Generator().manual_seed(0))
OTHERS = IMAGES + 1
CLASSES = torch.arange(7)
NAMES = [f"name {k}" for k in range(7)]

FIGURES: dict[str, Callable[[], Figure]] = {
    "boxes": lambda: plot_boxes(IMAGES, torch.rand(7, 5), torch.rand(7, 5), torch.rand(7)),
    "explanations": lambda: plot_explanations(IMAGES, OTHERS, NAMES, title="title", row="map"),
    "filters": lambda: plot_filters(IMAGES),
    "outliers": lambda: plot_outlier_images(IMAGES, OTHERS, torch.rand(7)),
    "predictions": lambda: plot_predictions(IMAGES, CLASSES, CLASSES),
    "reconstructions": lambda: plot_reconstructions(IMAGES, OTHERS),
    "rows": lambda: plot_rows([("one", IMAGES), ("other", OTHERS)], "title"),
    "saliency": lambda: plot_saliency(IMAGES, OTHERS, CLASSES),
    "samples": lambda: plot_samples(IMAGES, "title"),
    "synthesized": lambda: plot_synthesized(IMAGES, NAMES),
    "units": lambda: plot_units(IMAGES.expand(2, 7, 1, 3, 5), OTHERS.expand(2, 7, 1, 3, 5), NAMES[:2], "title"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_images_lie_side_by_side_inside_the_axes(name: str) -> None:
    ax = check_figure(FIGURES[name]()).axes[0]
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    places = [image.get_extent() for image in ax.images]
    assert len(places) in (7, 14, 28)
    for x1, x2, y1, y2 in places:
        assert left <= x1 < x2 <= right + 1e-9
        assert top <= y2 < y1 <= bottom + 1e-9
    for one, other in combinations(places, 2):
        apart = one[1] < other[0] or other[1] < one[0] or one[2] < other[3] or other[2] < one[3]
        assert apart


@pytest.mark.parametrize("name", FIGURES)
def test_images_are_in_order(name: str) -> None:
    ax = FIGURES[name]().axes[0]
    places = {}
    for image in ax.images:
        left, _, _, top = image.get_extent()
        places[round(top, 6), round(left, 6)] = torch.as_tensor(image.get_array())
    in_order = [shown for _, shown in sorted(places.items(), key=lambda item: item[0])]
    for images in (IMAGES, OTHERS):
        found = [k for shown in in_order for k in range(7) if torch.equal(shown, images[k, 0])]
        assert found in ([*range(7)] * (2 if name == "units" else 1), [])
    assert torch.equal(in_order[0], IMAGES[0, 0])


def test_titles_of_outliers_and_names_of_the_rows() -> None:
    scores = torch.tensor([3.0, 2.0, 1.25])
    figure = check_figure(plot_outlier_images(IMAGES[:3], OTHERS[:3], scores, threshold=1.5))
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.texts] == ["3", "2", "1.25", "input", "output"]
    assert figure.get_suptitle() == "highest outlier scores (red: above 1.5)"
    bound = float(IMAGES[:3].min()), float(IMAGES[:3].max())
    assert {image.get_clim() for image in ax.images} == {bound}


def test_rows_have_names_and_one_scale() -> None:
    figure = check_figure(plot_rows([("one", IMAGES), ("other", OTHERS)], "title"))
    (ax,) = figure.axes
    names = {text.get_text(): text.get_position() for text in ax.texts}
    assert list(names) == ["one", "other"]
    for name, image in (("one", ax.images[0]), ("other", ax.images[7])):
        left, _, bottom, top = image.get_extent()
        assert names[name][0] < left
        assert names[name][1] == pytest.approx((bottom + top) / 2)
    assert {image.get_clim() for image in ax.images} == {(float(IMAGES.min()), float(OTHERS.max()))}
    assert figure.get_suptitle() == "title"
