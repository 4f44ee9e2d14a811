"""Spectral radii of a reservoir: whether it forgets where it began, and how well it forecasts.

Shapes: T steps.
"""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from .style import COLOURS, MARKERS, sheet

LEAST = 1e-16  # of a distance, below which there is only rounding; 0 has no logarithm


def forgetting(distances: Mapping[float, Tensor]) -> Figure:
    """Draw, for each spectral radius, the distance (T,) between two runs from different states, step by step."""
    figure = sheet(7, 4.5)
    ax = figure.subplots()
    for k, (radius, distance) in enumerate(sorted(distances.items())):
        values = distance.detach().double().cpu().clamp(min=LEAST)
        ax.semilogy(range(1, len(values) + 1), values.numpy(), color=COLOURS[k % len(COLOURS)], label=f"{radius:g}")
    ax.set_xlabel("step")
    ax.set_ylabel("distance of the two states")
    _finish(ax)
    ax.legend(frameon=False, title="spectral radius", loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def by_radius(distances: Mapping[float, float], errors: Mapping[str, Mapping[float, Sequence[float]]]) -> Figure:
    """Draw, over the spectral radius, the distance after the last step above named errors, one a seed.

    Of the errors, the line goes through the median of the seeds.
    """
    figure = sheet(7, 6)
    above, below = figure.subplots(2, 1, sharex=True)
    radii = sorted(distances)
    above.semilogy(radii, [max(distances[r], LEAST) for r in radii], color=COLOURS[0], marker=MARKERS[0], markersize=5)
    above.set_ylabel("distance of the two states")
    for k, (label, by_seed) in enumerate(errors.items()):
        colour, marker = COLOURS[(k + 1) % len(COLOURS)], MARKERS[(k + 1) % len(MARKERS)]
        known = sorted(by_seed)
        middle = [sorted(by_seed[r])[len(by_seed[r]) // 2] for r in known]
        below.semilogy(known, middle, color=colour, label=label)
        places = [(r, error) for r in known for error in by_seed[r]]
        below.semilogy(*zip(*places, strict=True), color=colour, marker=marker, markersize=4, linestyle="", alpha=0.6)
    below.set_ylabel("error")
    below.set_xlabel("spectral radius")
    below.legend(frameon=False)
    _finish(above)
    _finish(below)
    return figure


def _finish(ax: Axes) -> None:
    ax.grid(color="#dddddd", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
