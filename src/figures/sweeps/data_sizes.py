"""The objective by the number of training examples."""

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import Container
from matplotlib.figure import Figure

from ..style import COLOURS, MARKERS, in_style, legend_below, new_figure
from .labels import short_texts, title
from .marks import draw_band
from .objective import Objective, message, metric_name, objective_of, set_objective_axis
from .scale import Scale
from .ticks import axes_width, choose_ticks, set_ticks
from .trial import Mode, Result, Trial

MAX_LINES = 8
LABEL = 30  # letters of a line's label
MARGIN = 0.05  # free space on either side, as a fraction of the range

Line = dict[int, Result]  # by the number of training examples


@in_style
def plot_data_sizes(series: Mapping[str, Mapping[int, Trial]], metric: str, mode: Mode) -> Figure:
    """Draw the objective against the number of training examples, on a logarithmic axis, with one line for each label.

    series: label, such as the name of a network -> number of examples -> trial. Points are means over the seeds with
    their standard deviations. At most 8 lines are drawn, those with the best values; the legend has the best first.
    Trials without a result, and the few that are off the scale, are marked at the edge.
    """
    heading = f"{metric_name(metric)} by number of training examples"
    objective = objective_of([trial for line in series.values() for trial in line.values()], mode)
    if objective is None:
        return message(heading, "no trial has a result")
    lines = lines_of(series, objective)
    shown = dict(list(lines.items())[:MAX_LINES])
    figure = new_figure(3.2 + 0.17 * len(shown))
    ax = figure.subplots()
    legend: list[Artist | Container] = draw_lines(ax, shown)
    size_of = {trial.number: float(size) for line in series.values() for size, trial in line.items()}
    others = [(size_of[trial.number], state) for trial, state in objective.others]
    legend += draw_band(ax, objective, others).values()
    pixels = axes_width(set_objective_axis(ax, objective, labelled=False))
    sizes, scale = list(size_of.values()), Scale("log")
    limits = scale.limits(sizes, MARGIN, MARGIN)
    ax.set_xscale("log")
    ax.set_xlim(limits)
    set_ticks(ax.xaxis, choose_ticks(scale, sizes, limits, pixels, upright=False))
    ax.set_xlabel("training examples")
    ax.set_ylabel(metric_name(metric))
    ax.grid()
    figure.suptitle(title(heading, note(lines, shown)))
    legend_below(figure, legend)
    return figure


def lines_of(series: Mapping[str, Mapping[int, Trial]], objective: Objective) -> dict[str, Line]:
    """Return the results of each label by the number of examples, the label with the best result first."""
    label_of = {trial.number: (label, size) for label, line in series.items() for size, trial in line.items()}
    lines: dict[str, Line] = {}
    for result in objective.results:  # best first
        label, size = label_of[result.trial.number]
        lines.setdefault(label, {})[size] = result
    return {label: dict(sorted(line.items())) for label, line in lines.items()}


def draw_lines(ax: Axes, lines: Mapping[str, Line]) -> list[Artist | Container]:
    """Draw lines with their standard deviations, and return them."""
    names: Sequence[str] = short_texts(list(lines), LABEL)
    return [
        ax.errorbar(
            list(line),
            [result.value for result in line.values()],
            [result.sd for result in line.values()],
            color=colour,
            marker=marker,
            elinewidth=1,
            capsize=3,
            label=name,
        )
        for name, line, colour, marker in zip(names, lines.values(), COLOURS, MARKERS, strict=False)
    ]


def note(lines: Mapping[str, Line], shown: Mapping[str, Line]) -> str:
    """Return what the points are, and how many of the lines are drawn."""
    results = [result for line in shown.values() for result in line.values()]
    runs = sorted({result.trial.n for result in results})
    number = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    mean = "mean ± sd" if any(result.sd for result in results) else "mean"
    notes = [f"best {len(shown)} of {len(lines)} lines"] if len(lines) > len(shown) else []
    notes += [f"{mean} of {number} runs"] if runs[-1] > 1 else []
    return f"({', '.join(notes)})" if notes else ""
