"""Titles and sizes of tiles of filters."""

import pytest
import torch
from nnzoo.figures.images.filters import plot_filters
from nnzoo.figures.images.tiling import new_tiling
from nnzoo.figures.style import WIDTH

from ..checks import check_figure


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_each_unit_has_its_title(channels: int) -> None:
    titles = [f"{k}%" for k in range(20)]
    figure = check_figure(plot_filters(torch.randn(20, channels, 5, 5), "units", "change", titles))
    ax = figure.axes[0]
    tiles = 20 * (2 if channels == 2 else 1)
    assert [text.get_text() for text in ax.texts] == [titles[k * 20 // tiles] for k in range(tiles)]
    assert figure.get_suptitle() == "units"
    assert [bar.get_ylabel() for bar in figure.axes[1:]] == ["change"] * (channels != 3)


def test_tiles_fill_the_width_whatever_the_size_of_the_images() -> None:
    small, large = (new_tiling([*torch.zeros(64, 1, side, side)], 8) for side in (2, 64))
    assert small == large
    assert small.width < WIDTH
    assert small.height == pytest.approx(small.width, rel=0.05)  # eight rows of eight


@pytest.mark.parametrize(("units", "columns"), [(2, 2), (6, 3), (7, 4), (16, 4), (17, 8), (64, 8)])
def test_columns_of_few_and_of_many_units(units: int, columns: int) -> None:
    ax = plot_filters(torch.randn(units, 1, 2, 2)).axes[0]
    assert len({image.get_extent()[0] for image in ax.images}) == columns
    assert [frame.get_xy() for frame in ax.patches] == [tuple(image.get_extent()[::3]) for image in ax.images]


def test_planes_of_units_beside_each_other() -> None:
    weight = torch.randn(40, 2, 3, 3)
    figure = plot_filters(weight)
    assert figure.get_suptitle() == "weights of the first layer, 32 of 40 units"
    for index, image in enumerate(figure.axes[0].images):
        assert torch.equal(torch.tensor(image.get_array()), weight[index // 2, index % 2])
    assert plot_filters(weight[:32]).get_suptitle() == "weights of the first layer"
    assert not plot_filters(weight).axes[0].texts
    assert {image.get_clim() for image in plot_filters(torch.zeros(2, 1, 2, 2)).axes[0].images} == {(-1, 1)}


def test_a_scale_of_colours_takes_its_width_from_the_tiles() -> None:
    coloured, separate = (plot_filters(torch.randn(64, channels, 2, 2)) for channels in (3, 1))
    assert len(coloured.axes) == 1
    assert separate.get_figheight() < coloured.get_figheight()
