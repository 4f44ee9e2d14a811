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
