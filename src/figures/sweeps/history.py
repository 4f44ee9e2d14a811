"""The objective by trial number."""

from collections.abc import Sequence
from itertools import accumulate

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..style import GREY, SMALL, in_style, legend_below, new_figure
from .marks import draw_band, draw_best, draw_results
from .objective import metric_name, no_result, objective_of, set_objective_axis
from .trial import Mode, Trial

MANY = 100  # trials, above which points are smaller


@in_style
def plot_history(trials: Sequence[Trial], metric: str, mode: Mode) -> Figure:
    """Draw the objective by trial number, with standard deviations, and the best so far.

    Trials without a result are marked at the edge. The few that are so much worse than the others that these would
    look alike are marked there, too.
    """
    objective = objective_of(trials, mode)
    if objective is None:
        return no_result(trials, metric)
    best = objective.results[0]
    results = sorted(objective.results, key=lambda result: result.trial.number)
    numbers = [result.trial.number for result in results]
    values = [result.value for result in results]
    last = max(trial.number for trial in trials)
    figure = new_figure(3.4)
    ax = figure.subplots()
    set_objective_axis(ax, objective, labelled=True)
    ax.grid()
    bars = draw_results(ax, numbers, results, size=4 if len(trials) <= MANY else 2.5)
    so_far = list(accumulate(values, max if mode == "max" else min))
    (line,) = ax.step([*numbers, last], [*so_far, so_far[-1]], where="post", color=GREY, label="best so far", zorder=1)
    mark = draw_best(ax, best.trial.number, best.value)
    marks = draw_band(ax, objective, [(trial.number, name) for trial, name in objective.others])
    first = min(trial.number for trial in trials)
    room = max(0.6, 0.03 * (last - first))
    ax.set_xlim(first - room, last + room)
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    ax.set(xlabel="trial", ylabel=metric_name(metric))
    share = (best.trial.number - first + room) / (last - first + 2 * room)
    ax.annotate(
        f"trial {best.trial.number}: {objective.best_text}",
        (best.trial.number, best.value),
        (share, 0.98 if mode == "max" else 0.02),
        textcoords="axes fraction",
        ha="left" if share < 0.3 else "right" if share > 0.7 else "center",
        va="top" if mode == "max" else "bottom",
        fontsize=SMALL,
        arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6},
    )
    figure.suptitle(f"{metric_name(metric)} of {len(trials)} {'trial' if len(trials) == 1 else 'trials'}")
    legend_below(figure, [bars, line, mark, *marks.values()], columns=4)
    return figure
