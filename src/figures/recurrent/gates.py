"""Gates and memories along one sequence. Shapes: T steps, H units."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from ..style import in_style, new_figure
from .sequence import drawn_steps, name_steps, of_all, room_below

WORDS = {  # of the letters that cells give their gates, candidates and states
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


def in_words(letter: str) -> str:
    """Return the name of a gate, candidate or state; the letter itself if it has none."""
    return WORDS.get(letter, letter)


@in_style
def plot_gates(values: Mapping[str, Tensor], symbols: Sequence[str] = (), title: str = "gates and states") -> Figure:
    """Draw values (T, H) of units by letter at the first steps, which `symbols` name, one map below the other.

    What is never negative is drawn from white at 0 to 1, as gates are; the rest is symmetric about 0.
    """
    total = len(next(iter(values.values())))
    steps = drawn_steps(symbols, total)
    cut = {letter: part[:steps].detach().float().cpu() for letter, part in values.items()}
    figure = new_figure(0.95 * len(cut) + 1.1 + room_below(symbols))
    axes = figure.subplots(len(cut), 1, squeeze=False)[:, 0]
    for ax, (letter, part) in zip(axes, cut.items(), strict=True):
        most = float(part.abs().max()) or 1.0
        low, high, colours = (0.0, max(1.0, most), "Greens") if part.min() >= 0 else (-most, most, "PuOr")
        image = ax.imshow(part.T.numpy(), cmap=colours, vmin=low, vmax=high, aspect="auto")
        ax.set_title(in_words(letter), loc="left", pad=3)
        ax.set_ylabel("unit")
        ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        ax.spines[:].set_visible(True)
        if ax is not axes[-1]:
            ax.set_xticks([])  # names below each map would take half of the time
        figure.colorbar(image, ax=ax, ticks=[low, (low + high) / 2, high], format="%.2g", fraction=0.06)
    name_steps(axes[-1], symbols, steps)
    figure.suptitle(f"{title}{of_all(steps, total)}")
    return figure
