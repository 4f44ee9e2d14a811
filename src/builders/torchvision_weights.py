"""Weights that torchvision publishes for its networks: `weights=torchvision` in a config."""

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..errors import UserError, reason_of


class Published(NamedTuple):
    """Weights of torchvision: by name, the classes, and mean and standard deviation of each channel of the inputs."""

    weights: dict[str, Tensor]
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]


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
