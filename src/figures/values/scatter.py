"""Predicted against true values.

Shapes: N examples, K outputs.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..fonts import display_label
from ..style import BLUE, GREY, in_style, subplot_grid

MAX_OUTPUTS, MAX_POINTS = 9, 2000  # maximum numbers in a figure


@in_style
def plot_scatter(predicted: Tensor, true: Tensor, labels: Sequence[str] = ()) -> Figure:
    """Draw predicted against true values (N, K) and the diagonal for at most 9 outputs, which `labels` name.

    The title of each plot has the root mean squared error, in the same units.
    """
    predicted, true = (values.detach().float().cpu() for values in (predicted, true))
    outputs = true.shape[1]
    figure, axes = subplot_grid(min(outputs, MAX_OUTPUTS), 2, height=4.0 if outputs == 1 else 2.4)
    for k, ax in enumerate(axes):
        y_pred, y_true = predicted[:, k], true[:, k]
        low, high = float(min(y_pred.min(), y_true.min())), float(max(y_pred.max(), y_true.max()))
        margin = 0.05 * (high - low) or 1.0
        limits = (low - margin, high + margin)
        ax.plot(limits, limits, color=GREY, linewidth=1, zorder=1)
        ax.scatter(y_true[:MAX_POINTS], y_pred[:MAX_POINTS], s=12, color=BLUE, alpha=0.5, linewidths=0, zorder=2)
        ax.set(xlim=limits, ylim=limits, aspect="equal")
        ax.locator_params(nbins=4)
        error = float((y_pred - y_true).square().mean().sqrt())
        what = display_label(labels[k]) if labels else "value" if outputs == 1 else f"output {k + 1}"
        ax.set_title(f"root mean squared error {error:.3g}" if outputs == 1 else f"{what}: RMSE {error:.3g}")
        ax.set_xlabel(f"true {what}")
        ax.set_ylabel(f"predicted {what}")
    of = f", first {MAX_OUTPUTS} of {outputs} outputs" if outputs > MAX_OUTPUTS else ""
    figure.suptitle(f"predicted and true values{of}")
    return figure
