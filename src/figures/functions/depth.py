"""Magnitude of gradients by layer.

Shapes: L layers, N networks.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from ..style import in_style, new_figure, nth_colour, nth_marker


@in_style
def plot_gradient_sizes(sizes: Mapping[str, Tensor]) -> Figure:
    """Draw named magnitudes |do/dh_l| (L + 1, N) by layer: the median over the networks, and a band of the quartiles.

    The scale is logarithmic, so that gradients that vanish or explode at a constant rate are straight lines. Medians
    of 0 are left out.
    """
    figure = new_figure(3.4)
    ax = figure.subplots()
    for k, (name, values) in enumerate(sizes.items()):
        low, middle, high = values.detach().cpu().quantile(values.new_tensor([0.25, 0.5, 0.75]), dim=1).numpy()
        layers, colour = np.arange(len(middle)), nth_colour(k)
        marker, positive = nth_marker(k), middle > 0
        ax.plot(layers[positive], middle[positive], color=colour, marker=marker, label=name)
        ax.fill_between(layers, low, high, where=low > 0, color=colour, alpha=0.15, linewidth=0)
    ax.set_yscale("log")
    ax.margins(x=0.03)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("layer (0: inputs)")
    ax.set_ylabel("magnitude of the output's gradient")
    ax.grid()
    ax.legend()
    return figure
