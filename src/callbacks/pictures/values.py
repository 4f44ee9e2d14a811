"""Pictures of regression."""

from matplotlib.figure import Figure

from ...figures.values.scatter import plot_scatter
from .base import Picture
from .examples import Examples


def has_real_targets(examples: Examples) -> bool:
    """Return whether the targets are real numbers."""
    return examples.spec.target == "real"


def draw_scatter(examples: Examples) -> Figure:
    """Draw predicted against true values in the units of the targets. Partial targets share one plot."""
    if examples.spec.partial:
        predicted, true = examples.predicted
        known = ~true.isnan()
        return plot_scatter(predicted[known].unsqueeze(-1), true[known].unsqueeze(-1))
    predicted, true = (values.reshape(-1, examples.spec.target_size) for values in examples.predicted)
    return plot_scatter(predicted, true, examples.spec.labels)


SCATTER = Picture("scatter", has_real_targets, draw_scatter)
