"""Gates and memories along one sequence. Shapes: T steps, H units."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from .sequence import STEPS, name_steps
from .style import sheet


def gates(values: Mapping[str, Tensor], symbols: Sequence[str], title: str = "gates and states") -> Figure:
    """Draw named values (T, H) of units at the first 60 steps, which `symbols` name, one map below the other.

    What is never negative is drawn from white at 0 to 1, as gates are; the rest is symmetric about 0.
    """
    cut = {name: part[:STEPS].detach().float().cpu() for name, part in values.items()}
    steps = min(len(symbols), STEPS)
    height = sum(max(1.0, min(0.12 * part.shape[1] + 0.3, 2.4)) for part in cut.values())
    figure = sheet(max(4.5, 0.2 * steps + 2), height + 1.2)
    axes = figure.subplots(len(cut), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (name, part) in zip(axes, cut.items(), strict=True):
        most = float(part.abs().max()) or 1.0
        low, high, colours = (0, max(1.0, most), "Greens") if part.min() >= 0 else (-most, most, "PuOr")
        image = ax.imshow(part.T.numpy(), cmap=colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
        ax.set_ylabel(name)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        figure.colorbar(image, ax=ax)
    name_steps(axes[-1], symbols[:steps])
    axes[0].set_title(title, fontsize=11)
    return figure
