"""The axis of the objective, the same in all figures of a sweep."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..fonts import display_label
from ..style import in_style, new_figure
from ..values.curves import needs_log_scale
from .labels import format_apart, format_exactly, state_counts, with_sd
from .scale import Scale
from .ticks import Ticks, round_ticks, set_ticks
from .trial import Mode, Result, Trial, ranked, state

REACH = 20  # the worst trials are off the scale beyond so many times the range of the best three quarters
METRIC, AXIS_METRIC = 28, 20  # letters of the metric's name in the title, and at an axis of 1.2 inches
BEYOND = "off the scale"
FREE, LABEL_SPACE, MARK_SPACE = 0.06, 0.18, 0.14  # free space as fractions of the range of the values


class Objective(NamedTuple):
    """The trials of a sweep by what can be seen of them.

    results: at least one, best first; others: trials without a result, and those off the scale, with their state.
    """

    results: list[Result]
    others: list[tuple[Trial, str]]
    scale: Scale
    mode: Mode

    @property
    def best_text(self) -> str:
        """The best value with its standard deviation, with enough digits to differ from the next best value."""
        return with_sd(format_apart([result.value for result in self.results[:2]])[0], self.results[0].sd)

    def limits(self, *, worse: float, better: float) -> tuple[float, float]:
        """Return the limits of an axis with the values and their standard deviations, lowest first.

        worse, better: free space on either side, as a fraction of the range. Standard deviations that are larger
        than half of the range of the values are cut off.
        """
        values = [result.value for result in self.results]
        span = max(values) - min(values)
        ends = [
            result.value + sign * min(result.sd, span / 2 or result.sd)
            for result in self.results
            for sign in (-1, 0, 1)
        ]
        shown = [end for end in ends if self.scale.kind == "linear" or end >= min(values) / 2]
        return self.scale.limits(shown, *((worse, better) if self.mode == "max" else (better, worse)))


def objective_of(trials: Sequence[Trial], mode: Mode) -> Objective | None:
    """Return what can be seen of trials, or None if none has a result.

    Of an objective that is minimized, the scale is logarithmic if that shows the best values better.
    """
    results = ranked(trials, mode)
    if not results:
        return None
    values = [result.value for result in results]
    scale = Scale("log") if needs_log_scale([values[-1], values[0]]) else Scale("linear")
    spread = [abs(scale.forward(value) - scale.forward(values[0])) for value in values]
    usual = spread[3 * len(spread) // 4]
    seen = [k for k, distance in enumerate(spread) if not usual or distance <= REACH * usual]
    done = {result.trial.number for result in results}
    others = [(trial, state(trial)) for trial in trials if trial.number not in done]
    others += [(result.trial, BEYOND) for result in results[len(seen) :]]
    return Objective(results[: len(seen)], others, scale, mode)


def set_objective_axis(ax: Axes, objective: Objective, *, labelled: bool) -> list[str]:
    """Set limits and ticks of the y axis, and return their labels.

    labelled: whether there are texts beyond the best values.
    """
    worse = MARK_SPACE if objective.others else FREE
    limits = objective.limits(worse=worse, better=LABEL_SPACE if labelled else FREE)
    ax.set_yscale(objective.scale.kind)
    ax.set_ylim(limits)
    at = round_ticks(objective.scale, limits, 6)
    labels = format_exactly(at)
    set_ticks(ax.yaxis, Ticks(at, labels))
    return labels


def metric_name(metric: str, width: int = METRIC) -> str:
    """Return the name of the objective for display, cut to `width` letters."""
    return display_label(metric, width)


def no_result(trials: Sequence[Trial], metric: str) -> Figure:
    """Return a figure that says that no trial has a result, and why."""
    why = state_counts(state(trial) for trial in trials) or "no trials"
    return message(f"{metric_name(metric)}: no trial has a result", why)


@in_style
def message(title: str, text: str) -> Figure:
    """Return a figure that says why there is nothing to draw."""
    figure = new_figure(1.2)
    figure.suptitle(title)
    figure.text(0.5, 0.35, text, ha="center", va="center")
    return figure
