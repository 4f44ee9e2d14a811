"""Trials of small sweeps, and checks that all figures of a sweep pass."""

import math
import random
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from nnzoo.figures.sweeps.trial import Trial

from ..checks import check_figure, overlap, visible_texts

RATES = (1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 1.0)
ACCURACIES = (0.91, 0.954, 0.972, 0.9752, 0.97, 0.94)


def done(number: int, params: dict[str, float | str], value: float | None, sd: float | None = None) -> Trial:
    return Trial(number, params, "done", value, sd, 3 if sd else 1)


def six_rates() -> list[Trial]:
    pairs = zip(RATES, ACCURACIES, strict=True)
    return [done(k, {"optimizer.lr": rate}, value, 0.003) for k, (rate, value) in enumerate(pairs)]


def random_search(n: int, seed: int = 0) -> list[Trial]:
    """A bowl in the logarithm of the learning rate; a few trials are pruned, failed, diverged or running."""
    rng = random.Random(seed)
    trials = []
    for k in range(n):
        rate, hidden, dropout = 10 ** rng.uniform(-5, 0), rng.choice([16, 32, 64, 128, 256]), rng.uniform(0, 0.6)
        activation = rng.choice(["relu", "tanh"])
        loss = 0.05 + 0.2 * (math.log10(rate) + 2.2) ** 2 + 0.1 * dropout + abs(rng.gauss(0, 0.01))
        status = rng.choice(["done"] * 8 + ["pruned", "failed", "diverged", "running"]) if k else "done"
        params = {"optimizer.lr": rate, "model.hidden": hidden, "model.activation": activation, "dropout": dropout}
        trials.append(Trial(k, params, status, loss if status == "done" else None, 0.01, 3))
    return trials


def check(figure: Figure) -> Figure:
    """Check a figure as all figures, and that no text covers another one."""
    check_figure(figure)
    for one, other in combinations(visible_texts(figure), 2):
        assert not overlap(one, other), f"{one.get_text()!r} covers {other.get_text()!r}"
    return figure


def points(ax: Axes, marker: str) -> list[tuple[float, float]]:
    """Return the points of all lines with a marker."""
    lines = [line for line in ax.lines if line.get_marker() == marker]
    return [(float(x), float(y)) for line in lines for x, y in np.asarray(line.get_xydata(), dtype=float)]


def bars(ax: Axes) -> list[tuple[float, float, float]]:
    """Return x, lower end and upper end of the error bars."""
    (collection,) = (c for c in ax.collections if hasattr(c, "get_segments"))
    return [(float(low[0]), float(low[1]), float(high[1])) for low, high in collection.get_segments()]


def legend_texts(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def tick_labels(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]
