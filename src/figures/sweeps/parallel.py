"""The settings of all trials as parallel coordinates."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from ..style import SMALL, in_style, new_figure
from .labels import short_keys, title
from .marks import BEST
from .objective import Objective, message, metric_name, no_result, objective_of
from .scale import Scale, scale_of
from .ticks import axes_width, choose_ticks
from .trial import Mode, Trial, swept_keys

MAX_KEYS = 11  # and the objective
NAME = 16  # letters of a key
EDGE = 0.04  # free space on either side of an axis, as a fraction of the range
OPAQUE, TRANSPARENT = 30, 0.12  # number of opaque lines, and opacity of very many
COLOURMAP = ListedColormap(colormaps["viridis"](np.linspace(0.9, 0, 256)), "best dark")  # yellow is faint on white


@in_style
def plot_parallel(trials: Sequence[Trial], metric: str, mode: Mode, log: frozenset[str] = frozenset()) -> Figure:
    """Draw each trial that has a result as a line through its settings, at most 11, and its objective.

    log: keys whose space is logarithmic. The axes lie below each other, so that there is space for all labels. The
    last one is the objective, which gives the lines their colours; better lines cover worse ones, and the best one is
    thick. The few trials that are so much worse than the others that these would look alike are left out. The line of
    a trial has a gap at a key that it does not set.
    """
    objective = objective_of(trials, mode)
    keys = swept_keys(trials)
    if objective is None:
        return no_result(trials, metric)
    if not keys:
        return message(f"settings and {metric_name(metric)}", "no key is swept")
    shown = keys[:MAX_KEYS]
    names = [*(short_keys(keys, NAME)[key] for key in shown), metric_name(metric, NAME)]
    pixels = axes_width(names)
    figure = new_figure(0.8 + len(names) * max(0.6, min(1.1, 3.2 / len(names))))
    ax = figure.subplots()
    columns = []
    for row, key in enumerate(shown):
        settings = [trial.params[key] for trial in trials if key in trial.params]
        scale = scale_of(settings, key in log)
        limits = scale.limits([scale.place(setting) for setting in settings], EDGE, EDGE)
        places = [scale.place(r.trial.params[key]) if key in r.trial.params else None for r in objective.results]
        columns.append(draw_axis(ax, row, scale, places, limits, pixels))
    values = [result.value for result in objective.results]
    limits = objective.scale.limits(values, EDGE, EDGE)
    columns.append(draw_axis(ax, len(shown), objective.scale, values, limits, pixels))
    draw_lines(ax, np.array(columns, dtype=float).T, mode)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlim=(0, 1), ylim=(len(shown) + 0.45, -0.2))
    ax.spines[:].set_visible(False)
    ax.tick_params(left=False, bottom=False, labelbottom=False, pad=10)
    figure.suptitle(parallel_title(objective, trials, metric, len(keys)))
    return figure


def draw_axis(
    ax: Axes, row: int, scale: Scale, places: Sequence[float | None], limits: tuple[float, float], pixels: float
) -> list[float | None]:
    """Draw a horizontal axis from 0 to 1 with ticks. Return the positions of the places on it."""
    low, high = map(scale.forward, limits)

    def position(place: float) -> float:
        return (scale.forward(place) - low) / (high - low)

    ax.axhline(row, color="black", linewidth=0.8, zorder=1)
    ticks = choose_ticks(scale, [place for place in places if place is not None], limits, pixels, upright=False)
    for at, label in zip(ticks.at, ticks.labels, strict=True):
        ax.plot(position(at), row, marker="|", color="black", markersize=6, zorder=4)
        ax.annotate(
            label,
            (position(at), row),
            (0, -4),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=SMALL,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "alpha": 0.8, "linewidth": 0},
            zorder=5,
        )
    return [None if place is None else position(place) for place in places]


def draw_lines(ax: Axes, positions: np.ndarray, mode: Mode) -> None:
    """Draw lines through positions (trials, axes) from 0 to 1, best first, the last column is the objective."""
    rows = np.arange(positions.shape[1])
    ends = positions[:, -1]
    goodness = (ends - ends[-1]) / (ends[0] - ends[-1]) if ends[0] != ends[-1] else np.ones_like(ends)
    colours = COLOURMAP(goodness)
    colours[:, 3] = max(TRANSPARENT, min(0.9, OPAQUE / len(positions)))
    lines = [np.column_stack([line, rows]) for line in positions]
    ax.add_collection(LineCollection(lines[:0:-1], colors=colours[:0:-1], linewidths=1, zorder=2))
    ax.add_collection(LineCollection(lines[:1], colors=BEST, linewidths=3, zorder=3))
    low, high = min(ends), max(ends)
    gradient = np.linspace(0, 1, 256)[None]
    last = len(rows) - 1
    ax.imshow(
        gradient if mode == "max" else 1 - gradient,
        cmap=COLOURMAP,
        aspect="auto",
        extent=(low, high, last + 0.05, last - 0.05)
        if low < high
        else (low - 0.01, high + 0.01, last + 0.05, last - 0.05),
        zorder=2.5,
    )


def parallel_title(objective: Objective, trials: Sequence[Trial], metric: str, keys: int) -> str:
    """Return the title: how many trials and keys are drawn, and the best one."""
    results = objective.results
    number = f"{len(results)} of {len(trials)}" if len(results) < len(trials) else f"{len(trials)}"
    note = f" (first {MAX_KEYS} of {keys} keys)" if keys > MAX_KEYS else ""
    first = f"settings and {metric_name(metric)} of {number} {'trial' if len(trials) == 1 else 'trials'}{note}"
    return title(first, f"thick: trial {results[0].trial.number} with {objective.best_text}")
