"""State diagrams of finite automata.

The unit of length is the distance between two columns of states; y points up.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, dist, hypot, pi, sin

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch
from matplotlib.path import Path

from ..style import BLUE, GREEN, LARGE, SMALL, TALLEST, VERMILION, WIDTH, in_style, new_figure

Edges = Mapping[tuple[int, str], int]
Place = tuple[float, float]
RADIUS = 0.28  # of a state
BENDS = (
    0.05,
    -0.05,
    0.15,
    -0.15,
    0.32,
    -0.32,
    0.5,
    -0.5,
    0.7,
    -0.7,
    1.0,
    -1.0,
    1.4,
    -1.4,
)  # distances of an arrow from the straight line
LABEL_POSITIONS = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)  # candidate positions of the symbols along an arrow
ABOVE, BELOW, LEFT, RIGHT = pi / 2, -pi / 2, pi, 0.0
POINTS = 24  # of a curve, used to compute its cost
COLUMNS = 8  # with more columns of states, the figure is wider
LETTER, LINE = 0.62, 1.25  # width of a letter and height of a line, relative to the font size
STATE_COST, LABEL_COST, CROSSING_COST = 20.0, 8.0, 1.0  # an arrow over a state, symbols over anything, two arrows


@dataclass(frozen=True)
class Box:
    """A rectangle around a point."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: "Box") -> bool:
        """Return whether two rectangles have a point in common."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2
            and abs(self.y - other.y) < (self.height + other.height) / 2
        )

    def contains(self, place: Place) -> bool:
        """Return whether a point lies in the rectangle."""
        return abs(self.x - place[0]) < self.width / 2 and abs(self.y - place[1]) < self.height / 2


@dataclass
class Drawing:
    """The elements of one state diagram so far: states, arrows and their symbols."""

    places: Mapping[int, Place]
    scale: float  # inches per unit of length
    labels: list[Box] = field(default_factory=list)
    curves: list[list[Place]] = field(default_factory=list)

    def box(self, place: Place, text: str) -> Box:
        """Return the rectangle that symbols cover."""
        size = SMALL / 72 / self.scale
        return Box(*place, (LETTER * len(text) + 0.5) * size, LINE * size)

    def curve_cost(self, curve: Sequence[Place], ends: set[int]) -> float:
        """Return the cost of an arrow: how much it overlaps the elements so far. ends: its states."""
        others = [place for state, place in self.places.items() if state not in ends]
        touched = sum(any(dist(point, place) < RADIUS + 0.06 for point in curve) for place in others)
        covered = sum(any(other.contains(point) for point in curve) for other in self.labels)
        crossed = sum(min(dist(a, b) for a in curve[::3] for b in other[::3]) < 0.1 for other in self.curves)
        return STATE_COST * touched + LABEL_COST * covered + CROSSING_COST * crossed

    def label_cost(self, label: Box) -> float:
        """Return the cost of symbols: how much they overlap the elements so far."""
        states = [Box(*place, 2 * RADIUS, 2 * RADIUS) for place in self.places.values()]
        covered = sum(label.overlaps(other) for other in (*self.labels, *states))
        return LABEL_COST * (covered + sum(any(label.contains(point) for point in other) for other in self.curves))


@in_style
def plot_automata(automata: Mapping[str, tuple[Edges, Mapping[int, str]]]) -> Figure:
    """Draw automata by title, one below the other: transitions (state, symbol) -> state, and labels of the states.

    State 0 is the initial state. Column k has the states that are first reached after k steps.
    """
    places = [layout(edges) for edges, _ in automata.values()]
    columns = max(max(x for x, _ in p.values()) for p in places) + 1
    width = min(WIDTH * max(1, columns / COLUMNS), TALLEST)
    scale = min(0.75, (width - 0.1) / columns)
    parts = [route_arrows(edges, at, scale) for (edges, _), at in zip(automata.values(), places, strict=True)]
    lows, highs = [], []
    for at, arrows in zip(places, parts, strict=True):
        ys = [y for _, y in at.values()] + [y for arrow in arrows for _, y in arrow.curve]
        lows.append(min(ys) - RADIUS - 0.15)
        highs.append(max(ys) + RADIUS + 0.15)
    spans = [high - low for low, high in zip(lows, highs, strict=True)]
    xs = [x for arrows in parts for arrow in arrows for x, _ in arrow.curve]
    titles = [title for title in automata if title]
    figure = new_figure(scale * sum(spans) + 0.25 * len(titles) + 0.5, width)
    axes = figure.subplots(len(automata), 1, squeeze=False, height_ratios=spans)[:, 0]
    for ax, (title, (_, names)), at, arrows, low, high in zip(
        axes, automata.items(), places, parts, lows, highs, strict=True
    ):
        _draw(ax, names, at, arrows, scale)
        ax.set_xlim(min(-0.5, *xs), max(columns - 0.5, *xs))
        ax.set_ylim(low, high)
        ax.set_aspect("equal")
        ax.axis("off")
        ax.set_title(title, fontsize=LARGE)
    return figure


def layout(edges: Edges) -> dict[int, Place]:
    """Return the position of each state: x is the number of steps from state 0, y separates the states of a column."""
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
        # sorted by the height of their predecessors
        heights = {s: [places[b][1] for (b, _), end in edges.items() if end == s and b in places] for s in states}
        states.sort(key=lambda s: sum(heights[s]) / len(heights[s]) if heights[s] else 0, reverse=True)
        for number, state in enumerate(states):
            places[state] = float(x), (len(states) - 1) / 2 - number
    return places


@dataclass(frozen=True)
class Arrow:
    """An arrow with its symbols: control points of a Bezier curve, points on it, and the box of the symbols."""

    control: tuple[Place, ...]
    curve: list[Place]
    label: Box
    text: str


def route_arrows(edges: Edges, places: Mapping[int, Place], scale: float) -> list[Arrow]:
    """Return arrows that overlap states, symbols and each other as little as possible.

    A greedy search: each arrow, short ones first, takes the candidate curve and symbol position of lowest cost.
    """
    symbols: dict[tuple[int, int], list[str]] = defaultdict(list)
    for (before, symbol), after in sorted(edges.items()):
        if before in places:  # skips states that cannot be reached
            symbols[before, after].append(symbol)
    drawing, arrows = Drawing(places, scale), []
    for before, after in sorted(symbols, key=lambda ends: dist(places[ends[0]], places[ends[1]])):
        text = " ".join(symbols[before, after])
        start, end = places[before], places[after]
        if before == after:
            controls = [(0.0, loop_path(start, angle)) for angle in (ABOVE, BELOW, LEFT, RIGHT)]
        else:
            controls = [(abs(bend), curved_path(start, end, bend)) for bend in BENDS]
        found: list[tuple[float, Arrow]] = []
        for extra, control in controls:
            curve = [bezier(control, k / POINTS) for k in range(POINTS + 1)]
            cost = extra + drawing.curve_cost(curve, {before, after})
            for along in LABEL_POSITIONS if before != after else (0.5,):
                label = drawing.box(bezier(control, along), text)
                found.append((cost + abs(along - 0.5) + drawing.label_cost(label), Arrow(control, curve, label, text)))
        _, arrow = min(found, key=lambda each: each[0])
        drawing.labels.append(arrow.label)
        drawing.curves.append(arrow.curve)
        arrows.append(arrow)
    return arrows


def curved_path(start: Place, end: Place, bend: float) -> tuple[Place, ...]:
    """Return control points of an arrow between two states whose middle is `bend` right of the straight line."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = hypot(dx, dy)
    middle = (start[0] + dx / 2 + 2 * bend * dy / length, start[1] + dy / 2 - 2 * bend * dx / length)
    return point_on_circle(start, middle), middle, point_on_circle(end, middle)


def loop_path(place: Place, angle: float) -> tuple[Place, ...]:
    """Return control points of an arrow from a state to itself, in the direction of an angle."""
    sides = angle + 0.55, angle - 0.55
    ends = [(place[0] + RADIUS * cos(side), place[1] + RADIUS * sin(side)) for side in sides]
    far = [(place[0] + 2.6 * RADIUS * cos(side), place[1] + 2.6 * RADIUS * sin(side)) for side in sides]
    return ends[0], far[0], far[1], ends[1]


def point_on_circle(state: Place, towards: Place) -> Place:
    """Return the point on the circle of a state nearest to another point."""
    length = dist(state, towards) or 1.0
    return tuple(s + RADIUS * (t - s) / length for s, t in zip(state, towards, strict=True))  # type: ignore[return-value]


def bezier(control: Sequence[Place], t: float) -> Place:
    """Return a point of a Bezier curve by de Casteljau's algorithm."""
    points = list(control)
    while len(points) > 1:
        points = [(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])) for a, b in pairwise(points)]
    return points[0]


def _draw(
    ax: Axes, names: Mapping[int, str], places: Mapping[int, Place], arrows: Sequence[Arrow], scale: float
) -> None:
    for arrow in arrows:
        codes = [Path.MOVETO, *[Path.CURVE3 if len(arrow.control) == 3 else Path.CURVE4] * (len(arrow.control) - 1)]
        ax.add_patch(
            FancyArrowPatch(
                path=Path(arrow.control, codes), arrowstyle="-|>", mutation_scale=9, color="#555555", zorder=1
            )
        )
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        at = (arrow.label.x, arrow.label.y)
        ax.text(*at, arrow.text, ha="center", va="center", fontsize=SMALL, color=VERMILION, bbox=box, zorder=4)
    for number, (state, (x, y)) in enumerate(places.items()):
        colour = GREEN if number == 0 else BLUE
        ax.add_patch(Circle((x, y), RADIUS, facecolor="white", edgecolor=colour, linewidth=1.4, zorder=2))
        text = names.get(state, str(state))
        longest = max(len(text), 1)
        size = min(SMALL, 2 * RADIUS * scale * 72 / (LETTER * longest))
        ax.text(x, y, text, ha="center", va="center", fontsize=size, zorder=3)
