"""The geometry of state diagrams."""

from math import cos, dist, sin

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyArrowPatch
from nnzoo.figures.recurrent.automaton import (
    ABOVE,
    BELOW,
    LEFT,
    RADIUS,
    RIGHT,
    Box,
    Drawing,
    bezier,
    curved_path,
    layout,
    loop_path,
    plot_automata,
    route_arrows,
)
from nnzoo.figures.style import COLOURS, SMALL


def test_curves_of_bezier_by_their_formula() -> None:
    a, b, c, d = (0.0, 1.0), (2.0, 5.0), (3.0, -1.0), (1.0, 0.0)
    for t in (0.0, 0.25, 0.5, 1.0):
        quadratic = (1 - t) ** 2 * np.array(a) + 2 * t * (1 - t) * np.array(b) + t**2 * np.array(c)
        assert bezier((a, b, c), t) == pytest.approx(tuple(quadratic))
        weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
        assert bezier((a, b, c, d), t) == pytest.approx(tuple(weights @ np.array([a, b, c, d])))


@pytest.mark.parametrize("bend", [0.5, -0.5, 0.05])
@pytest.mark.parametrize("end", [(2.0, 0.0), (0.0, 3.0), (-1.0, 1.0)])
def test_a_bent_arrow_leads_from_circle_to_circle_on_one_side(bend: float, end: tuple[float, float]) -> None:
    start = (0.0, 0.0)
    first, middle, last = curved_path(start, end, bend)
    length = dist(start, end)
    right = np.array([end[1], -end[0]]) / length
    assert middle == pytest.approx(tuple(np.array(end) / 2 + 2 * bend * right))
    assert dist(first, start) == pytest.approx(RADIUS)
    assert dist(last, end) == pytest.approx(RADIUS)
    assert dist(first, middle) == pytest.approx(dist(start, middle) - RADIUS)  # towards the middle
    assert dist(last, middle) == pytest.approx(dist(end, middle) - RADIUS)
    assert np.sign(np.array(bezier((first, middle, last), 0.5)) @ right) == np.sign(bend)


@pytest.mark.parametrize("angle", [ABOVE, BELOW, LEFT, RIGHT])
def test_a_loop_leaves_and_enters_its_circle_on_one_side(angle: float) -> None:
    place, outwards = (3.0, -2.0), np.array([cos(angle), sin(angle)])
    control = loop_path(place, angle)
    curve = [bezier(control, k / 20) for k in range(21)]
    assert dist(curve[0], place) == pytest.approx(RADIUS)
    assert dist(curve[-1], place) == pytest.approx(RADIUS)
    assert all(dist(point, place) > RADIUS for point in curve[1:-1])
    assert all((np.array(point) - place) @ outwards > 0 for point in curve)
    far = (np.array(curve[10]) - place) @ outwards
    assert curve[10] == pytest.approx(tuple(place + far * outwards))  # symmetric
    assert 1.5 * RADIUS < far < 3 * RADIUS


def test_boxes_that_only_touch_do_not_overlap() -> None:
    box = Box(0.0, 0.0, 2.0, 4.0)
    for x, y, common in [(1.9, 0.0, True), (2.0, 0.0, False), (0.0, -2.9, True), (0.0, 3.0, False), (1.9, 3.0, False)]:
        assert box.overlaps(Box(x, y, 2.0, 2.0)) == common
        assert Box(x, y, 2.0, 2.0).overlaps(box) == common
    assert box.contains((0.9, -1.9))
    assert not box.contains((1.0, 0.0))
    assert not box.contains((0.0, 2.0))


def test_costs_count_what_is_covered() -> None:
    drawing = Drawing({0: (0.0, 0.0), 1: (2.0, 0.0), 2: (4.0, 0.0)}, 0.5)
    straight = [(0.1 * k, 0.0) for k in range(41)]
    past = drawing.curve_cost(straight, {0, 2})
    assert past > drawing.curve_cost(straight, {0, 1, 2}) == 0  # through state 1
    drawing.labels.append(Box(1.0, 0.0, 0.4, 0.4))
    covered = drawing.curve_cost(straight, {0, 1, 2})
    assert 0 < covered < past
    drawing.curves.append([(1.5, 0.1 * k) for k in range(-9, 10)])
    assert drawing.curve_cost(straight, {0, 1, 2}) == covered + 1  # crosses an arrow once
    assert drawing.label_cost(Box(0.0, 5.0, 0.5, 0.5)) == 0
    on_state, on_label = (drawing.label_cost(Box(x, 0.0, 0.1, 0.1)) for x in (4.0, 1.1))
    assert on_state == on_label > 0
    assert drawing.label_cost(Box(1.5, 0.5, 0.2, 0.2)) == on_state  # on an arrow
    one, three = drawing.box((1.0, 2.0), "a"), drawing.box((1.0, 2.0), "a b")
    assert (one.x, one.y, one.height) == (1.0, 2.0, three.height)
    assert three.width > 1.5 * one.width
    assert Drawing({}, 1.0).box((0.0, 0.0), "a").width == pytest.approx(one.width / 2)  # twice as many inches


def test_the_first_state_has_another_colour_and_arrows_end_at_the_circles() -> None:
    (ax,) = plot_automata({"": ({(0, "a"): 1, (1, "b"): 0, (1, "c"): 1}, {1: "end"})}).axes
    circles = [patch for patch in ax.patches if isinstance(patch, Circle)]
    assert [to_hex(circle.get_edgecolor()).upper() for circle in circles] == [COLOURS[2], COLOURS[0]]
    assert {circle.radius for circle in circles} == {RADIUS}
    texts = {text.get_text(): text.get_position() for text in ax.texts}
    assert texts["0"] == circles[0].center
    assert texts["end"] == circles[1].center
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    ends = set()
    for arrow in arrows:
        vertices = arrow._path_original.vertices
        near = [min((dist(end, circle.center), k) for k, circle in enumerate(circles)) for end in vertices[[0, -1]]]
        assert [distance for distance, _ in near] == pytest.approx([RADIUS, RADIUS])
        ends.add(tuple(state for _, state in near))
    assert ends == {(0, 1), (1, 0), (1, 1)}
    low, high = ax.get_ylim()
    assert low < -RADIUS
    assert high > RADIUS


def test_an_arrow_past_a_state_or_along_another_arrow_has_a_cost() -> None:
    drawing = Drawing({0: (0.0, 0.0)}, 0.5)
    near, far = ([(x, y) for x in (-1.0, 0.0, 1.0)] for y in (0.33, 0.35))  # the radius is 0.28, and 0.06 are free
    assert drawing.curve_cost(near, set()) > drawing.curve_cost(far, set()) == 0
    drawing.curves.append([(5.0, 5.0)])
    assert [drawing.curve_cost([(5.0, y)], set()) for y in (5.09, 5.11)] == [1, 0]
    assert drawing.label_cost(Box(5.0, 5.0, 0.1, 0.1)) == drawing.label_cost(Box(0.3, 0.0, 0.1, 0.1)) > 0


def test_states_of_a_column_are_sorted_by_the_mean_height_of_their_predecessors() -> None:
    edges = {(0, "a"): 1, (0, "b"): 2, (0, "c"): 3, (1, "a"): 5, (1, "b"): 6, (2, "a"): 5, (3, "a"): 7, (7, "a"): 1}
    assert layout(edges) == {
        0: (0, 0),
        **{1: (1, 1), 2: (1, 0), 3: (1, -1)},
        **{6: (2, 1), 5: (2, 0), 7: (2, -1)},  # their predecessors have the heights 1, 1 and 0, and -1
    }
    assert layout({}) == {0: (0, 0)}


def test_an_arrow_alone_is_almost_straight_and_has_its_symbols_in_the_middle() -> None:
    places = {0: (0.0, 0.0), 1: (1.0, 0.0)}
    (arrow,) = route_arrows({(0, "b"): 1, (0, "a"): 1, (5, "c"): 0}, places, 0.75)
    assert arrow.text == "a b"
    assert arrow.control == curved_path(places[0], places[1], 0.05)
    assert (arrow.label.x, arrow.label.y) == bezier(arrow.control, 0.5)
    assert arrow.curve[0] == arrow.control[0]
    assert arrow.curve[-1] == pytest.approx(arrow.control[-1])
    assert len(arrow.curve) == 25
    (loop,) = route_arrows({(0, "a"): 0}, places, 0.75)
    assert loop.control == loop_path(places[0], ABOVE)
    assert (loop.label.x, loop.label.y) == bezier(loop.control, 0.5)


def test_short_arrows_are_drawn_first_and_long_ones_lead_around_them() -> None:
    places = {0: (0.0, 0.0), 1: (1.0, 0.0), 2: (2.0, 0.0)}
    arrows = route_arrows({(0, "a"): 2, (0, "b"): 1, (1, "c"): 2}, places, 0.75)
    assert [arrow.text for arrow in arrows] == ["b", "c", "a"]
    assert min(dist(point, places[1]) for point in arrows[2].curve) > RADIUS
    second = route_arrows({(0, "a"): 0, (0, "b"): 1}, {0: (0.0, 0.0), 1: (0.0, 1.0)}, 0.75)
    assert [arrow.text for arrow in second] == ["a", "b"]
    assert second[0].control == loop_path((0.0, 0.0), ABOVE)  # nothing is drawn yet apart from the states


@pytest.mark.parametrize(("columns", "width"), [(2, 4.5), (8, 4.5), (9, 4.5 * 9 / 8), (18, 10.0)])
def test_sizes_of_state_diagrams(columns: int, width: float) -> None:
    chain = {(k, "a"): k + 1 for k in range(columns - 1)}
    figure = plot_automata({"chain": (chain, {}), "": ({(0, "a"): 0}, {})})
    assert figure.get_figwidth() == pytest.approx(width)
    scale = min(0.75, (width - 0.1) / columns)
    spans = [ax.get_ylim()[1] - ax.get_ylim()[0] for ax in figure.axes]
    assert figure.get_figheight() == pytest.approx(scale * sum(spans) + 0.25 + 0.5)  # one title
    for ax in figure.axes:
        assert ax.get_xlim() == (-0.5, columns - 0.5)
        assert ax.get_aspect() == 1
        assert not ax.axison
    first, second = figure.axes
    for ax, edges in ((first, chain), (second, {(0, "a"): 0})):
        heights = [y for arrow in route_arrows(edges, layout(edges), scale) for _, y in arrow.curve] + [0]
        assert ax.get_ylim() == pytest.approx((min(heights) - RADIUS - 0.15, max(heights) + RADIUS + 0.15))


def test_long_names_of_states_are_smaller_and_arrows_are_curves() -> None:
    (ax,) = plot_automata({"": ({(0, "a"): 1, (1, "b"): 1}, {1: "a long name"})}).axes
    sizes = {text.get_text(): text.get_fontsize() for text in ax.texts}
    assert sizes["0"] == SMALL
    assert sizes["a long name"] == pytest.approx(2 * RADIUS * 0.75 * 72 / (0.62 * 11))  # letters of 0.62 times the size
    codes = [arrow._path_original.codes.tolist() for arrow in ax.patches if isinstance(arrow, FancyArrowPatch)]
    assert codes == [[1, 4, 4, 4], [1, 3, 3]]  # a loop is cubic, other arrows are quadratic
