"""All figures of many images: the images are where they belong, and keep their proportions."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
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
from nnzoo.figures.images.tiling import Tiling, new_tiling, pixels, tiled_figure
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


def test_sizes_of_a_tiling() -> None:
    tiling = Tiling(5, 2, aspect=0.5, lines=2, margin=0.3, width=2.0)
    assert tiling.rows == 3
    assert Tiling(4, 2).rows == 2
    assert tiling.widths_per_inch == pytest.approx((2 * 1.06 + 0.3) / 2)
    assert tiling.header == pytest.approx(0.06 + 2 * 0.14 * 1.21)  # a line is 0.14 inches high
    assert tiling.height == pytest.approx(3 * (0.5 + tiling.header) / 1.21)
    assert tiling.top_left(0) == pytest.approx((0, tiling.header))
    assert tiling.top_left(3) == pytest.approx((1.06, 0.5 + 2 * tiling.header))
    figure, ax = tiled_figure(tiling, extra_height=1.0)
    assert figure.get_figheight() == pytest.approx(tiling.height + 1)
    assert not ax.axison
    limits = [ax.get_xlim(), ax.get_ylim()]
    assert limits[0] == pytest.approx((-0.3, 2.06))
    assert limits[1] == pytest.approx((3 * (0.5 + tiling.header), 0))
    tiling.show(ax, 0, IMAGES[0], 0, 1)
    assert [ax.get_xlim(), ax.get_ylim()] == limits
    assert new_tiling([*IMAGES], 9) == Tiling(7, 7, 3 / 5)
    assert new_tiling([*IMAGES], 4, lines=2, width=3.0) == Tiling(7, 4, 3 / 5, 2, width=3.0)


def test_titles_are_above_their_images_and_names_left_of_them() -> None:
    tiling = Tiling(4, 2, aspect=0.5, lines=1, margin=0.3)
    _, ax = tiled_figure(tiling)
    tiling.title(ax, 3, "title", "red")
    tiling.name_row(ax, 2, "name")
    tiling.frame(ax, 3)
    left, top = tiling.top_left(3)
    title, name = ax.texts
    assert title.get_position()[0] == left + 0.5
    assert top - tiling.header < title.get_position()[1] < top
    assert (title.get_ha(), title.get_va(), title.get_color()) == ("center", "bottom", "red")
    assert -tiling.margin < name.get_position()[0] < 0
    assert name.get_position()[1] == top + 0.25
    (frame,) = ax.patches
    assert (*frame.get_xy(), frame.get_width(), frame.get_height()) == (left, top, 1, 0.5)


def test_pixels_of_three_channels_are_colours_and_others_are_averaged() -> None:
    image = torch.tensor([[[1.0, 3.0]], [[5.0, 9.0]], [[2.0, -9.0]]])  # (3, 1, 2)
    np.testing.assert_allclose(pixels(image, 1.0, 5.0), [[[0, 1, 0.25], [0.5, 1, 0]]])
    np.testing.assert_allclose(pixels(image[:2], 1.0, 5.0), [[3, 6]])
    np.testing.assert_allclose(pixels(image[:1], 1.0, 5.0), [[1, 3]])
    np.testing.assert_allclose(pixels(torch.ones(3, 1, 1), 1.0, 1.0), [[[0, 0, 0]]])


PAIRED = {
    "explanations": ("input", "map"),
    "outliers": ("input", "output"),
    "reconstructions": ("input", "output"),
    "saliency": ("input", "saliency"),
}


@pytest.mark.parametrize("name", PAIRED)
def test_each_row_of_pairs_has_its_name(name: str) -> None:
    ax = FIGURES[name]().axes[0]  # of seven pairs, in rows of five
    rows = sorted({tuple(image.get_extent()[2:]) for image in ax.images})
    texts = [text for text in ax.texts if text.get_rotation() == 90]
    assert [text.get_text() for text in texts] == [*PAIRED[name]] * 2
    for text, (bottom, top) in zip(texts, rows, strict=True):
        assert text.get_position()[1] == pytest.approx((bottom + top) / 2)
        assert text.get_position()[0] < 0


@pytest.mark.parametrize("name", FIGURES)
def test_each_image_fills_its_place(name: str) -> None:
    ax = FIGURES[name]().axes[0]
    assert max(image.get_extent()[1] for image in ax.images) == pytest.approx(ax.get_xlim()[1])
    assert max(image.get_extent()[2] for image in ax.images) == pytest.approx(ax.get_ylim()[0])
