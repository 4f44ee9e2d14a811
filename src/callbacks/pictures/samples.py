"""Pictures of samples from a network."""

from typing import Any

from matplotlib.figure import Figure

from ...figures.images.samples import plot_samples
from .base import Picture
from .examples import Examples

SAMPLES_SHOWN = 32
STEPS = 1000  # of the Gibbs chain


def can_sample_images(examples: Examples) -> bool:
    """Return whether images can be drawn from the network by Gibbs sampling."""
    return examples.spec.form == "image" and hasattr(getattr(examples.net, "model", None), "gibbs")


def draw_samples(examples: Examples) -> Figure:
    """Draw the pixel probabilities after Gibbs chains from random starts."""
    model: Any = examples.net.model
    last = model.gibbs(model.sample(SAMPLES_SHOWN, steps=STEPS), sample_visible=False)
    return plot_samples(last.view(-1, *examples.spec.shape), f"samples: probabilities after {STEPS} Gibbs steps")


SAMPLES = Picture("samples", can_sample_images, draw_samples, "weights")
