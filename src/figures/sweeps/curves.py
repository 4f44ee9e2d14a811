"""A metric by epoch for several trials.

Shapes: S seeds, E epochs.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..style import in_style, legend_below, new_figure, nth_colour, nth_marker
from ..values.curves import FEW, format_epoch_axis, needs_log_scale, stack_seeds
from .labels import format_apart, format_exactly, short_texts, title, with_sd
from .objective import message, metric_name
from .scale import Scale
from .ticks import Ticks, round_ticks, set_ticks
from .trial import Mode

MAX_CURVES = 8
LABEL = 30  # letters of a trial's label


class Curve(NamedTuple):
    """A trial. values: masked (S, E); final: the mean over the seeds of their last values, sd: of these."""

    label: str
    values: np.ma.MaskedArray
    shortest: int
    final: float
    sd: float


@in_style
def plot_trial_curves(series: Mapping[str, Sequence[Sequence[float]]], metric: str, mode: Mode) -> Figure:
    """Draw the mean over the seeds of each trial, with a band of one sample standard deviation on either side.

    series: label of a trial -> S lists of values after 1, 2, ... E epochs, which may have different lengths; NaN
    where there is no value. After the last epoch of the shortest seed, the mean is that of the seeds that remain, and
    dashed. The legend has the mean and the standard deviation of the last values of the seeds, best first. At most 8
    trials are drawn, the best ones.
    """
    curves = [curve_of(label, seeds) for label, seeds in series.items()]
    known = [curve for curve in curves if curve is not None]
    known.sort(key=lambda curve: -curve.final if mode == "max" else curve.final)
    shown = known[:MAX_CURVES]
    if not shown:
        return message(f"{metric_name(metric)} by epoch", "no trial has a value")
    figure = new_figure(3.2 + 0.17 * len(shown))
    ax = figure.subplots()
    names = short_texts([curve.label for curve in shown], LABEL)
    finals = format_apart([curve.final for curve in shown])
    lines = []
    for k, (curve, name, final) in enumerate(zip(shown, names, finals, strict=True)):
        runs = f" (n = {len(curve.values)})" if len(curve.values) > 1 else ""
        lines.append(draw_curve(ax, curve, k, f"{name}: {with_sd(final, curve.sd)}{runs}"))
    means = np.ma.concatenate([curve.values.mean(0) for curve in shown]).compressed()
    if mode == "min" and needs_log_scale([float(means.max()), float(means.min())]):
        ax.set_yscale("log")
        limits = Scale("log").limits(means.tolist(), 0.08, 0.08)  # a band may reach below 0
        ax.set_ylim(limits)
        at = round_ticks(Scale("log"), limits, 6)
        set_ticks(ax.yaxis, Ticks(at, format_exactly(at)))
    format_epoch_axis(ax)
    ax.set_ylabel(metric_name(metric))
    ax.grid()
    figure.suptitle(curves_title(known, metric))
    legend_below(figure, lines, columns=1, title="trial: last value, best first")
    return figure


def curve_of(label: str, seeds: Sequence[Sequence[float]]) -> Curve | None:
    """Return the curve of a trial, or None if it has no finite value."""
    finite = [[value for value in seed if math.isfinite(value)] for seed in seeds]
    last = [values[-1] for values in finite if values]
    if not last:
        return None
    sd = float(np.std(last, ddof=1)) if len(last) > 1 else 0.0
    kept = [seed for seed, values in zip(seeds, finite, strict=True) if values]
    return Curve(label, stack_seeds(kept), min(map(len, kept)), float(np.mean(last)), sd)


def draw_curve(ax: Axes, curve: Curve, index: int, label: str) -> Line2D:
    """Draw the mean, solid while all seeds last, and the band where there are two seeds at least. Return the line."""
    epochs = curve.values.shape[1]
    x = np.arange(1, epochs + 1)
    mean = curve.values.mean(0)
    colour = nth_colour(index)
    marker = nth_marker(index) if epochs <= FEW else ""
    end = curve.shortest
    (line,) = ax.plot(x[:end], mean[:end], color=colour, marker=marker, label=label)
    if end < epochs:
        ax.plot(x[end - 1 :], mean[end - 1 :], color=colour, marker=marker, linestyle=(0, (2, 1.5)))
    if len(curve.values) > 1:
        sd = curve.values.std(0, ddof=1)
        ax.fill_between(x, mean - sd, mean + sd, color=colour, alpha=0.2, linewidth=0)
    return line


def curves_title(curves: Sequence[Curve], metric: str) -> str:
    """Return the title: what the lines and bands are, and how many trials are drawn."""
    number = f"best {MAX_CURVES} of {len(curves)} trials" if len(curves) > MAX_CURVES else ""
    band = "mean ± sd of the seeds" if any(len(curve.values) > 1 for curve in curves) else ""
    ended = "dashed: fewer seeds" if any(curve.shortest < curve.values.shape[1] for curve in curves) else ""
    notes = ", ".join(filter(None, (number, band, ended)))
    return title(f"{metric_name(metric)} by epoch", f"({notes})" if notes else "")
