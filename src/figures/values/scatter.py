"""Predicted against true real values.

Shapes: N examples, K outputs.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import shown
from ..style import COLOURS, GREY, in_style, tiles

OUTPUTS, POINTS = 9, 2000  # drawn at most


@in_style
def plot_scatter(predicted: Tensor, true: Tensor, labels: Sequence[str] = ()) -> Figure:
    """Draw predicted against true values (N, K) and the diagonal, for each of at most 9 outputs, which `labels` name.

    Above each stands the root mean squared error, in the same units.
    """
    predicted, true = (values.detach().float().cpu() for values in (predicted, true))
    outputs = true.shape[1]
    figure, axes = tiles(min(outputs, OUTPUTS), 2, height=4.0 if outputs == 1 else 2.4)
    for k, ax in enumerate(axes):
        said, is_ = predicted[:, k], true[:, k]
        low, high = float(min(said.min(), is_.min())), float(max(said.max(), is_.max()))
        margin = 0.05 * (high - low) or 1.0
        limits = (low - margin, high + margin)
        ax.plot(limits, limits, color=GREY, linewidth=1, zorder=1)
        ax.scatter(is_[:POINTS], said[:POINTS], s=12, color=COLOURS[0], alpha=0.5, linewidths=0, zorder=2)
        ax.set(xlim=limits, ylim=limits, aspect="equal")
        ax.locator_params(nbins=4)
        error = float((said - is_).square().mean().sqrt())
        what = shown(labels[k]) if labels else "value" if outputs == 1 else f"output {k + 1}"
        ax.set_title(f"root mean squared error {error:.3g}" if outputs == 1 else f"{what}: RMSE {error:.3g}")
        ax.set_xlabel(f"true {what}")
        ax.set_ylabel(f"predicted {what}")
    of = f", the first {OUTPUTS} of {outputs} outputs" if outputs > OUTPUTS else ""
    figure.suptitle(f"predicted and true values{of}")
    return figure
