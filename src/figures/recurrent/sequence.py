"""Hidden states and predictions for one sequence.

Shapes: T steps, H hidden units, K symbols.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from ..style import WRONG, class_name, in_style, legend_below, new_figure

LETTER = 0.11  # width of a wide letter in inches
MAX_STEPS, MAX_WORDS = 40, 25  # maximum number of steps with labels of one letter, and of more


@in_style
def plot_hidden_states(hidden: Tensor, symbols: Sequence[str] = (), title: str = "hidden states") -> Figure:
    """Draw hidden states (T, H) at the first steps, which `symbols` label: at most 40, or 25 with words."""
    total, units = hidden.shape
    steps = num_visible_steps(symbols, total)
    hidden = hidden[:steps].detach().float().cpu()
    bound = float(hidden.abs().max()) or 1.0
    figure = new_figure(min(max(2.4, 0.1 * units + 1.4), 4.2) + label_height(symbols))
    ax = figure.subplots()
    image = ax.imshow(hidden.T.numpy(), cmap="PuOr", vmin=-bound, vmax=bound, aspect="auto")
    label_steps(ax, symbols, steps)
    ax.set_ylabel("hidden unit")
    ax.yaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.spines[:].set_visible(True)
    figure.suptitle(f"{title}{truncation_note(steps, total)}")
    figure.colorbar(image, ax=ax, label="activation", fraction=0.06)
    return figure


@in_style
def plot_next_symbols(predicted: Tensor, true: Tensor, symbols: Sequence[str], labels: Sequence[str] = ()) -> Figure:
    """Draw the true (T, K) and the predicted (T, K) sets of next symbols at the first steps, which `symbols` label.

    Both are multi-hot. False positives and false negatives have a red frame.
    """
    total = len(true)
    correct = int((predicted == true).all(1).sum())
    steps, places = num_visible_steps(symbols, total), true.shape[1]
    predicted, true = (sets[:steps].detach().float().cpu() for sets in (predicted, true))
    figure = new_figure(0.3 * places + 1.9 + label_height(symbols))
    above, below = figure.subplots(2, 1)
    above.set_xticks([])
    for ax, sets, title in ((above, true, "true next symbols"), (below, predicted, "predicted next symbols")):
        ax.imshow(sets.T.numpy(), cmap="Blues", vmin=0, vmax=1.4, aspect="auto")
        ax.set_yticks(range(places), [class_name(k, labels) for k in range(places)])
        ax.set_title(title, loc="left", pad=3)
        ax.set_ylabel("symbol")
        ax.vlines([t + 0.5 for t in range(steps - 1)], -0.5, places - 0.5, color="#cccccc", linewidth=0.4)
        ax.hlines([k + 0.5 for k in range(places - 1)], -0.5, steps - 0.5, color="#cccccc", linewidth=0.4)
        ax.spines[:].set_visible(True)
    wrong = (predicted != true).nonzero().tolist()
    for t, k in wrong:
        below.add_patch(Rectangle((t - 0.45, k - 0.45), 0.9, 0.9, fill=False, edgecolor=WRONG, linewidth=1.5))
    label_steps(below, symbols, steps)
    figure.suptitle(f"sets of next symbols: {correct} of {total} correct{truncation_note(steps, total)}")
    if wrong:
        legend_below(figure, [Patch(facecolor="none", edgecolor=WRONG, label="false positive or false negative")])
    return figure


def num_visible_steps(symbols: Sequence[str], total: int) -> int:
    """Return how many steps are drawn, so that their labels fit."""
    return min(total, MAX_WORDS if any(len(symbol) > 1 for symbol in symbols) else MAX_STEPS)


def label_steps(ax: Axes, symbols: Sequence[str], steps: int) -> None:
    """Label the steps on the x axis with symbols, or with numbers if there are none."""
    if not symbols:
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.set_xlabel("step")
        return
    ax.set_xticks(range(steps), symbols[:steps], rotation=90 if label_height(symbols) else 0)
    ax.set_xlabel("symbol read at the step")


def label_height(symbols: Sequence[str]) -> float:
    """Return the height in inches of vertical labels of the steps, 0 if labels are horizontal."""
    longest = max(map(len, symbols), default=0)
    return LETTER * longest if longest > 1 else 0.0


def truncation_note(steps: int, total: int) -> str:
    """Return an addition to the title if not all steps are drawn, else ""."""
    return f"\nfirst {steps} of {total} steps" if steps < total else ""
