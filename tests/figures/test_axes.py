"""Grids, ticks and borders of axes by what they show."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.figures.classes.boundaries import plot_boundaries
from nnzoo.figures.classes.boundary import grid
from nnzoo.figures.classes.confusion import plot_confusion, plot_most_confused
from nnzoo.figures.classes.errors import plot_class_errors
from nnzoo.figures.classes.probes import plot_probes
from nnzoo.figures.classes.updates import Line, Update, plot_updates
from nnzoo.figures.functions.bias_variance import plot_bias_variance
from nnzoo.figures.functions.depth import plot_gradient_sizes
from nnzoo.figures.functions.linear_regions import plot_region_counts
from nnzoo.figures.images.saliency import plot_relevance
from nnzoo.figures.points.generated import plot_generated
from nnzoo.figures.points.graph import plot_graph
from nnzoo.figures.points.maps import plot_maps
from nnzoo.figures.points.names import plot_names
from nnzoo.figures.recurrent.echo_state import plot_by_radius, plot_forgetting
from nnzoo.figures.recurrent.gates import plot_gates
from nnzoo.figures.recurrent.gradient_norms import plot_gradient_norms
from nnzoo.figures.recurrent.gradients import plot_gradients
from nnzoo.figures.recurrent.sequence import plot_hidden_states, plot_next_symbols
from nnzoo.figures.sweeps.curves import plot_trial_curves
from nnzoo.figures.sweeps.data_sizes import plot_data_sizes
from nnzoo.figures.sweeps.history import plot_history
from nnzoo.figures.sweeps.importances import plot_importances
from nnzoo.figures.sweeps.slices import plot_slices
from nnzoo.figures.values.columns import plot_column_errors
from nnzoo.figures.values.curves import plot_learning_curves, plot_metric
from nnzoo.figures.values.learning_rates import plot_range_test
from nnzoo.figures.values.parts import plot_loss_parts
from nnzoo.figures.values.ratings import plot_ratings

from .sweeps.examples import done, six_rates

Figures = dict[str, Callable[[], Figure]]
POINTS, CLASSES = torch.rand(6, 2), torch.arange(6) % 2
STEP = Update("", np.zeros(2), Line(np.ones(2), 0.0), Line(np.ones(2), 1.0))

CHARTS: Figures = {
    "metric": lambda: plot_metric({"a": [[3.0, 2.0]]}, "loss"),
    "learning curves": lambda: plot_learning_curves({"loss": {"val": {1: 2.0, 2: 1.0}}}),
    "parts of the loss": lambda: plot_loss_parts({"training": {"a": {1: 1.0, 2: 2.0}}}),
    "range test": lambda: plot_range_test([1e-3, 1e-2], [2.0, 1.0], [2.0, 1.5], None),
    "history": lambda: plot_history(six_rates(), "acc", "max"),
    "slices": lambda: plot_slices(six_rates(), "acc", "max"),
    "trial curves": lambda: plot_trial_curves({"a": [[2.0, 1.0]]}, "acc", "max"),
    "data sizes": lambda: plot_data_sizes({"a": {10: done(0, {}, 0.5), 20: done(1, {}, 0.7)}}, "acc", "max"),
    "gradients by step": lambda: plot_gradients({"a": torch.ones(3)}),
    "gradient norms": lambda: plot_gradient_norms({"before": {"a": np.ones((2, 4))}}, ""),
    "forgetting": lambda: plot_forgetting({0.5: torch.ones(3)}),
    "errors by radius": lambda: plot_by_radius({1.0: 2.0}, {"a": {1.0: [0.1]}}),
    "gradients by layer": lambda: plot_gradient_sizes({"a": torch.rand(3, 4)}),
    "linear regions": lambda: plot_region_counts({"a": {2: 2, 4: 4}}),
    "probes": lambda: plot_probes({"a": {"input": 0.5, "layer 1": 0.9}}),
    "bias and variance": lambda: plot_bias_variance({1: (0.5, 0.2), 3: (0.1, 0.4)}, "degree"),
}
PANELS: Figures = {
    "boundaries": lambda: plot_boundaries(
        POINTS, CLASSES, grid(POINTS, 5), {"epoch 1": torch.zeros(5, 5, dtype=torch.long)}, 2
    ),
    "generated points": lambda: plot_generated(POINTS, {"epoch 1": POINTS}),
    "graph": lambda: plot_graph({"map": POINTS}, torch.tensor([[0, 1]])),
    "maps": lambda: plot_maps({f"map {k}": POINTS for k in range(3)}, CLASSES),
    "names": lambda: plot_names(POINTS, "abcdef"),
    "updates": lambda: plot_updates(POINTS.numpy(), CLASSES.numpy(), [STEP], ""),
}
TABLES: Figures = {
    "hidden states": lambda: plot_hidden_states(torch.rand(4, 3)),
    "gates": lambda: plot_gates({"f": torch.rand(4, 3), "c": torch.rand(4, 3)}),
    "next symbols": lambda: plot_next_symbols(torch.zeros(3, 2), torch.ones(3, 2), "abc"),
    "confusion": lambda: plot_confusion(CLASSES, CLASSES, 2),
    "ratings": lambda: plot_ratings(torch.rand(2, 2), torch.rand(2, 2), "ab", "cd"),
}
BARS: Figures = {
    "class errors": lambda: plot_class_errors(CLASSES, 1 - CLASSES, 2),
    "confused classes": lambda: plot_most_confused(CLASSES, 1 - CLASSES, 2),
    "relevance": lambda: plot_relevance({"a": torch.rand(4)}),
    "importances": lambda: plot_importances({"a": 0.1, "b": 0.2}, "fANOVA", 5),
    "columns": lambda: plot_column_errors(torch.rand(3), "abc"),
}
THREE = ("a", "b", "c")
CURVES: Figures = {
    "metric": lambda: plot_metric({key: [[3.0, 2.0]] for key in THREE}, "loss"),
    "trial curves": lambda: plot_trial_curves({key: [[2.0, 1.0]] for key in THREE}, "acc", "max"),
    "data sizes": lambda: plot_data_sizes({name: {10: done(k, {}, 0.5)} for k, name in enumerate(THREE)}, "a", "max"),
    "gradients by step": lambda: plot_gradients(dict.fromkeys(THREE, torch.ones(3)), "xyz"),
    "gradients by layer": lambda: plot_gradient_sizes(dict.fromkeys(THREE, torch.rand(3, 4))),
    "linear regions": lambda: plot_region_counts({key: {2: 2, 4: 4} for key in THREE}),
    "probes": lambda: plot_probes({key: {"input": 0.5, "layer 1": 0.9} for key in THREE}),
    "bias and variance": lambda: plot_bias_variance({1: (0.5, 0.2), 3: (0.1, 0.4)}, "degree"),
}


@pytest.mark.parametrize("name", CURVES)
def test_named_curves_differ_in_colour_and_in_marker(name: str) -> None:
    lines = [line for line in CURVES[name]().axes[0].lines if line.get_marker() not in ("None", "|", "_")]
    assert len({line.get_color() for line in lines}) == 3
    assert len({line.get_marker() for line in lines}) == 3


@pytest.mark.parametrize("name", CHARTS)
def test_charts_have_a_grid(name: str) -> None:
    for ax in CHARTS[name]().axes:
        for axis in (ax.xaxis, ax.yaxis):
            assert all(tick.gridline.get_visible() for tick in axis.get_major_ticks())


@pytest.mark.parametrize("name", PANELS)
def test_panels_without_units_have_a_border_and_no_ticks(name: str) -> None:
    for ax in PANELS[name]().axes:
        if ax.axison:
            assert not len(ax.get_xticks())
            assert not len(ax.get_yticks())
            assert all(spine.get_visible() for spine in ax.spines.values())


@pytest.mark.parametrize("name", TABLES)
def test_coloured_tables_have_a_border(name: str) -> None:
    tables = [ax for ax in TABLES[name]().axes if ax.images]
    assert tables
    for ax in tables:
        assert all(spine.get_visible() for spine in ax.spines.values())
        height, width = ax.images[0].get_array().shape
        assert sorted(ax.get_xlim()) == [-0.5, width - 0.5]
        assert sorted(ax.get_ylim()) == [-0.5, height - 0.5]


@pytest.mark.parametrize("name", BARS)
def test_the_first_bar_is_on_top(name: str) -> None:
    (ax,) = BARS[name]().axes
    low, high = ax.get_ylim()
    assert low > high
    labels = ax.get_yticks()
    assert list(labels) == [*range(len(labels))]
    for bar in ax.patches:
        assert high < bar.get_y() < bar.get_y() + bar.get_height() < low
