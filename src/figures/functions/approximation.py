"""A function of one variable and networks that approximate it.

Shapes: X points.
"""

from collections.abc import Callable, Mapping

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..style import BLUE, GREY, in_style, new_figure, nth_colour


@in_style
def plot_approximation(
    function: Callable[[Tensor], Tensor],
    networks: Mapping[int, Callable[[Tensor], Tensor]],
    errors: Mapping[int, float],
    low: float = 0.0,
    high: float = 1.0,
) -> Figure:
    """Draw a function and its approximations from low to high, and below them the errors. Both are by number of units.

    The networks take (X, 1) in double precision. The dotted line is proportional to 1 / units.
    """
    figure = new_figure(5.2)
    above, below = figure.subplots(2, 1)
    x = torch.linspace(low, high, 1001, dtype=torch.float64)
    above.plot(x.numpy(), function(x).numpy(), color="#000000", linewidth=1.2, label="function")
    for k, (units, net) in enumerate(networks.items()):
        with torch.no_grad():
            y = net(x.unsqueeze(1)).squeeze(1)
        above.plot(x.numpy(), y.numpy(), color=nth_colour(k), label=f"{units} units")
    above.set_xlabel("x")
    above.set_ylabel("f(x)")
    above.legend()
    counts, values = zip(*sorted(errors.items()), strict=True)
    below.loglog(counts, values, color=BLUE, marker="o", label="maximum error")
    reference = [values[-1] * counts[-1] / n for n in counts]
    below.loglog(counts, reference, color=GREY, linestyle=":", label="1 / units")
    below.minorticks_off()
    below.set_xticks(counts, [str(n) for n in counts])
    below.set_xlabel("hidden units")
    below.set_ylabel("maximum error")
    below.legend()
    return figure
