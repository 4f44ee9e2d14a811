"""The methods of `nnzoo.explain`.

Shapes: B images, C channels, H height, W width, N units or classes, D maps, h x w positions or weights.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from torch import Tensor

from ...analysis.explanations.backward_rules import BackwardRule
from ...analysis.explanations.feature_maps import convolutions, feature_maps
from ...analysis.explanations.filters import filters_of, first_filters
from ...analysis.explanations.inversion import invert_features
from ...analysis.explanations.occlusion import occlusion_maps
from ...analysis.explanations.pixel_gradients import pixel_gradients, strongest_channel
from ...analysis.explanations.scores import layer_output, unit_score
from ...analysis.explanations.synthesis import synthesize
from ...errors import UserError
from ...figures.images.explanations import plot_explanations
from ...figures.images.feature_maps import plot_feature_maps
from ...figures.images.filters import plot_filters
from ...figures.images.predicted import plot_reconstructions
from ...figures.images.synthesized import plot_synthesized
from .explanation import Explanation
from .strongest import strongest_images
from .subject import Subject

SQUARES = 7  # side of an image, in squares of an occlusion map
MOST_CLASSES = 16
TITLES = {
    "saliency": "saliency",
    "guided": "guided backpropagation",
    "deconvnet": "deconvnet",
    "occlusion": "occlusion: fall of the score",
}


def saliency(subject: Subject) -> Explanation:
    """Return saliency maps (B, 1, H, W): the largest absolute derivative of the score over the channels."""
    found = strongest_channel(pixel_gradients(subject.on_pixels(subject.score), subject.images))
    return of_images(subject, "saliency", found)


def by_rule(method: str, rule: BackwardRule) -> Callable[[Subject], Explanation]:
    """Return the method that gives the derivatives (B, C, H, W) with respect to the pixels, with a backward rule."""

    def explain(subject: Subject) -> Explanation:
        return of_images(subject, method, pixel_gradients(subject.on_pixels(subject.score), subject.images, rule))

    return explain


def occlusion(subject: Subject) -> Explanation:
    """Return how much the score falls if squares of a seventh of the side are covered: (B, 1, H, W)."""
    size = max(1, round(min(subject.images.shape[2:]) / SQUARES))
    found = occlusion_maps(subject.on_pixels(subject.score), subject.images, size=size, stride=max(1, size // 2))
    return of_images(subject, "occlusion", found)


def of_images(subject: Subject, method: str, maps: Tensor) -> Explanation:
    """Return maps (B, C, H, W) of images with their figure."""
    titles = subject.titles()
    explained = [subject.what] * len(titles) if subject.layer is not None else subject.names_of(subject.explained)
    values = {"images": subject.images.numpy(), "maps": maps.numpy(), "explained": np.array(explained)}
    draw = partial(
        plot_explanations, subject.images, maps, titles, title=f"{TITLES[method]} of {subject.what}", row=method
    )
    return Explanation(method, values | subject.identifiers(), draw)


def maps_of_layers(subject: Subject) -> Explanation:
    """Return the feature maps (D, h, w) of a layer, or of all convolutions, for the first image, by layer."""
    model = subject.net.model
    layers = convolutions(model) if subject.layer is None else [subject.layer]
    if not layers:
        raise UserError(f"{type(model).__name__} has no convolutions over images; layer=... chooses a layer with maps")
    found = {
        name: maps[0] for name, maps in feature_maps(model, layers, subject.model_input(subject.images[:1])).items()
    }
    values = {name: maps.numpy() for name, maps in found.items()}
    return Explanation("feature_maps", values, partial(plot_feature_maps, subject.images[0], found))


def filters(subject: Subject) -> Explanation:
    """Return the weights (N, C, h, w) of a convolution, by default of the first layer."""
    shape = subject.net.spec.shape
    if subject.layer is not None:
        weight, title = filters_of(subject.net.model, subject.layer), f"filters of {subject.layer}"
    elif len(shape) == 3 and (first := first_filters(subject.net.model, shape)) is not None:
        weight, title = first, "weights of the first layer"
    else:
        raise UserError(f"{type(subject.net.model).__name__} has no weights with the shape of images; name a layer=...")
    return Explanation("filters", {"weights": weight.numpy()}, partial(plot_filters, weight, title))


def synthesis(subject: Subject) -> Explanation:
    """Return images (N, C, H, W) that maximize the score of a class or unit, by default of each class."""
    net = subject.net
    if subject.layer is not None and subject.unit is not None:
        names, score = [subject.what], unit_score(net.model, subject.layer, subject.unit)
    else:
        index = subject.classes[:MOST_CLASSES]
        names, score = subject.names_of(index), subject.score_of(index)
    found = net.restored(synthesize(subject.on_network_inputs(score), (len(names), *net.spec.shape)))
    values = {"images": found.numpy(), "explained": np.array(names)}
    return Explanation("synthesis", values, partial(plot_synthesized, found, names))


def inversion(subject: Subject) -> Explanation:
    """Return images (B, C, H, W) with the same features in a layer as the images."""
    net, x = subject.net, subject.net.transforms(subject.images)
    if x.ndim != 4:
        raise UserError(f"inversion is for networks whose inputs are images; after the transforms they are {net.spec}")
    assert subject.layer is not None  # check_methods
    features = subject.on_network_inputs(layer_output(net.model, subject.layer))
    found = net.restored(invert_features(features, x))
    values = {"images": subject.images.numpy(), "inverted": found.numpy()}
    draw = partial(plot_reconstructions, subject.images, found, title=f"features of {subject.layer}\nreconstructions")
    return Explanation("inversion", values | subject.identifiers(), draw)


METHODS: dict[str, Callable[[Subject], Explanation]] = {
    "saliency": saliency,
    "guided": by_rule("guided", BackwardRule.GUIDED),
    "deconvnet": by_rule("deconvnet", BackwardRule.DECONVNET),
    "occlusion": occlusion,
    "synthesis": synthesis,
    "units": strongest_images,
    "inversion": inversion,
    "feature_maps": maps_of_layers,
    "filters": filters,
}
"""Name of a method, as in `config.explanations.METHODS`, -> what computes it."""
