"""How much each swept key matters for the objective."""

import math
from collections.abc import Mapping

from matplotlib.figure import Figure

from ..style import BLUE, SMALL, in_style, new_figure
from .labels import short_keys, title
from .objective import message

MAX_KEYS = 20
KEY = 24  # letters of a key


@in_style
def plot_importances(values: Mapping[str, float], method: str, trials: int) -> Figure:
    """Draw the importance of each key as a bar, the largest on top, at most 20.

    values: key -> fraction from 0 to 1, NaN if it is not known; method: how they were computed, for the title;
    trials: number of trials that they were computed from.
    """
    if not values:
        return message(f"importance of the settings ({method})", "no key is swept")
    known = {key: value for key, value in values.items() if math.isfinite(value)}
    ordered = [*sorted(known, key=lambda key: -known[key]), *(key for key in values if key not in known)]
    shown = ordered[:MAX_KEYS]
    names = short_keys(ordered, KEY)
    percent = [100 * known.get(key, 0.0) for key in shown]
    figure = new_figure(1.2 + 0.24 * len(shown))
    ax = figure.subplots()
    bars = ax.barh(range(len(shown)), percent, height=0.7, color=BLUE)
    labels = [f"{value:.3g} %" if key in known else "not known" for key, value in zip(shown, percent, strict=True)]
    ax.bar_label(bars, labels, padding=3, fontsize=SMALL)
    ax.set_yticks(range(len(shown)), [names[key] for key in shown])
    ax.invert_yaxis()
    low, high = min([0.0, *percent]), max([0.0, *percent]) or 1.0
    ax.set_xlim(low - 0.2 * (high - low) * (low < 0), high + 0.2 * (high - low))  # space for the labels
    ax.set_xlabel("importance in %")
    ax.tick_params(left=False)
    note = f", first {MAX_KEYS} of {len(values)} keys" if len(values) > MAX_KEYS else ""
    number = f"{trials} {'trial' if trials == 1 else 'trials'}"
    figure.suptitle(title("importance of the settings", f"({method}, {number}{note})"))
    return figure
