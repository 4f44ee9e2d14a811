"""Weights that torchvision publishes for its networks: `weights=torchvision` in a config."""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..errors import UserError, join_names, reason_of

NAMES = {
    "vgg_a": "vgg11",
    "vgg_b": "vgg13",
    "vgg_d": "vgg16",
    "vgg_e": "vgg19",
    **{name: name for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")},
    "wide_resnet50": "wide_resnet50_2",
    "wide_resnet101": "wide_resnet101_2",
    "resnext50": "resnext50_32x4d",
    "resnext101": "resnext101_32x8d",
    **{name: name for name in ("densenet121", "densenet161", "densenet169", "densenet201")},
}
"""Our networks -> torchvision's of the same architecture."""


class Published(NamedTuple):
    """Weights of torchvision: by name, the classes, and mean and standard deviation of each channel of the inputs."""

    weights: dict[str, Tensor]
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]


def published_name(model: str) -> str:
    """Return torchvision's name of a network. Raises UserError for networks without published weights."""
    if model not in NAMES:
        raise UserError(
            f"weights=torchvision: it has no weights for model '{model}'; it has them for {join_names(NAMES)}"
        )
    return NAMES[model]


@lru_cache(maxsize=1)
def download(name: str) -> Published:
    """Return the weights of a network by torchvision's name, cached or downloaded. Raises UserError if it cannot."""
    from torchvision import models  # takes a second to import

    chosen: Any = models.get_model_weights(name).DEFAULT
    try:
        weights = models.get_model(name, weights=chosen, progress=False).state_dict()
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"weights=torchvision: the weights of {name} cannot be downloaded ({reason_of(error)}); they are needed "
            f"once, in {torch.hub.get_dir()}/checkpoints"
        ) from error
    inputs = chosen.transforms()
    return Published(weights, tuple(chosen.meta["categories"]), tuple(inputs.mean), tuple(inputs.std))
