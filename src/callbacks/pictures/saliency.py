"""Picture of the pixels that the predicted class depends on.

Shapes: B images, C channels, H height, W width.
"""

from matplotlib.figure import Figure
from torch import Tensor

from ...analysis.explanations.pixel_gradients import pixel_gradients, strongest_channel
from ...analysis.explanations.scores import class_score
from ...figures.images.explanations import plot_explanations
from ...figures.images.predicted import MAX_PAIRS
from ...figures.style import class_name
from .base import Picture
from .examples import Examples
from .images import has_image_classes


def has_saliency(examples: Examples) -> bool:
    """Return whether the network classifies images, and its scores have a derivative with respect to the pixels."""
    if not has_image_classes(examples):
        return False
    try:
        saliency_of(examples, examples.first(1).x)
    except ValueError:
        return False
    return True


def draw_saliency(examples: Examples) -> Figure:
    """Draw the first images with their predicted class above the sizes of the derivatives of its score."""
    x = examples.first(MAX_PAIRS).x
    maps, predicted = saliency_of(examples, x)
    titles = [class_name(k, examples.spec.labels) for k in predicted.tolist()]
    title = "saliency of the predicted class"
    return plot_explanations(examples.restored(x), maps, titles, title=title, row="saliency")


def saliency_of(examples: Examples, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return saliency maps (B, 1, H, W) of inputs of the network, and the predicted classes (B,)."""
    predicted = examples.predict(x)
    with examples.trainer.precision_plugin.forward_context():
        return strongest_channel(pixel_gradients(class_score(examples.net, predicted), x)), predicted


SALIENCY = Picture("saliency", has_saliency, draw_saliency)
