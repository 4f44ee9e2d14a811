"""Effect of the spectral radius of a reservoir on its memory of the initial state and on its forecasts.

Shapes: T steps.
"""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

from ..style import BLUE, in_style, legend_below, new_figure, nth_colour, nth_marker

MIN_DISTANCE = 1e-16  # smaller distances are rounding errors, and 0 has no logarithm


@in_style
def plot_forgetting(distances: Mapping[float, Tensor]) -> Figure:
    """Draw the distance (T,) between states from two initial states by step, for each spectral radius."""
    figure = new_figure(3.6)
    ax = figure.subplots()
    curves = []
    for k, (radius, distance) in enumerate(sorted(distances.items())):
        values = distance.detach().double().cpu().clamp(min=MIN_DISTANCE)
        steps = range(1, len(values) + 1)
        curves += ax.semilogy(steps, values.numpy(), color=nth_colour(k), label=f"{radius:g}")
    ax.set_xlabel("step")
    ax.set_ylabel("distance between the states")
    ax.grid()
    legend_below(figure, curves, columns=6, title="spectral radius")
    return figure


@in_style
def plot_by_radius(distances: Mapping[float, float], errors: Mapping[str, Mapping[float, Sequence[float]]]) -> Figure:
    """Draw the distance after the last step by spectral radius, and below it named errors, one per seed.

    The lines of the errors are medians over the seeds.
    """
    figure = new_figure(5.2)
    above, below = figure.subplots(2, 1, sharex=True)
    radii = sorted(distances)
    above.semilogy(radii, [max(distances[r], MIN_DISTANCE) for r in radii], color=BLUE, marker="o")
    above.set_ylabel("distance between the states")
    for k, (label, by_seed) in enumerate(errors.items()):
        colour, marker = nth_colour(k + 1), nth_marker(k + 1)
        known = sorted(by_seed)
        middle = [sorted(by_seed[r])[len(by_seed[r]) // 2] for r in known]
        below.semilogy(known, middle, color=colour, label=f"{label} (median)")
        places = [(r, error) for r in known for error in by_seed[r]]
        below.semilogy(*zip(*places, strict=True), color=colour, marker=marker, linestyle="", alpha=0.6)
    below.set_ylabel("error")
    below.set_xlabel("spectral radius")
    below.legend()
    above.grid()
    below.grid()
    return figure
