"""Bias and variance by model capacity."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from ..style import in_style, new_figure, nth_colour, nth_marker


@in_style
def plot_bias_variance(parts: Mapping[float, tuple[float, float]], capacity: str, noise: float = 0.0) -> Figure:
    """Draw squared bias, variance and their sum with the noise by capacity.

    parts: capacity -> (squared bias, variance); capacity: label of the axis. Aggarwal figure 4.3.
    """
    figure = new_figure(3.4)
    ax = figure.subplots()
    x = sorted(parts)
    bias2, variance = zip(*(parts[c] for c in x), strict=True)
    total = [b + v + noise for b, v in zip(bias2, variance, strict=True)]
    curves = {"squared bias": bias2, "variance": variance, "sum with noise": total}
    for k, (name, values) in enumerate(curves.items()):
        ax.plot(x, values, color=nth_colour(k), marker=nth_marker(k), label=name)
    ax.set_yscale("log")
    ax.set_xlabel(capacity)
    ax.set_ylabel("mean squared error")
    ax.grid()
    ax.legend()
    return figure
