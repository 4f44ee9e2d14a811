"""Gradient norms by time step. Shapes: T steps."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from ..style import in_style, legend_below, new_figure, nth_colour, nth_marker
from .sequence import label_height, label_steps, num_visible_steps


@in_style
def plot_gradients(
    norms: Mapping[str, Tensor], symbols: Sequence[str] = (), title: str = "gradients by step"
) -> Figure:
    """Draw named norms (T,) by time step, which `symbols` label. A line has a gap where the norm is 0.

    The scale is logarithmic, so that gradients that vanish or explode at a constant rate are straight lines.
    """
    steps = len(next(iter(norms.values())))
    named = num_visible_steps(symbols, steps) == steps  # label the steps only if all labels fit
    figure = new_figure(3.4 + 0.1 * len(norms) + (label_height(symbols) if named else 0))
    ax = figure.subplots()
    curves = []
    for place, (name, values) in enumerate(norms.items()):
        values = values.detach().double().cpu()
        points = values.masked_fill(values == 0, float("nan")).numpy()
        marker = nth_marker(place) if named else ""
        curves += ax.plot(points, color=nth_colour(place), marker=marker, linewidth=1.2, label=name)
    if any(values.any() for values in norms.values()):
        ax.set_yscale("log")
    if named:
        label_steps(ax, symbols, steps)
    else:
        ax.set_xlabel("step")
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.set_ylabel("norm of the gradient")
    figure.suptitle(title)
    ax.grid()
    legend_below(figure, curves)
    return figure
