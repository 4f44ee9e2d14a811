"""What happens in a network along one sequence.

Shapes: T steps, H hidden units, K symbols.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from ..style import WRONG, in_style, legend_below, name, new_figure

LETTER = 0.11  # inches, of a wide one
STEPS, WORDS = 40, 25  # more steps than this have no room for their names, of a letter and of more


@in_style
def plot_hidden_states(hidden: Tensor, symbols: Sequence[str] = (), title: str = "hidden states") -> Figure:
    """Draw the states (T, H) of hidden units at the first steps, which `symbols` name: 40, or 25 words."""
    total, units = hidden.shape
    steps = drawn_steps(symbols, total)
    hidden = hidden[:steps].detach().float().cpu()
    bound = float(hidden.abs().max()) or 1.0
    figure = new_figure(min(max(2.4, 0.1 * units + 1.4), 4.2) + room_below(symbols))
    ax = figure.subplots()
    image = ax.imshow(hidden.T.numpy(), cmap="PuOr", vmin=-bound, vmax=bound, aspect="auto")
    name_steps(ax, symbols, steps)
    ax.set_ylabel("hidden unit")
    ax.yaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.spines[:].set_visible(True)
    figure.suptitle(f"{title}{of_all(steps, total)}")
    figure.colorbar(image, ax=ax, label="activation", fraction=0.06)
    return figure


@in_style
def plot_next_symbols(predicted: Tensor, true: Tensor, symbols: Sequence[str], labels: Sequence[str] = ()) -> Figure:
    """Draw the sets of symbols that may follow, predicted (T, K) below true (T, K), at the first steps.

    Both are multi-hot; what is predicted wrongly, or missed, has a red frame. `symbols` name the steps.
    """
    total = len(true)
    right = int((predicted == true).all(1).sum())
    steps, places = drawn_steps(symbols, total), true.shape[1]
    predicted, true = (sets[:steps].detach().float().cpu() for sets in (predicted, true))
    figure = new_figure(0.3 * places + 1.9 + room_below(symbols))
    above, below = figure.subplots(2, 1)
    above.set_xticks([])
    for ax, sets, title in ((above, true, "true next symbols"), (below, predicted, "predicted next symbols")):
        ax.imshow(sets.T.numpy(), cmap="Blues", vmin=0, vmax=1.4, aspect="auto")
        ax.set_yticks(range(places), [name(k, labels) for k in range(places)])
        ax.set_title(title, loc="left", pad=3)
        ax.set_ylabel("symbol")
        ax.vlines([t + 0.5 for t in range(steps - 1)], -0.5, places - 0.5, color="#cccccc", linewidth=0.4)
        ax.hlines([k + 0.5 for k in range(places - 1)], -0.5, steps - 0.5, color="#cccccc", linewidth=0.4)
        ax.spines[:].set_visible(True)
    wrong = (predicted != true).nonzero().tolist()
    for t, k in wrong:
        below.add_patch(Rectangle((t - 0.45, k - 0.45), 0.9, 0.9, fill=False, edgecolor=WRONG, linewidth=1.5))
    name_steps(below, symbols, steps)
    figure.suptitle(f"symbols that may follow: {right} of {total} sets right{of_all(steps, total)}")
    if wrong:
        legend_below(figure, [Patch(facecolor="none", edgecolor=WRONG, label="wrong: predicted too much, or missed")])
    return figure


def drawn_steps(symbols: Sequence[str], total: int) -> int:
    """Return how many of the steps are drawn: as many as have room for their names."""
    return min(total, WORDS if any(len(symbol) > 1 for symbol in symbols) else STEPS)


def name_steps(ax: Axes, symbols: Sequence[str], steps: int) -> None:
    """Write below the axes what is read at each of the steps; without symbols, their numbers."""
    if not symbols:
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.set_xlabel("step")
        return
    ax.set_xticks(range(steps), symbols[:steps], rotation=90 if room_below(symbols) else 0)
    ax.set_xlabel("symbol read at the step")


def room_below(symbols: Sequence[str]) -> float:
    """Return the inches that names of steps take where they are written upwards."""
    longest = max(map(len, symbols), default=0)
    return LETTER * longest if longest > 1 else 0.0


def of_all(steps: int, total: int) -> str:
    """Return what a title adds where not all steps are drawn."""
    return f"\nfirst {steps} of {total} steps" if steps < total else ""
