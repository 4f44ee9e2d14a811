"""How far back a gradient reaches. Shapes: T steps."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from .sequence import STEPS, name_steps
from .style import COLOURS, MARKERS, sheet


def gradients(norms: Mapping[str, Tensor], symbols: Sequence[str], title: str = "gradients by step") -> Figure:
    """Draw named series of norms (T,) against the steps, which `symbols` name; where a norm is 0, the line has a gap.

    The scale is logarithmic, so that a gradient that vanishes or explodes at a constant rate is a straight line.
    """
    steps = len(symbols)
    figure = sheet(max(5.0, min(0.16 * steps + 2, 9)), 4)
    ax = figure.subplots()
    for place, (name, values) in enumerate(norms.items()):
        values = values.detach().double().cpu()
        points = values.masked_fill(values == 0, float("nan")).numpy()
        marker = MARKERS[place % len(MARKERS)]
        ax.plot(points, color=COLOURS[place % len(COLOURS)], marker=marker, markersize=3.5, linewidth=1.2, label=name)
    if any(values.any() for values in norms.values()):
        ax.set_yscale("log")
    if steps <= STEPS:
        name_steps(ax, symbols)
    else:
        ax.set_xlabel("step")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_ylabel("norm of the gradient")
    ax.set_title(title, fontsize=11)
    ax.grid(color="#dddddd", linewidth=0.5)
    ax.legend(fontsize=8)
    return figure
