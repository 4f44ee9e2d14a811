"""A figure with one row for each of its parts has the same space for each, besides that of its titles and axes."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.figures.classes.confusion import plot_most_confused
from nnzoo.figures.classes.errors import plot_class_errors
from nnzoo.figures.functions.linear_regions import plot_linear_regions
from nnzoo.figures.images.feature_maps import plot_feature_maps
from nnzoo.figures.images.saliency import plot_relevance
from nnzoo.figures.recurrent.gates import plot_gates
from nnzoo.figures.recurrent.gradients import plot_gradients
from nnzoo.figures.recurrent.sequence import plot_hidden_states, plot_next_symbols
from nnzoo.figures.recurrent.sequence_table import SequenceRow, plot_sequences
from nnzoo.figures.recurrent.spectrum import plot_spectrum
from nnzoo.figures.sweeps.curves import plot_trial_curves
from nnzoo.figures.sweeps.data_sizes import plot_data_sizes
from nnzoo.figures.sweeps.importances import plot_importances
from nnzoo.figures.values.columns import plot_column_errors
from nnzoo.figures.values.curves import plot_learning_curves
from nnzoo.figures.values.network import Column, plot_network
from nnzoo.figures.values.outliers import plot_outlier_scores
from nnzoo.figures.values.ratings import plot_ratings
from nnzoo.figures.values.recommendations import UserList, plot_recommendations
from nnzoo.figures.values.seeds import Seeds, plot_seeds
from nnzoo.figures.values.top_words import plot_top_words
from nnzoo.figures.values.weight_changes import Change, plot_weight_changes

from .sweeps.examples import done

PICTURE = np.ones((3, 3))


def names(n: int) -> list[str]:
    return [f"name {k}" for k in range(n)]


def wrong(n: int) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Return n predictions, true classes, and the number of classes; each pair of them occurs once."""
    return (torch.arange(n) + 1) % n, torch.arange(n), n


PLOTS: dict[str, Callable[[int], Figure]] = {
    "class errors": lambda n: plot_class_errors(*wrong(n + 3)),
    "confused pairs": lambda n: plot_most_confused(*wrong(n + 3)),
    "linear regions": lambda n: plot_linear_regions(dict.fromkeys(names(n), (torch.relu, torch.arange(3.0)))),
    "feature maps": lambda n: plot_feature_maps(torch.rand(1, 4, 4), dict.fromkeys(names(n - 1), torch.rand(8, 4, 4))),
    "relevance": lambda n: plot_relevance({"a": torch.rand(n) + 1}),
    "gates": lambda n: plot_gates(dict.fromkeys("ifozu"[:n], torch.rand(4, 2))),
    "gradients": lambda n: plot_gradients(dict.fromkeys(names(n), torch.ones(3)), ["x"] * 3),
    "letters of gradients": lambda n: plot_gradients({"a": torch.ones(3)}, ["x" * n] * 3),
    "hidden units": lambda n: plot_hidden_states(torch.rand(3, 9 + n)),
    "next symbols": lambda n: plot_next_symbols(torch.zeros(3, n), torch.zeros(3, n), "abc"),
    "letters of next symbols": lambda n: plot_next_symbols(torch.zeros(3, 2), torch.zeros(3, 2), ["x" * n] * 3),
    "sequences": lambda n: plot_sequences([SequenceRow("a", "b", "c")] * n, n, n),
    "spectrum": lambda n: plot_spectrum(dict.fromkeys(names(n), torch.tensor([0.5 + 0j]))),
    "trial curves": lambda n: plot_trial_curves({name: [[2.0, 1.0]] for name in names(n)}, "acc", "max"),
    "data sizes": lambda n: plot_data_sizes({f"a{k}": {10: done(k, {}, 0.5 + k)} for k in range(n)}, "acc", "max"),
    "importances": lambda n: plot_importances(dict.fromkeys(names(n), 0.1), "fANOVA", 5),
    "columns": lambda n: plot_column_errors(torch.rand(n), names(n)),
    "learning curves": lambda n: plot_learning_curves({name: {"val": {1: 2.0, 2: 1.0}} for name in names(n)}),
    "units of a network": lambda n: plot_network([Column("x", names(n), names(n))] * 2, [np.ones((n, n))], ""),
    "rows with outlier scores": lambda n: plot_outlier_scores(torch.rand(n), torch.rand(n, 2), names(2)),
    "columns with outlier scores": lambda n: plot_outlier_scores(torch.rand(3), torch.rand(3, n), names(n)),
    "users": lambda n: plot_ratings(torch.rand(n, 2), torch.rand(n, 2), names(n), names(2)),
    "letters of items": lambda n: plot_ratings(torch.rand(2, 1), torch.rand(2, 1), names(2), ["x" * n]),
    "lists of users": lambda n: plot_recommendations([UserList("a", [("b", 1.0)], [("c", 1.0, 2.0)])] * n),
    "rated items": lambda n: plot_recommendations([UserList("a", [("b", 1.0)] * n, [])]),
    "recommended items": lambda n: plot_recommendations([UserList("a", [], [("c", 1.0, 2.0)] * n)]),
    "results of seeds": lambda n: plot_seeds([Seeds("a", [1.0, 2.0], None, [1.0])] * n),
    "lines of the label of a result": lambda n: plot_seeds([Seeds("x" * 62 * n, [1.0, 2.0], None, [1.0])]),
    "words": lambda n: plot_top_words(torch.rand(n, 2) + 1, names(2), n),
    "weight changes": lambda n: plot_weight_changes(dict.fromkeys(names(n), Change(*[PICTURE] * 4)), ""),
}


@pytest.mark.parametrize("name", PLOTS)
def test_each_row_has_the_same_space(name: str) -> None:
    lowest, middle, highest = (PLOTS[name](n).get_figheight() for n in (2, 3, 4))
    row = middle - lowest
    assert row > 0
    assert highest - middle == pytest.approx(row)
    assert lowest > 2 * row  # the rest is for titles and axes
