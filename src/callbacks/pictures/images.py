"""Pictures of networks that read images.

Shapes: O units, C channels, h x w weights.
"""

from matplotlib.figure import Figure

from ...analysis.explanations.feature_maps import convolutions, feature_maps
from ...analysis.explanations.filters import first_filters
from ...figures.images.boxes import plot_boxes
from ...figures.images.feature_maps import plot_feature_maps
from ...figures.images.filters import plot_filters
from ...figures.images.predicted import MAX_PAIRS, plot_predictions, plot_reconstructions
from ...tasks.metrics.localization import THRESHOLD, intersection_over_union
from .base import Picture
from .codes import active_shares, has_sparse_codes, reconstructs
from .examples import Examples
from .reconstructions import reconstructed


def has_image_classes(examples: Examples) -> bool:
    """Return whether the network classifies images."""
    return examples.spec.form == "image" and examples.spec.target == "classes"


def has_boxes(examples: Examples) -> bool:
    """Return whether the network predicts the class and the box of an object."""
    return examples.spec.target == "class_box"


def reconstructs_images(examples: Examples) -> bool:
    """Return whether the network reconstructs images."""
    return examples.spec.form == "image" and reconstructs(examples.spec)


def has_filters(examples: Examples) -> bool:
    """Return whether the weights of a layer have the shape of the input images."""
    return examples.spec.form == "image" and first_filters(examples.net, examples.spec.shape) is not None


def has_convolutions(examples: Examples) -> bool:
    """Return whether the network has convolutions over images."""
    return examples.spec.form == "image" and bool(convolutions(examples.net))


def draw_predictions(examples: Examples) -> Figure:
    """Draw images with their predicted classes, wrong predictions first."""
    predicted, true = examples.predicted
    wrong = predicted != true
    order = (~wrong).int().argsort(stable=True)[: examples.images]
    total, count = int(wrong.sum()), len(true)
    images = examples.restored(examples.rows(order.to(examples.loader.split.base.x.device)).x)
    which = "" if not total else "; wrong predictions first" if total < len(order) else f", {len(order)} of them shown"
    title = f"{total} of {count} wrong{which}"
    return plot_predictions(images, predicted[order], true[order], examples.spec.labels, title)


def draw_boxes(examples: Examples) -> Figure:
    """Draw images with predicted and true boxes, objects that were not found first."""
    predicted, true = examples.predicted
    overlaps = intersection_over_union(predicted[:, 1:], true[:, 1:])
    found = (predicted[:, 0] == true[:, 0]) & (overlaps >= THRESHOLD)
    order = found.int().argsort(stable=True)[: examples.images]
    images = examples.restored(examples.rows(order.to(examples.loader.split.base.x.device)).x)
    title = f"{int((~found).sum())} of {len(found)} not found; mean overlap {float(overlaps.mean()):.2f}"
    return plot_boxes(images, predicted[order], true[order], overlaps[order], examples.spec.labels, title)


def draw_reconstructions(examples: Examples) -> Figure:
    """Draw the first images above their reconstructions, from corrupted inputs if the network corrupts them."""
    x = examples.first(MAX_PAIRS).x
    noisy, output = reconstructed(examples, x)
    x, output = examples.restored(x), examples.restored(output)
    return plot_reconstructions(x, output, None if noisy is None else examples.restored(noisy))


def draw_filters(examples: Examples) -> Figure:
    """Draw the weights of the first layer; with the share of examples that activate a unit, if its code is sparse.

    The units of a sparse code are sorted by this share.
    """
    weight = first_filters(examples.net, examples.spec.shape)
    assert weight is not None
    active = active_shares(examples) if has_sparse_codes(examples) else None
    if active is None or len(active) != len(weight):  # the first layer is not the code
        return plot_filters(weight)
    shares, order = active.sort(descending=True, stable=True)
    titles = [f"{share:.0%}" for share in shares.tolist()]
    return plot_filters(weight[order.to(weight.device)], "code units: weights, how often active", titles=titles)


def draw_feature_maps(examples: Examples) -> Figure:
    """Draw the feature maps of all convolutions for the first image."""
    x, net = examples.first(1).x, examples.net
    with examples.trainer.precision_plugin.forward_context():
        maps = feature_maps(net, convolutions(net), x)
    return plot_feature_maps(x[0], {f"convolution {k}": each[0] for k, each in enumerate(maps.values(), 1)})


PREDICTIONS = Picture("predictions", has_image_classes, draw_predictions)
BOXES = Picture("boxes", has_boxes, draw_boxes)
RECONSTRUCTIONS = Picture("reconstructions", reconstructs_images, draw_reconstructions)
FILTERS = Picture("filters", has_filters, draw_filters, "weights")
FEATURE_MAPS = Picture("feature_maps", has_convolutions, draw_feature_maps)
