"""Eigenvalues of recurrent weight matrices. Shapes: H units."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.patches import Circle
from torch import Tensor

from ..style import COLOURS, in_style, legend_below, new_figure, nth_colour, nth_marker
from .gates import gate_name


@in_style
def plot_spectrum(eigenvalues: Mapping[str, Tensor], title: str = "eigenvalues of the recurrent matrix") -> Figure:
    """Draw complex eigenvalues (H,) by name, with the unit circle. The legend has the spectral radii."""
    figure = new_figure(4.6 + 0.1 * len(eigenvalues))
    ax = figure.subplots()
    ax.add_patch(Circle((0, 0), 1, fill=False, edgecolor="#333333", linewidth=1.2))
    ax.axhline(0, color="#cccccc", linewidth=0.6, zorder=0)
    ax.axvline(0, color="#cccccc", linewidth=0.6, zorder=0)
    dots = [
        ax.scatter(
            values.detach().cpu().real.numpy(),
            values.detach().cpu().imag.numpy(),
            s=18,
            marker=nth_marker(place // len(COLOURS)),
            color=nth_colour(place),
            alpha=0.8,
            label=f"{gate_name(name)}: radius {float(values.abs().max()):.3g}",
        )
        for place, (name, values) in enumerate(eigenvalues.items())
    ]
    bound = 1.1 * max([1.0, *(float(values.abs().max()) for values in eigenvalues.values())])
    ax.set_xlim(-bound, bound)
    ax.set_ylim(-bound, bound)
    ax.set_aspect("equal")
    ax.set_xlabel("real part")
    ax.set_ylabel("imaginary part")
    figure.suptitle(f"{title} (circle: radius 1)")
    legend_below(figure, dots)
    return figure
