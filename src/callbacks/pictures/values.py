"""Pictures of networks with real outputs."""

from matplotlib.figure import Figure

from ...figures.scatter import plot_scatter
from .base import Picture
from .examples import Examples


def has_values(examples: Examples) -> bool:
    """Tell whether the targets are real numbers."""
    return examples.spec.target == "real"


def draw_scatter(examples: Examples) -> Figure:
    """Draw predicted against true values, in the target's own units."""
    predicted, true = (values.reshape(-1, examples.spec.target_size) for values in examples.predicted)
    return plot_scatter(predicted, true, examples.spec.labels)


SCATTER = Picture("scatter", has_values, draw_scatter)
