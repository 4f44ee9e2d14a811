"""Finite automata as circles and arrows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import atan2, cos, dist, pi, sin

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch

from .style import COLOURS, sheet

Edges = Mapping[tuple[int, str], int]
Place = tuple[float, float]
RADIUS = 0.28  # of a state; the layers are 1 apart
LIFT = 0.2  # twice how far the middle of an arrow is off the straight line, for each unit of its length
CLEAR = 0.55  # as far is that of a long one, which may have states on its way


def automata(drawn: Mapping[str, tuple[Edges, Mapping[int, str]]]) -> Figure:
    """Draw automata by title, one below the other: (state, symbol) -> state, and what is written into the states.

    State 0 is the first. From left to right stand the states that take 0, 1, 2 ... steps to reach.
    """
    places = [layout(edges) for edges, _ in drawn.values()]
    spans = [max(y for _, y in p.values()) - min(y for _, y in p.values()) for p in places]
    width = max(max(x for x, _ in p.values()) for p in places) + 1
    scale = min(1.25, 9.6 / width, 9 / (sum(spans) + 1.6 * len(spans)))
    figure = sheet(max(4.0, scale * width), scale * (sum(spans) + 1.6 * len(spans)) + 0.5)
    axes = figure.subplots(len(drawn), 1, squeeze=False, height_ratios=[span + 1.6 for span in spans])[:, 0]
    for ax, (title, (edges, names)), at in zip(axes, drawn.items(), places, strict=True):
        _draw(ax, edges, names, at)
        ax.set_title(title, fontsize=11)
    return figure


def layout(edges: Edges) -> dict[int, Place]:
    """Return a place for each state: x is the number of steps from state 0, y keeps those in one column apart."""
    depth, row = {0: 0}, [0]
    while row:
        after = [end for start in row for (before, _), end in sorted(edges.items()) if before == start]
        row = [state for state in dict.fromkeys(after) if state not in depth]
        depth |= {state: max(depth.values()) + 1 for state in row}
    columns: dict[int, list[int]] = defaultdict(list)
    for state, x in depth.items():
        columns[x].append(state)
    places: dict[int, Place] = {}
    for x, states in sorted(columns.items()):
        # near to where their arrows come from
        heights = {s: [places[b][1] for (b, _), end in edges.items() if end == s and b in places] for s in states}
        states.sort(key=lambda s: sum(heights[s]) / len(heights[s]) if heights[s] else 0, reverse=True)
        for number, state in enumerate(states):
            places[state] = float(x), (len(states) - 1) / 2 - number
    return places


def _draw(ax: Axes, edges: Edges, names: Mapping[int, str], places: Mapping[int, Place]) -> None:
    arrows: dict[tuple[int, int], list[str]] = defaultdict(list)
    for (before, symbol), after in sorted(edges.items()):
        if before in places:  # others cannot be reached
            arrows[before, after].append(symbol)
    for (before, after), symbols in arrows.items():
        if before == after:
            _loop(ax, places[before], symbols)
        else:
            _arrow(ax, places[before], places[after], symbols)
    for number, (state, (x, y)) in enumerate(places.items()):
        colour = COLOURS[2] if number == 0 else COLOURS[0]
        ax.add_patch(Circle((x, y), RADIUS, facecolor="white", edgecolor=colour, linewidth=1.6, zorder=2))
        ax.text(x, y, names.get(state, str(state)), ha="center", va="center", fontsize=9, zorder=3)
    ys = [y for _, y in places.values()]
    ax.set_xlim(-0.5, max(x for x, _ in places.values()) + 0.5)
    ax.set_ylim(min(ys) - 0.8, max(ys) + 0.8)
    ax.set_aspect("equal")
    ax.axis("off")


def _arrow(ax: Axes, start: Place, end: Place, symbols: Sequence[str]) -> None:
    """Draw a curved arrow; there and back again bend to different sides."""
    (x0, y0), (x1, y1) = _rim(start, end), _rim(end, start)
    length = dist((x0, y0), (x1, y1))
    lift = 2 * CLEAR / length if length > 1.2 else LIFT
    ax.add_patch(
        FancyArrowPatch(
            (x0, y0),
            (x1, y1),
            connectionstyle=f"arc3,rad={lift}",
            arrowstyle="-|>",
            mutation_scale=11,
            color="#555555",
            zorder=1,
        )
    )
    middle = (x0 + x1) / 2 + lift / 2 * (y1 - y0), (y0 + y1) / 2 - lift / 2 * (x1 - x0)
    _label(ax, middle, symbols)


def _rim(start: Place, end: Place) -> Place:
    """Return where an arrow from start to end leaves the circle."""
    angle = atan2(end[1] - start[1], end[0] - start[0])
    return start[0] + RADIUS * cos(angle), start[1] + RADIUS * sin(angle)


def _loop(ax: Axes, place: Place, symbols: Sequence[str]) -> None:
    x, y = place
    left, right = ((x + RADIUS * cos(angle), y + RADIUS * sin(angle)) for angle in (pi / 2 + 0.6, pi / 2 - 0.6))
    ax.add_patch(
        FancyArrowPatch(
            left, right, connectionstyle="arc3,rad=-1.4", arrowstyle="-|>", mutation_scale=11, color="#555555", zorder=1
        )
    )
    _label(ax, (x, y + RADIUS + 0.3), symbols)


def _label(ax: Axes, place: Place, symbols: Sequence[str]) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.text(*place, " ".join(symbols), ha="center", va="center", fontsize=9, color=COLOURS[5], bbox=box, zorder=4)
