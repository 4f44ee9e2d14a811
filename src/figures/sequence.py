"""What happens in a network along one sequence.

Shapes: T steps, H hidden units, K symbols.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from .style import WRONG, name, sheet

STEPS = 60  # more steps than this do not fit


def activations(hidden: Tensor, symbols: Sequence[str]) -> Figure:
    """Draw the activations (T, H) of hidden units at the first 60 steps, which `symbols` name."""
    hidden = hidden[:STEPS].detach().float().cpu()
    steps, units = hidden.shape
    bound = float(hidden.abs().max()) or 1.0
    figure = sheet(max(4.0, 0.24 * steps + 2), min(max(2.6, 0.22 * units + 1.4), 8))
    ax = figure.subplots()
    image = ax.imshow(hidden.T.numpy(), cmap="PuOr", vmin=-bound, vmax=bound, aspect="auto", interpolation="nearest")
    name_steps(ax, symbols[:steps])
    ax.set_ylabel("hidden unit")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_title("hidden activations", fontsize=11)
    figure.colorbar(image, ax=ax, label="activation")
    return figure


def next_symbols(predicted: Tensor, true: Tensor, symbols: Sequence[str], labels: Sequence[str] = ()) -> Figure:
    """Draw the sets of symbols that may follow, predicted (T, K) below true (T, K), at most 60 steps.

    Both are multi-hot; what is predicted wrongly, or missed, has a red frame. `symbols` name the steps.
    """
    predicted, true = (sets[:STEPS].detach().float().cpu() for sets in (predicted, true))
    steps, places = true.shape
    figure = sheet(max(4.0, 0.24 * steps + 1.2), min(0.44 * places + 1.8, 9))
    above, below = figure.subplots(2, 1, sharex=True)
    for ax, sets, title in ((above, true, "true"), (below, predicted, "predicted")):
        ax.imshow(sets.T.numpy(), cmap="Blues", vmin=0, vmax=1.4, aspect="auto", interpolation="nearest")
        ax.set_yticks(range(places), [name(k, labels) for k in range(places)])
        ax.set_ylabel(title)
        ax.set_xticks([t + 0.5 for t in range(steps - 1)], minor=True)
        ax.set_yticks([k + 0.5 for k in range(places - 1)], minor=True)
        ax.grid(which="minor", color="#cccccc", linewidth=0.4)
        ax.tick_params(which="minor", length=0)
    for t, k in (predicted != true).nonzero().tolist():
        below.add_patch(Rectangle((t - 0.45, k - 0.45), 0.9, 0.9, fill=False, edgecolor=WRONG, linewidth=2))
    name_steps(below, symbols[:steps])
    right = int((predicted == true).all(1).sum())
    above.set_title(f"symbols that may follow: {right} of {steps} sets right", fontsize=11)
    return figure


def name_steps(ax: Axes, symbols: Sequence[str]) -> None:
    """Write the names of the steps below."""
    ax.set_xticks(range(len(symbols)), symbols, fontsize=8, rotation=90 if max(map(len, symbols)) > 1 else 0)
    ax.set_xlabel("step")
