"""The objective by the setting of each swept key."""

from collections.abc import Sequence
from math import ceil

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import Container
from matplotlib.figure import Figure

from ..style import DPI, GREY, TALLEST, in_style, legend_below, subplot_grid
from .labels import short_keys, title
from .marks import draw_band, draw_best, draw_results
from .objective import AXIS_METRIC, METRIC, Objective, message, metric_name, no_result, objective_of, set_objective_axis
from .scale import FEW, Scale, scale_of
from .ticks import axes_width, choose_ticks, set_ticks, width
from .trial import Mode, Trial, swept_keys
from .winner import label_settings, winner_title

MAX_KEYS, COLUMNS = 12, 3
MARGIN = {1: 0.05, 2: 0.09, 3: 0.13}  # number of columns -> free space on either side, as a fraction of the range
KEY, ONE_KEY = 16, 40  # letters of a key among several, and of a single one


@in_style
def plot_slices(trials: Sequence[Trial], metric: str, mode: Mode, log: frozenset[str] = frozenset()) -> Figure:
    """Draw the objective against the setting of each swept key, for the first 12 keys.

    log: keys whose space is logarithmic. Points are means over the seeds with their standard deviations. Where
    settings occur several times, or a single key is swept, a line joins the best values of the settings. The figure
    of a single key says which setting is best, and by how much. Trials without a result, and the few that are so much
    worse than the others that these would look alike, are marked at the edge.
    """
    objective = objective_of(trials, mode)
    keys = swept_keys(trials)
    if objective is None:
        return no_result(trials, metric)
    if not keys:
        return message(f"{metric_name(metric)} by setting", "no key is swept")
    single = len(keys) == 1 and all(keys[0] in trial.params for trial in trials)
    shown = keys[:MAX_KEYS]
    names = short_keys(keys, ONE_KEY if single else KEY)
    columns = 2 if len(shown) == 4 else min(len(shown), COLUMNS)  # two rows of two
    figure, axes = subplot_grid(len(shown), columns, height=2.9 if single else 1.75, sharey=True)
    upright = [0.0] * ceil(len(shown) / columns)  # height of turned labels below each row, in pixels
    pixels = axes_width(set_objective_axis(axes[0], objective, labelled=single), columns)
    legend: dict[str, Artist | Container] = {}
    for k, (ax, key) in enumerate(zip(axes, shown, strict=True)):
        settings = [trial.params[key] for trial in trials if key in trial.params]
        scale = scale_of(settings, key in log)
        places = [scale.place(setting) for setting in settings]
        legend = draw_slice(ax, objective, key, scale, single=single) | legend
        limits = scale.limits(places, MARGIN[columns], MARGIN[columns])
        if scale.kind == "symlog":
            ax.set_xscale("symlog", linthresh=scale.threshold, linscale=0.9)  # the linear part is as wide as a decade
        elif scale.kind == "log":
            ax.set_xscale("log")
        ax.set_xlim(limits)
        ticks = choose_ticks(scale, places, limits, pixels, upright=True)
        set_ticks(ax.xaxis, ticks)
        if ticks.upright:
            upright[k // columns] = max(upright[k // columns], *map(width, ticks.labels))
        ax.set_xlabel(names[key])
    for ax in axes[::columns]:
        ax.set_ylabel(metric_name(metric, METRIC if single else AXIS_METRIC))
    if single:
        label_settings(axes[0], objective, keys[0], scale, pixels)
        figure.suptitle(winner_title(objective, metric, keys[0]))
    else:
        figure.suptitle(grid_title(objective, metric, len(keys)))
    legend_below(figure, list(legend.values()), columns=4)
    figure.set_figheight(min(TALLEST, figure.get_figheight() + 0.5 + sum(upright) / DPI))
    return figure


def draw_slice(
    ax: Axes, objective: Objective, key: str, scale: Scale, *, single: bool
) -> dict[str, Artist | Container]:
    """Draw the trials by the setting of one key. Return the artists of the legend by their labels."""
    ax.grid()
    artists: dict[str, Artist | Container] = {}
    results = [result for result in objective.results if key in result.trial.params]
    x = [scale.place(result.trial.params[key]) for result in results]
    if results:
        bars = draw_results(ax, x, results, size=4 if single else 3)
        artists[str(bars.get_label())] = bars
    best: dict[float, float] = {}
    for place, result in zip(x, results, strict=True):  # best first
        best.setdefault(place, result.value)
    if scale.kind != "category" and 1 < len(best) <= FEW and (single or len(best) < len(results)):
        (line,) = ax.plot(
            *zip(*sorted(best.items()), strict=True), color=GREY, linewidth=1, zorder=1, label="best of a setting"
        )
        artists |= {str(line.get_label()): line} if len(best) < len(results) else {}
    if results and results[0] is objective.results[0]:
        artists["best"] = draw_best(ax, x[0], results[0].value)
    return artists | draw_band(
        ax,
        objective,
        [(scale.place(trial.params[key]), name) for trial, name in objective.others if key in trial.params],
    )


def grid_title(objective: Objective, metric: str, keys: int) -> str:
    """Return the title for several keys, with the best trial."""
    best = objective.results[0]
    note = f" (first {MAX_KEYS} of {keys} keys)" if keys > MAX_KEYS else ""
    return title(
        f"{metric_name(metric)} by setting{note}", f"best: trial {best.trial.number} with {objective.best_text}"
    )
