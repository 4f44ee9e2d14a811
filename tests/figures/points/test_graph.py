"""Maps of the nodes of a graph."""

import numpy as np
import torch
from matplotlib.collections import LineCollection
from nnzoo.figures.points.graph import plot_graph

from tests.figures.checks import check_figure

POINTS = torch.randn(30, 2, generator=torch.Generator().manual_seed(0))
EDGES = torch.tensor([[0, 1], [1, 2], [5, 29]])


def test_edges_connect_the_points_of_their_nodes() -> None:
    figure = check_figure(plot_graph({"PCA": POINTS, "t-SNE\n1-NN accuracy 0.5": -POINTS}, EDGES))
    for ax, points in zip(figure.axes, (POINTS, -POINTS), strict=True):
        (lines,) = (each for each in ax.collections if isinstance(each, LineCollection))
        torch.testing.assert_close(torch.tensor(np.array(lines.get_segments())).float(), points[EDGES])
        (dots,) = (each for each in ax.collections if not isinstance(each, LineCollection))
        torch.testing.assert_close(torch.tensor(dots.get_offsets().tolist()).float(), points)


def test_classes_have_colours_and_a_legend() -> None:
    target = torch.arange(30) % 7
    figure = check_figure(plot_graph({"PCA": POINTS, "t-SNE": POINTS}, EDGES, target, [*"abcdefg"]))
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [*"abcdefg"]
    colours = {tuple(c.get_facecolor()[0]) for c in figure.axes[0].collections if not isinstance(c, LineCollection)}
    assert len(colours) == 7


def test_a_graph_without_edges() -> None:
    check_figure(plot_graph({"PCA": POINTS, "t-SNE": POINTS}, EDGES[:0]))


def test_one_class_needs_no_legend_and_many_edges_are_thin() -> None:
    assert not plot_graph({"PCA": POINTS}, EDGES, torch.zeros(30, dtype=torch.long)).legends
    assert not plot_graph({"PCA": POINTS}, EDGES).legends
    widths = []
    for count in (1, 499, 500):
        (ax,) = plot_graph({"PCA": POINTS}, EDGES[:1].expand(count, 2)).axes
        (lines,) = (each for each in ax.collections if isinstance(each, LineCollection))
        widths.append(lines.get_linewidth()[0])
    assert widths[0] == widths[1] > widths[2]
