"""Pictures of networks that read images.

Shapes: O units, C channels, h x w weights.
"""

import math

from matplotlib.figure import Figure
from torch import Tensor, nn

from ...figures.images.feature_maps import plot_feature_maps
from ...figures.images.filters import plot_filters
from ...figures.images.predicted import MAX_PAIRS, plot_predictions, plot_reconstructions
from ...layers.conv.connection_table import ConnectionTableConv2d
from ...spec import DataSpec
from .base import Picture
from .codes import active_shares, has_sparse_codes, reconstructs
from .examples import Examples
from .reconstructions import reconstructed

CONVOLUTIONS = (nn.Conv2d, ConnectionTableConv2d)


def has_image_classes(examples: Examples) -> bool:
    """Return whether the network classifies images."""
    return examples.spec.form == "image" and examples.spec.target == "classes"


def reconstructs_images(examples: Examples) -> bool:
    """Return whether the network reconstructs images."""
    return examples.spec.form == "image" and reconstructs(examples.spec)


def has_filters(examples: Examples) -> bool:
    """Return whether the weights of a layer have the shape of the input images."""
    return examples.spec.form == "image" and first_weight(examples.net, examples.spec) is not None


def has_convolutions(examples: Examples) -> bool:
    """Return whether the network has convolutions over images."""
    return examples.spec.form == "image" and any(isinstance(m, CONVOLUTIONS) for m in examples.net.modules())


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
    weight = first_weight(examples.net, examples.spec)
    assert weight is not None
    active = active_shares(examples) if has_sparse_codes(examples) else None
    if active is None or len(active) != len(weight):  # the first layer is not the code
        return plot_filters(weight)
    shares, order = active.sort(descending=True, stable=True)
    titles = [f"{share:.0%}" for share in shares.tolist()]
    return plot_filters(weight[order.to(weight.device)], "code units: weights, how often active", titles=titles)


def draw_feature_maps(examples: Examples) -> Figure:
    """Draw the feature maps of all convolutions for the first image."""
    x, maps = examples.first(1).x, dict[str, Tensor]()

    def record(layer: nn.Module, _: object, output: Tensor) -> None:
        maps[f"convolution {len(maps) + 1}"] = output[0]

    hooks = [m.register_forward_hook(record) for m in examples.net.modules() if isinstance(m, CONVOLUTIONS)]
    try:
        examples.predict(x)
    finally:
        for hook in hooks:
            hook.remove()
    return plot_feature_maps(x[0], maps)


def first_weight(net: nn.Module, spec: DataSpec) -> Tensor | None:
    """Return the weights (O, C, h, w) of the first layer that takes images, or None."""
    for weight in net.parameters():
        if weight.ndim == 4 and weight.shape[1] == spec.shape[0]:
            return weight
        if weight.ndim == 2 and weight.shape[1] == math.prod(spec.shape):
            return weight.view(-1, *spec.shape)
    return None


PREDICTIONS = Picture("predictions", has_image_classes, draw_predictions)
RECONSTRUCTIONS = Picture("reconstructions", reconstructs_images, draw_reconstructions)
FILTERS = Picture("filters", has_filters, draw_filters, "weights")
FEATURE_MAPS = Picture("feature_maps", has_convolutions, draw_feature_maps)
