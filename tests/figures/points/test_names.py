"""A map of names."""

import pytest
import torch
from nnzoo.figures.points.names import plot_names

from ..checks import check_figure

POINTS = torch.tensor([[0.0, 5.0], [10.0, 1.0], [4.0, 3.0]])


def test_names_are_at_their_points_inside_of_the_axes() -> None:
    figure = check_figure(plot_names(POINTS, ("king", "$", "a very long name of a point")))
    (ax,) = figure.axes
    assert [text.get_position() for text in ax.texts] == [(0, 5), (10, 1), (4, 3)]
    assert [text.get_text() for text in ax.texts] == ["king", r"\$", "a very long name of …"]
    assert {(text.get_ha(), text.get_va(), text.get_clip_on()) for text in ax.texts} == {("center", "center", True)}
    assert ax.get_xlim() == pytest.approx((-0.8, 10.8))
    assert ax.get_ylim() == pytest.approx((1 - 0.32, 5 + 0.32))
