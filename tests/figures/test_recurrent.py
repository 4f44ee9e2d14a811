"""Values in the artists of figures of recurrent networks, not pixels."""

from itertools import combinations
from math import dist

import numpy as np
import pytest
import torch
from matplotlib.patches import Circle, FancyArrowPatch
from nnzoo.figures.recurrent.automaton import RADIUS, layout, plot_automata, route_arrows
from nnzoo.figures.recurrent.gates import gate_name, plot_gates
from nnzoo.figures.recurrent.gradients import plot_gradients
from nnzoo.figures.recurrent.spectrum import plot_spectrum

from .checks import check_figure, extent, overlap


def test_gradients_on_a_logarithmic_scale_with_gaps() -> None:
    norms = {"a": torch.tensor([1e-6, 0.0, 1e-2]), "b": torch.tensor([3.0, 2, 0])}
    (ax,) = check_figure(plot_gradients(norms, ["B", "T", "E"])).axes
    assert ax.get_yscale() == "log"
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    assert np.allclose(ax.lines[0].get_ydata(), [1e-6, np.nan, 1e-2], equal_nan=True)
    assert np.array_equal(ax.lines[1].get_xydata(), [[0, 3], [1, 2], [2, np.nan]], equal_nan=True)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["B", "T", "E"]


def test_long_and_zero_gradients() -> None:
    many = plot_gradients({str(k): torch.ones(3) for k in range(12)}, ["x"] * 3)  # a legend of 12 lines is higher
    one = plot_gradients({"0": torch.ones(3)}, ["x"] * 3)
    assert many.get_figheight() - one.get_figheight() == pytest.approx(1.1)
    (ax,) = check_figure(plot_gradients({"a": torch.ones(200)}, [str(t) for t in range(200)])).axes
    assert len(ax.lines[0].get_xdata()) == 200
    assert len(ax.get_xticks()) < 20
    assert all(tick == int(tick) for tick in ax.get_xticks())
    assert ax.lines[0].get_marker() in ("", "None")
    assert check_figure(plot_gradients({"a": torch.zeros(3)}, ["x"] * 3)).axes[0].get_yscale() == "linear"
    some = plot_gradients({"a": torch.zeros(3), "b": torch.tensor([0.0, 1.0, 2.0])})
    assert some.axes[0].get_yscale() == "log"
    three = plot_gradients({"a": torch.ones(3)}).axes[0]
    assert all(tick == int(tick) for tick in three.get_xticks())


def test_spectrum_around_the_unit_circle() -> None:
    values = {"h": torch.tensor([0.5 + 2j, 0.5 - 2j]), "z": torch.tensor([0.25 + 0j])}
    figure = check_figure(plot_spectrum(values))
    (ax,) = figure.axes
    (circle,) = ax.patches
    assert (circle.center, circle.radius) == ((0, 0), 1)
    assert [dots.get_offsets().tolist() for dots in ax.collections] == [
        [[0.5, 2], [0.5, -2]],
        [[0.25, 0]],
    ]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "hidden state: radius 2.06",
        "update gate: radius 0.25",
    ]
    assert ax.get_xlim() == ax.get_ylim() == pytest.approx((-2.268, 2.268), abs=1e-3)
    assert ax.get_aspect() == 1
    across, upwards = ax.lines  # the axes through 0
    assert list(across.get_ydata()) == [0, 0]
    assert list(upwards.get_xdata()) == [0, 0]
    small = plot_spectrum({str(k): torch.tensor([0.1 + 0j]) for k in range(9)}).axes[0]
    assert small.get_xlim() == pytest.approx((-1.1, 1.1))  # the circle
    looks = [(tuple(dots.get_facecolor()[0]), len(dots.get_paths()[0].vertices)) for dots in small.collections]
    assert looks[0][0] == looks[8][0]
    assert len(set(looks)) == 9  # the ninth has the colour of the first, but another marker


def test_gates_and_states_have_their_own_scales() -> None:
    values = {"f": torch.tensor([[0.25, 1], [0, 0.5]]), "c": torch.tensor([[-3.0, 1], [2, 0]])}
    forget, memory = check_figure(plot_gates(values, ["B", "T"])).axes[:2]
    assert np.array_equal(forget.images[0].get_array(), values["f"].T)
    assert forget.images[0].get_clim() == (0, 1)
    assert memory.images[0].get_clim() == (-3, 3)
    assert [ax.get_title(loc="left") for ax in (forget, memory)] == ["forget gate", "cell state"]
    assert [ax.get_ylabel() for ax in (forget, memory)] == ["unit", "unit"]
    assert [label.get_text() for label in memory.get_xticklabels()] == ["B", "T"]
    assert not len(forget.get_xticks())
    assert [tick for tick in forget.get_yticks() if tick != int(tick)] == []
    figure = plot_gates({"f": torch.tensor([[0.0, 2.0]]), "c": torch.zeros(1, 2), "h": torch.tensor([[-0.25]])})
    assert [ax.images[0].get_clim() for ax in figure.axes[:3]] == [(0, 2), (0, 1), (-0.25, 0.25)]
    assert [list(bar.get_yticks()) for bar in figure.axes[3:]] == [[0, 1, 2], [0, 0.5, 1], [-0.25, 0, 0.25]]
    long = {"f": torch.rand(100, 3), "c": torch.rand(100, 300)}
    figure = check_figure(plot_gates(long))
    assert figure.axes[0].images[0].get_array().shape == (3, 40)
    assert figure.get_suptitle() == "gates and states\nfirst 40 of 100 steps"
    assert figure.axes[1].get_xlabel() == "step"


@pytest.mark.parametrize(("letter", "words"), [("i", "input gate"), ("z", "update gate"), ("new", "new")])
def test_gate_names(letter: str, words: str) -> None:
    assert gate_name(letter) == words


EDGES = {(0, "a"): 1, (0, "b"): 2, (0, "c"): 2, (1, "a"): 1, (1, "b"): 3, (2, "a"): 3, (3, "c"): 0, (7, "a"): 8}


def test_columns_are_numbers_of_steps() -> None:
    places = layout(EDGES)
    assert {state: x for state, (x, _) in places.items()} == {0: 0, 1: 1, 2: 1, 3: 2}  # 7 and 8 are never reached
    assert sorted(y for x, y in places.values() if x == 1) == [-0.5, 0.5]


def test_automata_are_circles_and_labelled_arrows() -> None:
    figure = check_figure(plot_automata({"one": (EDGES, {0: "start", 3: "end"}), "two": ({(0, "x"): 1}, {})}))
    first, second = figure.axes
    circles = [patch for patch in first.patches if isinstance(patch, Circle)]
    arrows = [patch for patch in first.patches if isinstance(patch, FancyArrowPatch)]
    assert [circle.center for circle in circles] == list(layout(EDGES).values())
    assert len(arrows) == 6  # b and c lead to the same state
    assert sorted(t.get_text() for t in first.texts) == ["1", "2", "a", "a", "a", "b", "b c", "c", "end", "start"]
    assert [text.get_text() for text in second.texts] == ["x", "0", "1"]
    assert [ax.get_title() for ax in figure.axes] == ["one", "two"]


def test_large_automata_fit() -> None:
    check_figure(
        plot_automata({"long": ({(state, "a"): state + 1 for state in range(40)}, {})}), smallest=0, width=1000
    )
    check_figure(plot_automata({"wide": ({(0, str(k)): k + 1 for k in range(40)}, {})}), smallest=0)


CROSSED = {  # arrows in both directions, loops, and arrows past other states
    **{(0, "B"): 1, (1, "P"): 2, (1, "T"): 3, (2, "T"): 4, (2, "V"): 5, (3, "S"): 3, (3, "X"): 6, (4, "T"): 4},
    **{(4, "V"): 5, (5, "P"): 7, (5, "V"): 8, (6, "X"): 9, (6, "S"): 8, (7, "X"): 9, (7, "S"): 8, (9, "T"): 4},
    **{(9, "V"): 5, (8, "E"): 10},
}


@pytest.mark.parametrize("edges", [CROSSED, EDGES])
def test_symbols_cover_neither_each_other_nor_states(edges: dict[tuple[int, str], int]) -> None:
    (ax,) = check_figure(plot_automata({"": (edges, dict.fromkeys(range(12), ""))})).axes
    labels = [text for text in ax.texts if text.get_text()]
    reached = {(before, after) for (before, _), after in edges.items() if before in layout(edges)}
    assert len(labels) == len(reached)
    for one, other in combinations(labels, 2):
        assert not overlap(one, other), (one.get_text(), other.get_text())
    for label in labels:
        box = extent(label)
        for state in (patch for patch in ax.patches if isinstance(patch, Circle)):
            centre = ax.transData.transform(state.center)
            radius = ax.transData.transform((state.center[0] + state.radius, state.center[1]))[0] - centre[0]
            nearest = np.clip(centre, (box.x0, box.y0), (box.x1, box.y1))
            assert np.hypot(*(nearest - centre)) > radius - 1, (label.get_text(), state.center)


def test_arrows_cross_no_other_states() -> None:
    places = layout(CROSSED)
    for arrow in route_arrows(CROSSED, places, 0.6):
        assert min(dist(arrow.curve[0], place) for place in places.values()) == pytest.approx(RADIUS, abs=1e-6)
        passed = [p for p in places.values() if any(dist(point, p) < RADIUS - 1e-6 for point in arrow.curve)]
        assert not passed, arrow.text
