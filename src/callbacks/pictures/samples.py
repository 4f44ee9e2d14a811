"""Pictures of what a network samples, in place of examples."""

from typing import Any

from matplotlib.figure import Figure

from ...figures.images.samples import plot_samples
from .base import Picture
from .examples import Examples

SAMPLES_SHOWN = 32
STEPS = 1000  # of Gibbs sampling


def samples_images(examples: Examples) -> bool:
    """Tell whether a network has a distribution of images, from which Gibbs sampling draws."""
    return examples.spec.form == "image" and hasattr(getattr(examples.net, "model", None), "gibbs")


def draw_samples(examples: Examples) -> Figure:
    """Draw the probabilities of the pixels at the end of chains that begin at random."""
    model: Any = examples.net.model
    last = model.gibbs(model.sample(SAMPLES_SHOWN, steps=STEPS), sample_visible=False)
    return plot_samples(last.view(-1, *examples.spec.shape), f"samples: probabilities after {STEPS} Gibbs steps")


SAMPLES = Picture("samples", samples_images, draw_samples, "weights")
