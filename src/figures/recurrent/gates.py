"""Gates and states for one sequence. Shapes: T steps, H units."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from ..style import in_style, new_figure
from .sequence import label_height, label_steps, num_visible_steps, truncation_note

GATE_NAMES = {  # letters of gates, candidates and states in recurrent cells -> names
    "i": "input gate",
    "f": "forget gate",
    "phi": "forget gate",
    "o": "output gate",
    "r": "reset gate",
    "z": "update gate",
    "u": "candidate",
    "n": "candidate",
    "h": "hidden state",
    "c": "cell state",
    "s": "context state",
}


def gate_name(letter: str) -> str:
    """Return the name of a gate, candidate or state, or the letter itself if unknown."""
    return GATE_NAMES.get(letter, letter)


@in_style
def plot_gates(values: Mapping[str, Tensor], symbols: Sequence[str] = (), title: str = "gates and states") -> Figure:
    """Draw the values (T, H) of each gate and state as an image, for the first steps, which `symbols` label.

    values: letter -> values. Non-negative values, such as gates, have a scale from 0 to at least 1; the scale of others
    is symmetric about 0.
    """
    total = len(next(iter(values.values())))
    steps = num_visible_steps(symbols, total)
    cut = {letter: part[:steps].detach().float().cpu() for letter, part in values.items()}
    figure = new_figure(0.95 * len(cut) + 1.1 + label_height(symbols))
    axes = figure.subplots(len(cut), 1, squeeze=False)[:, 0]
    for ax, (letter, part) in zip(axes, cut.items(), strict=True):
        most = float(part.abs().max()) or 1.0
        low, high, colours = (0.0, max(1.0, most), "Greens") if part.min() >= 0 else (-most, most, "PuOr")
        image = ax.imshow(part.T.numpy(), cmap=colours, vmin=low, vmax=high, aspect="auto")
        ax.set_title(gate_name(letter), loc="left", pad=3)
        ax.set_ylabel("unit")
        ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        ax.spines[:].set_visible(True)
        if ax is not axes[-1]:
            ax.set_xticks([])  # labels below each image would take half of the drawing time
        figure.colorbar(image, ax=ax, ticks=[low, (low + high) / 2, high], format="%.2g", fraction=0.06)
    label_steps(axes[-1], symbols, steps)
    figure.suptitle(f"{title}{truncation_note(steps, total)}")
    return figure
