"""Predicted against true real values.

Shapes: N examples, K outputs.
"""

from matplotlib.figure import Figure
from torch import Tensor

from .style import COLOURS, tiles

OUTPUTS, POINTS = 9, 2000  # drawn at most


def scatter(predicted: Tensor, true: Tensor) -> Figure:
    """Draw predicted against true values (N, K) and the diagonal, for each of at most 9 outputs."""
    predicted, true = (values.detach().float().cpu() for values in (predicted, true))
    outputs = min(true.shape[1], OUTPUTS)
    figure, axes = tiles(outputs, size=4.6 if outputs == 1 else 3.0)
    for k, ax in enumerate(axes):
        said, is_ = predicted[:, k], true[:, k]
        low, high = float(min(said.min(), is_.min())), float(max(said.max(), is_.max()))
        margin = 0.05 * (high - low) or 1.0
        limits = (low - margin, high + margin)
        ax.plot(limits, limits, color="#888888", linewidth=1, zorder=1)
        ax.scatter(is_[:POINTS], said[:POINTS], s=12, color=COLOURS[0], alpha=0.5, linewidths=0, zorder=2)
        ax.set(xlim=limits, ylim=limits, aspect="equal")
        ax.locator_params(nbins=5)
        error = float((said - is_).square().mean().sqrt())
        which = f"output {k}: " if outputs > 1 else ""
        ax.set_title(f"{which}root mean squared error {error:.3g}", fontsize=10 if outputs == 1 else 8)
        ax.set_xlabel("true")
        ax.set_ylabel("predicted")
    return figure
