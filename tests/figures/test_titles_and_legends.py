"""What every figure says: its title, the titles and names of its axes, and the legends."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from nnzoo.figures.classes.boundaries import plot_boundaries
from nnzoo.figures.classes.boundary import grid, plot_boundary
from nnzoo.figures.classes.confusion import plot_matrix, plot_most_confused
from nnzoo.figures.classes.errors import plot_class_errors
from nnzoo.figures.classes.probes import plot_probes
from nnzoo.figures.classes.updates import Line, Update, plot_updates
from nnzoo.figures.functions.activations import plot_activations
from nnzoo.figures.functions.approximation import plot_approximation
from nnzoo.figures.functions.bias_variance import plot_bias_variance
from nnzoo.figures.functions.depth import plot_gradient_sizes
from nnzoo.figures.functions.linear_regions import plot_linear_regions, plot_region_counts
from nnzoo.figures.functions.losses import plot_margin_losses
from nnzoo.figures.functions.surface import plot_surfaces
from nnzoo.figures.images.boxes import plot_boxes
from nnzoo.figures.images.explanations import plot_explanations
from nnzoo.figures.images.feature_maps import plot_feature_maps
from nnzoo.figures.images.filters import plot_filters
from nnzoo.figures.images.outliers import plot_outlier_images
from nnzoo.figures.images.predicted import plot_predictions, plot_reconstructions
from nnzoo.figures.images.rows import plot_rows
from nnzoo.figures.images.saliency import plot_relevance, plot_saliency
from nnzoo.figures.images.samples import plot_samples
from nnzoo.figures.images.synthesized import plot_synthesized
from nnzoo.figures.images.units import plot_units
from nnzoo.figures.points.generated import plot_generated, plot_points
from nnzoo.figures.points.graph import plot_graph
from nnzoo.figures.points.maps import plot_maps
from nnzoo.figures.points.names import plot_names
from nnzoo.figures.points.reconstructed import plot_arrows, plot_clouds
from nnzoo.figures.recurrent.automaton import plot_automata
from nnzoo.figures.recurrent.echo_state import plot_by_radius, plot_forgetting
from nnzoo.figures.recurrent.gates import plot_gates
from nnzoo.figures.recurrent.gradient_norms import plot_gradient_norms
from nnzoo.figures.recurrent.gradients import plot_gradients
from nnzoo.figures.recurrent.sequence import plot_hidden_states, plot_next_symbols
from nnzoo.figures.recurrent.sequence_table import SequenceRow, plot_sequences
from nnzoo.figures.recurrent.spectrum import plot_spectrum
from nnzoo.figures.sweeps.curves import plot_trial_curves
from nnzoo.figures.sweeps.data_sizes import plot_data_sizes
from nnzoo.figures.sweeps.history import plot_history
from nnzoo.figures.sweeps.importances import plot_importances
from nnzoo.figures.sweeps.parallel import plot_parallel
from nnzoo.figures.sweeps.slices import plot_slices
from nnzoo.figures.values.activity import plot_activity
from nnzoo.figures.values.columns import plot_column_errors
from nnzoo.figures.values.curves import plot_learning_curves, plot_metric
from nnzoo.figures.values.learning_rates import plot_range_test
from nnzoo.figures.values.network import Column, plot_network
from nnzoo.figures.values.outliers import plot_outlier_scores
from nnzoo.figures.values.parts import plot_loss_parts
from nnzoo.figures.values.ratings import plot_ratings
from nnzoo.figures.values.recommendations import UserList, plot_recommendations
from nnzoo.figures.values.scatter import plot_scatter
from nnzoo.figures.values.seeds import Seeds, plot_seeds
from nnzoo.figures.values.top_words import plot_top_words
from nnzoo.figures.values.weight_changes import Change, plot_weight_changes

from .sweeps.examples import done, six_rates

POINTS, CLASSES = torch.tensor([[0.0, 1.0], [2.0, 3.0], [1.0, 0.0], [4.0, 2.0]]), torch.tensor([0, 1, 1, 0])
IMAGES = torch.arange(24.0).view(4, 1, 2, 3) / 24
GRID = grid(POINTS, 5)
REGIONS = (GRID[..., 0] > 1).long()
STEP = Update("step 1", np.zeros(2), Line(np.ones(2), 0.0), Line(np.ones(2), 1.0))
PICTURE = np.array([[1.0, 2.0]])

FIGURES: dict[str, Callable[[], Figure]] = {
    "boundaries": lambda: plot_boundaries(POINTS, CLASSES, GRID, {"epoch 1": REGIONS, "epoch 2": 1 - REGIONS}, 2),
    "boundary": lambda: plot_boundary(POINTS, CLASSES, GRID, REGIONS, 2),
    "matrix": lambda: plot_matrix(CLASSES, 1 - CLASSES, 2),
    "confused pairs": lambda: plot_most_confused(CLASSES, 1 - CLASSES, 2),
    "class errors": lambda: plot_class_errors(CLASSES, 1 - CLASSES, 2),
    "probes": lambda: plot_probes({"trained": {"input": 0.5, "layer 1": 0.9}, "random": {"input": 0.5}}),
    "updates": lambda: plot_updates(POINTS.numpy(), CLASSES.numpy(), [STEP, STEP], "updates"),
    "activations": lambda: plot_activations({"tanh": torch.tanh, "relu": torch.relu}),
    "approximation": lambda: plot_approximation(torch.sin, {3: torch.cos}, {3: 0.2, 1: 0.5}),
    "bias and variance": lambda: plot_bias_variance({1: (0.5, 0.2), 3: (0.1, 0.4)}, "degree"),
    "gradients by layer": lambda: plot_gradient_sizes({"tanh": torch.ones(3, 2), "relu": torch.ones(3, 2)}),
    "linear regions": lambda: plot_linear_regions(dict.fromkeys(("deep", "flat"), (torch.relu, torch.arange(3.0)))),
    "counts of regions": lambda: plot_region_counts({"deep": {2: 2, 4: 4}, "flat": {8: 8}}),
    "losses of the margin": lambda: plot_margin_losses({"hinge": torch.relu, "other": torch.exp}),
    "surfaces": lambda: plot_surfaces({"0/1": REGIONS.float(), "bowl": GRID.sum(-1)}, GRID),
    "boxes": lambda: plot_boxes(IMAGES, torch.ones(4, 5), torch.ones(4, 5), torch.ones(4)),
    "explanations": lambda: plot_explanations(IMAGES, IMAGES, "abcd", title="gradients", row="map"),
    "feature maps": lambda: plot_feature_maps(IMAGES[0], {"layer 1": torch.ones(3, 2, 2)}),
    "filters": lambda: plot_filters(IMAGES, "filters", "change"),
    "outlier images": lambda: plot_outlier_images(IMAGES, IMAGES, torch.ones(4)),
    "predictions": lambda: plot_predictions(IMAGES, CLASSES, 1 - CLASSES),
    "predictions with a title": lambda: plot_predictions(IMAGES, CLASSES, CLASSES, title="hardest"),
    "reconstructions": lambda: plot_reconstructions(IMAGES, IMAGES, title="denoising"),
    "rows": lambda: plot_rows([("one", IMAGES), ("other", IMAGES)], "digits"),
    "saliency": lambda: plot_saliency(IMAGES, IMAGES, CLASSES),
    "relevance": lambda: plot_relevance({"winning": torch.tensor([1.0, 2.0]), "all": torch.ones(2)}),
    "samples": lambda: plot_samples(IMAGES, "samples"),
    "synthesized": lambda: plot_synthesized(IMAGES, "abcd"),
    "units": lambda: plot_units(IMAGES.expand(2, 4, 1, 2, 3), IMAGES.expand(2, 4, 1, 2, 3), "ab", "layer 3"),
    "points": lambda: plot_points(POINTS, POINTS, GRID, GRID[..., 0]),
    "generated points": lambda: plot_generated(POINTS, {"epoch 1": POINTS, "epoch 2": POINTS}),
    "graph": lambda: plot_graph({"map 1": POINTS, "map 2": POINTS}, torch.tensor([[0, 1]]), CLASSES),
    "maps": lambda: plot_maps({f"map {k}": POINTS for k in range(3)}, CLASSES),
    "maps by a number": lambda: plot_maps({f"map {k}": POINTS for k in range(3)}, CLASSES / 2),
    "arrows": lambda: plot_arrows(POINTS, POINTS, POINTS, noisy=False),
    "clouds": lambda: plot_clouds({"input": IMAGES.view(8, 3), "output": IMAGES.view(8, 3)}),
    "automata": lambda: plot_automata({"one": ({(0, "a"): 1}, {}), "two": ({(0, "a"): 0}, {})}),
    "forgetting": lambda: plot_forgetting({0.5: torch.ones(3), 2.0: torch.ones(3)}),
    "errors by radius": lambda: plot_by_radius({1.0: 2.0}, {"horizon 1": {1.0: [0.1]}, "horizon 9": {1.0: [0.2]}}),
    "gates": lambda: plot_gates({"f": torch.ones(4, 3), "c": torch.ones(4, 3)}, "abcd"),
    "gradient norms": lambda: plot_gradient_norms({key: {"a": np.ones((2, 4))} for key in ("old", "new")}, "n"),
    "gradients by step": lambda: plot_gradients({"h": torch.ones(3), "c": torch.ones(3)}),
    "gradients by symbol": lambda: plot_gradients({"h": torch.ones(3)}, "abc", "gradients of the loss"),
    "hidden states": lambda: plot_hidden_states(torch.ones(4, 3), title="states"),
    "next symbols": lambda: plot_next_symbols(torch.zeros(3, 2), torch.ones(3, 2), "abc"),
    "sequences": lambda: plot_sequences([SequenceRow("a", "b", "c")], 1, 2),
    "spectrum": lambda: plot_spectrum({"h": torch.tensor([0.5 + 0j])}),
    "trial curves": lambda: plot_trial_curves({"lr=1": [[2.0, 1.0]], "lr=2": [[2.0, 3.0]]}, "acc", "max"),
    "data sizes": lambda: plot_data_sizes({"mlp": {10: done(0, {}, 0.5), 20: done(1, {}, 0.7)}}, "acc", "max"),
    "history": lambda: plot_history(six_rates(), "acc", "max"),
    "importances": lambda: plot_importances({"a": 0.1, "b": 0.2}, "fANOVA", 5),
    "parallel": lambda: plot_parallel(six_rates(), "acc", "max"),
    "slices of one key": lambda: plot_slices(six_rates(), "acc", "max"),
    "slices of two keys": lambda: plot_slices([done(k, {"a": k, "b": -k}, k / 10) for k in range(3)], "acc", "max"),
    "activity": lambda: plot_activity(torch.tensor([[0.0, 1.0], [0.0, 2.0]])),
    "columns": lambda: plot_column_errors(torch.ones(2), "ab"),
    "metric": lambda: plot_metric({"mlp": [[3.0, 2.0]], "cnn": [[3.0], [2.0]]}, "loss"),
    "learning curves": lambda: plot_learning_curves(
        {"loss": {"training": {1: 2.0, 2: 1.0}, "validation": {1: 3.0}}, "acc": {"validation": {1: 2.0, 2: 1.0}}}
    ),
    "range test": lambda: plot_range_test([1e-3, 1e-2], [2.0, 1.0], [2.0, 1.5], 1e-3),
    "network": lambda: plot_network([Column("inputs", "1", "x"), Column("output", "2", "y")], [np.ones((1, 1))], "net"),
    "outlier scores": lambda: plot_outlier_scores(torch.ones(3), torch.ones(3, 2), "ab"),
    "parts of the loss": lambda: plot_loss_parts({"training": {"a": {1: 1.0}}, "validation": {"a": {1: 1.0}}}),
    "ratings": lambda: plot_ratings(POINTS, POINTS, "abcd", "xy"),
    "recommendations": lambda: plot_recommendations([UserList("Ann", [("Up", 5)], [])]),
    "scatter": lambda: plot_scatter(POINTS, POINTS),
    "seeds": lambda: plot_seeds([Seeds("mlp", [1.0, 2.0], (0.0, 3.0), [1.0])]),
    "top words": lambda: plot_top_words(torch.tensor([[1.0, 2.0]]), "ab", 1),
    "weight changes": lambda: plot_weight_changes(
        {"in": Change(*[PICTURE] * 4), "out": Change(PICTURE[:, :1], *[PICTURE] * 3)}, "weights"
    ),
}

WORDS: dict[str, list[str]] = {
    "boundaries": [
        "decision regions",
        "epoch 1:\n≈ 2 of 4 wrong; ; ",
        "epoch 2:\n≈ 2 of 4 wrong; ; ",
        "true class (region: predicted class)",
        "0",
        "1",
    ],
    "boundary": ["decision regions", "input 1; input 2", "true class (region: predicted class)", "0", "1"],
    "matrix": ["4 of 4 wrong (100.00%)", "predicted class; true class", "; fraction of the true class"],
    "confused pairs": [
        "4 of 4 wrong (100.00%)\nmost confused of 2 classes",
        "number of examples; true → predicted class",
    ],
    "class errors": ["4 of 4 wrong (100.00%)\nerrors by class", "wrong predictions; true class"],
    "probes": ["layer; accuracy of a linear probe", "trained", "random"],
    "updates": [
        "updates",
        "step 1; ; ",
        "step 1; ; ",
        "0",
        "1",
        "example",
        "boundary before",
        "boundary after",
        "weights w after",
    ],
    "activations": ["tanh; v; ", "relu; v; ", "f(v)", "derivative f'(v)"],
    "approximation": ["x; f(x)", "hidden units; maximum error", "function", "3 units", "maximum error", "1 / units"],
    "bias and variance": ["degree; mean squared error", "squared bias", "variance", "sum with noise"],
    "gradients by layer": ["layer (0: inputs); magnitude of the output's gradient", "tanh", "relu"],
    "linear regions": ["deep: 2 linear regions; ; output", "flat: 2 linear regions; input; output"],
    "counts of regions": ["hidden units; linear regions", "deep", "flat"],
    "losses of the margin": ["margin $y z$ (grey: classified correctly); loss", "hinge", "other"],
    "surfaces": ["0/1 loss; weight $w_1$; weight $w_2$", "bowl loss; weight $w_1$; weight $w_2$"],
    "boxes": ["predicted and true boxes", "predicted box", "true box"],
    "explanations": ["gradients\nlight: large"],
    "feature maps": ["feature maps (orange: negative, purple: positive)", "input, 2x3; ; ", "layer 1: 3 maps, 2x2; ; "],
    "filters": ["filters", "; change"],
    "outlier images": ["highest outlier scores"],
    "predictions": ["predicted class: 4 of 4 wrong"],
    "predictions with a title": ["hardest"],
    "reconstructions": ["denoising, mean squared error 0"],
    "rows": ["digits"],
    "saliency": ["predicted class and saliency"],
    "relevance": ["mean derivative, relative to the maximum; ", "winning", "all"],
    "samples": ["samples"],
    "synthesized": ["images that maximize a score"],
    "units": ["layer 3\npurple: positive, orange: negative"],
    "points": [
        "real and generated points",
        "input 1; input 2",
        "; discriminator: probability of real",
        "real points",
        "generated points",
    ],
    "generated points": ["generated points", "epoch 1; ; ", "epoch 2; ; ", "real points", "generated points"],
    "graph": ["map 1; ; ", "map 2; ; ", "0", "1"],
    "maps": ["map 0; ; ", "map 1; ; ", "map 2; ; ", "class", "0", "1"],
    "maps by a number": ["map 0; ; ", "map 1; ; ", "map 2; ; "],
    "arrows": ["reconstruction of points", "input 1; input 2", "points", "output"],
    "clouds": ["reconstruction of points", "input; ; ", "output; ; "],
    "automata": ["one; ; ", "two; ; "],
    "forgetting": ["step; distance between the states", "spectral radius", "0.5", "2"],
    "errors by radius": [
        "; distance between the states",
        "spectral radius; error",
        "horizon 1 (median)",
        "horizon 9 (median)",
    ],
    "gates": ["gates and states", "forget gate; ; unit", "cell state; symbol read at the step; unit"],
    "gradient norms": ["n", "old; time step t; norm of dL/dh$_t$", "new; time step t; ", "a"],
    "gradients by step": ["gradients by step", "step; norm of the gradient", "h", "c"],
    "gradients by symbol": ["gradients of the loss", "symbol read at the step; norm of the gradient", "h"],
    "hidden states": ["states", "step; hidden unit", "; activation"],
    "next symbols": [
        "sets of next symbols: 0 of 3 correct",
        "true next symbols; ; symbol",
        "predicted next symbols; symbol read at the step; symbol",
        "false positive or false negative",
    ],
    "sequences": ["sequences: 1 of 2 wrong"],
    "spectrum": [
        "eigenvalues of the recurrent matrix (circle: radius 1)",
        "real part; imaginary part",
        "hidden state: radius 0.5",
    ],
    "trial curves": ["acc by epoch", "epoch; acc", "trial: last value, best first", "lr=2: 3", "lr=1: 1"],
    "data sizes": ["acc by number of training examples", "training examples; acc", "mlp"],
    "history": ["acc of 6 trials", "trial; acc", "trial, ± sd", "best so far", "best"],
    "importances": ["importance of the settings\n(fANOVA, 5 trials)", "importance in %; "],
    "parallel": ["settings and acc of 6 trials\nthick: trial 3 with 0.9752 ± 0.003"],
    "slices of one key": [
        "acc by optimizer.lr: mean ± sd of 3 runs\nbest: 0.03, ahead of 0.01 by 0.0032",
        "lr; acc",
        "trial, ± sd",
        "best",
    ],
    "slices of two keys": ["acc by setting\nbest: trial 2 with 0.2", "a; acc", "b; ", "trial", "best"],
    "activity": [
        "codes of 2 examples: 50.0% of the numbers are 0",
        "activations other than 0; activation; number",
        "active units; 1 of 2 never; code unit, sorted; share of examples",
    ],
    "columns": ["reconstruction error by column", "mean squared error / variance; ", "mean of the column"],
    "metric": ["epoch; loss", "mlp", "cnn (mean of 2 seeds)"],
    "learning curves": ["learning curves", "; loss", "epoch; acc", "training", "validation"],
    "range test": [
        "learning-rate range test",
        "optimizer.lr; training loss",
        "loss of a step",
        "smoothed loss",
        "steepest descent: 0.001",
    ],
    "network": ["net"],
    "outlier scores": ["outlier scores", "score, and the column with its largest part; ", "mean score of a column; "],
    "parts of the loss": ["parts of the loss", "epoch; loss", "a", "sum", "training", "validation"],
    "ratings": ["predicted ratings (numbers: true ratings)", "item; user", "; predicted rating"],
    "recommendations": ["recommendations"],
    "scatter": [
        "predicted and true values",
        "output 1: RMSE 0; true output 1; predicted output 1",
        "output 2: RMSE 0; true output 2; predicted output 2",
    ],
    "seeds": ["mlp; ; ", "a seed", "published", "95 % interval"],
    "top words": ["words with the largest weights"],
    "weight changes": [
        "weights",
        "in\nbefore; ; ",
        "in\nafter; ; ",
        "2 weights; ; ",
        "out\nbefore; ; ",
        "out\nafter; ; ",
        "1 weight; ; ",
        "before training",
        "after training",
    ],
}


def words(figure: Figure) -> list[str]:
    """Return the title, the titles and the names of x and y of each of the axes, and the texts of the legends."""
    axes, legends = [], [*figure.legends]
    for ax in figure.axes:
        titles = [ax.get_title(loc=place) for place in ("left", "center", "right")]
        axes += ["; ".join([*filter(None, titles), ax.get_xlabel(), ax.get_ylabel()])]
        legends += [ax.get_legend()] if ax.get_legend() else []
    texts = [text.get_text() for legend in legends for text in (legend.get_title(), *legend.get_texts())]
    return [text for text in (figure.get_suptitle(), *axes, *texts) if text.strip("; ")]


@pytest.mark.parametrize("name", FIGURES)
def test_title_names_of_the_axes_and_legend(name: str) -> None:
    assert words(FIGURES[name]()) == WORDS[name]


UNEQUAL: dict[str, Callable[[], Figure]] = {
    "images and classes": lambda: plot_predictions(IMAGES, CLASSES[:3], CLASSES[:3]),
    "predicted and true classes": lambda: plot_predictions(IMAGES, CLASSES, CLASSES[:3]),
    "images and boxes": lambda: plot_boxes(IMAGES[:3], torch.ones(4, 5), torch.ones(4, 5), torch.ones(4)),
    "images and names": lambda: plot_synthesized(IMAGES, "abc"),
    "points and names": lambda: plot_names(POINTS, "abc"),
    "units and notes": lambda: plot_network([Column("inputs", "12", "x")], [], ""),
}


@pytest.mark.parametrize("name", UNEQUAL)
def test_unequal_numbers_are_an_error(name: str) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        UNEQUAL[name]()
