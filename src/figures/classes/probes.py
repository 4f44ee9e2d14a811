"""Linear separability of the classes by layer."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from ..style import in_style, new_figure, nth_colour, nth_marker


@in_style
def plot_probes(accuracies: Mapping[str, Mapping[str, float]]) -> Figure:
    """Draw the accuracy of linear probes by layer for named networks with the same layers."""
    figure = new_figure(3.2)
    ax = figure.subplots()
    for k, (name, by_layer) in enumerate(accuracies.items()):
        colour, marker = nth_colour(k), nth_marker(k)
        ax.plot(list(by_layer), list(by_layer.values()), color=colour, marker=marker, label=name)
    ax.set_xlabel("layer")
    ax.set_ylabel("accuracy of a linear probe")
    ax.grid()
    ax.legend()
    return figure
