"""A network with its weights and the numbers of an example."""

import numpy as np
from matplotlib.patches import Circle
from nnzoo.figures.values.network import GAP, NEGATIVE, POSITIVE, RADIUS, Column, plot_network

from ..checks import check_figure

COLUMNS = [
    Column("inputs", ["1", "0", "5"], ["x1", "x2", "x3"]),
    Column("hidden", ["0.5", "0.25"], ["h1", "h2"]),
    Column("output", ["0.75"], ["y"]),
]
WEIGHTS = [np.array([[1.0, -2.0, 0.5], [0.0, 4.0, -1.0]]), np.array([[3.0, -0.25]])]


def test_units_are_circles_with_their_texts_in_columns() -> None:
    figure = check_figure(plot_network(COLUMNS, WEIGHTS, "step 3"), width=450)
    (ax,) = figure.axes
    assert figure.get_suptitle() == "step 3"
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    centres = [tuple(circle.center) for circle in circles]
    assert centres == [(0, -1), (0, 0), (0, 1), (GAP, -0.5), (GAP, 0.5), (2 * GAP, 0)]
    assert {circle.radius for circle in circles} == {RADIUS}
    places = {text.get_text(): text.get_position() for text in ax.texts}
    units = [text for column in COLUMNS for text in column.units]
    assert [places[text] for text in units] == centres
    for note, (x, y) in zip([text for column in COLUMNS for text in column.notes], centres, strict=True):
        assert places[note][0] == x
        assert y + RADIUS < places[note][1] < y + 0.5  # below its circle; y points down
    bottom, top = ax.get_ylim()
    for k, column in enumerate(COLUMNS):
        assert places[column.title][0] == k * GAP
        assert top < places[column.title][1] < -1 - RADIUS  # above all units
    assert bottom > 1 + RADIUS
    left, right = ax.get_xlim()
    assert left < -RADIUS
    assert right > 2 * GAP + RADIUS


def test_connections_show_their_weights() -> None:
    (ax,) = plot_network(COLUMNS, WEIGHTS, "").axes
    lines = {tuple(map(tuple, np.asarray(line.get_xydata()))): line for line in ax.lines}
    assert len(lines) == 3 * 2 + 2 * 1
    texts = [text for text in ax.texts if "." in text.get_text() and text.get_color() in (POSITIVE, NEGATIVE)]
    assert [text.get_text() for text in texts] == ["1.00", "-2.00", "0.50", "0.00", "4.00", "-1.00", "3.00", "-0.25"]
    strongest = lines[(0, 0), (GAP, 0.5)]  # from the second input to the second hidden unit: 4, the largest weight
    negative = lines[(0, 0), (GAP, -0.5)]  # -2
    zero = lines[(0, -1), (GAP, 0.5)]
    assert [line.get_color() for line in (strongest, negative, zero)] == [POSITIVE, NEGATIVE, POSITIVE]
    assert negative.get_linewidth() - zero.get_linewidth() == (strongest.get_linewidth() - zero.get_linewidth()) / 2 > 0
    assert lines[(GAP, -0.5), (2 * GAP, 0)].get_color() == POSITIVE
    for text, line in zip(texts, ax.lines, strict=True):  # on the line, nearer to one of its ends
        (x, y), ((x1, y1), (x2, y2)) = text.get_position(), np.asarray(line.get_xydata()).tolist()
        share = (x - x1) / (x2 - x1)
        assert 0.25 < share < 0.75
        assert np.isclose(y, y1 + share * (y2 - y1))
    shares = [text.get_position()[0] / GAP for text in texts[:3]]
    assert shares[0] == shares[2] != shares[1]  # neighbours alternate, so that crossing lines keep their texts apart


def test_weights_of_zero() -> None:
    (ax,) = plot_network(COLUMNS[1:], [np.zeros((1, 2))], "").axes
    assert len({line.get_linewidth() for line in ax.lines}) == 1
