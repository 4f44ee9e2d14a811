"""A function of one number, and networks that follow it.

Shapes: X places.
"""

from collections.abc import Callable, Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

from .style import COLOURS, MARKERS, sheet


def followed(
    function: Callable[[Tensor], Tensor],
    networks: Mapping[int, Callable[[Tensor], Tensor]],
    errors: Mapping[int, float],
    low: float = 0.0,
    high: float = 1.0,
) -> Figure:
    """Draw a function between low and high with networks by number of units, and beside it errors by number of units.

    The networks take (X, 1) in double precision. A dotted line falls as 1 / units.
    """
    figure = sheet(9, 3.8)
    left, right = figure.subplots(1, 2)
    x = torch.linspace(low, high, 1001, dtype=torch.float64)
    left.plot(x.numpy(), function(x).numpy(), color="#000000", linewidth=1.2, label="function")
    for k, (units, net) in enumerate(networks.items()):
        with torch.no_grad():
            y = net(x.unsqueeze(1)).squeeze(1)
        left.plot(x.numpy(), y.numpy(), color=COLOURS[k % len(COLOURS)], linewidth=1.4, label=f"{units} units")
    left.set_xlabel("x")
    left.legend(frameon=False)
    counts, values = zip(*sorted(errors.items()), strict=True)
    right.loglog(counts, values, color=COLOURS[0], marker=MARKERS[0], label="largest error")
    right.loglog(
        counts, [values[-1] * counts[-1] / n for n in counts], color="#888888", linestyle=":", label="1 / units"
    )
    right.minorticks_off()
    right.set_xticks(counts, [str(n) for n in counts])
    right.set_xlabel("hidden units")
    right.legend(frameon=False)
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    return figure
