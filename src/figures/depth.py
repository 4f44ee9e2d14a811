"""Sizes of gradients from layer to layer.

Shapes: L layers, N networks.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from .style import COLOURS, MARKERS, sheet


def by_layer(sizes: Mapping[str, Tensor]) -> Figure:
    """Draw named sizes |do/dh_l| (L + 1, N) over the layers: the median of the networks in a band of the quartiles.

    The scale is logarithmic: what vanishes or explodes at a constant rate is a straight line. Medians of 0 are left
    out.
    """
    figure = sheet(7, 4.5)
    ax = figure.subplots()
    for k, (name, values) in enumerate(sizes.items()):
        low, middle, high = values.detach().cpu().quantile(values.new_tensor([0.25, 0.5, 0.75]), dim=1).numpy()
        layers, colour = np.arange(len(middle)), COLOURS[k % len(COLOURS)]
        marker, seen = MARKERS[k % len(MARKERS)], middle > 0
        ax.plot(layers[seen], middle[seen], color=colour, marker=marker, markersize=4, label=name)
        ax.fill_between(layers, low, high, where=low > 0, color=colour, alpha=0.15, linewidth=0)
    ax.set_yscale("log")
    ax.margins(x=0.03)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("layer (0: inputs)")
    ax.set_ylabel("size of the gradient of the output")
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False)
    return figure
