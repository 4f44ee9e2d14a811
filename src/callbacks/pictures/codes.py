"""The codes of examples, and pictures of their distribution and of their units.

Shapes: N examples, K code units, C channels, H height, W width.
"""

import math
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...figures.images.filters import plot_filters
from ...figures.values.activity import plot_activity
from ...spec import DataSpec
from ...tasks.base import Task
from .base import Picture
from .examples import Examples

MOST = 1000  # examples, and code units
NEAR_ZERO = 1e-3  # activations up to this size count as 0, as in `analysis.layers.sparsity`
SPARSE = 0.01  # share of zeros from which a code is called sparse


def encodes(task: Task) -> bool:
    """Return whether the network encodes examples without time steps."""
    return task.spec.form in ("vector", "image") and hasattr(getattr(task.net, "model", None), "encode")


def reconstructs(spec: DataSpec) -> bool:
    """Return whether the target is the whole input, all of it known."""
    return spec.target == "input" and spec.target_size == math.prod(spec.shape) and not spec.partial


def encode(examples: Examples, x: Tensor) -> Tensor:
    """Return the codes (N, K) of inputs."""
    with examples.trainer.precision_plugin.forward_context():
        codes: Tensor = examples.net.encode(x)  # type: ignore[operator]
    return codes.flatten(1).float().cpu()


def evenly_spaced(examples: Examples) -> Tensor:
    """Return the indices of all examples, or of 1000 of them at equal intervals, since examples may be sorted."""
    count = len(examples.loader.split)
    index = torch.linspace(0, count - 1, min(count, MOST)).round().long()
    return index.to(examples.loader.split.base.x.device)


def some_codes(examples: Examples) -> Tensor:
    """Return the codes (N, K) of at most 1000 examples."""
    return encode(examples, examples.rows(evenly_spaced(examples)).x)


def active_shares(examples: Examples) -> Tensor:
    """Return the share of examples on which each code unit is active: (K,)."""
    return (some_codes(examples).abs() > NEAR_ZERO).float().mean(0)


def has_sparse_codes(examples: Examples) -> bool:
    """Return whether at least 1 % of the numbers in the codes are 0, and not all."""
    return encodes(examples.task) and 0 < float(active_shares(examples).mean()) <= 1 - SPARSE


def decodes_images(examples: Examples) -> bool:
    """Return whether a code of at most 1000 numbers is decoded to an image."""
    decodes = encodes(examples.task) and hasattr(examples.net.model, "decode")
    if examples.spec.form != "image" or not reconstructs(examples.spec) or not decodes:
        return False
    code: Tensor = examples.net.encode(examples.first(1).x)  # type: ignore[operator]
    return code.ndim == 2 and code.shape[1] <= MOST


def decoded_units(examples: Examples) -> tuple[Tensor, bool]:
    """Return how the decoded image or vector changes from code 0 if one code unit is 1: (K, C, H, W) or (K, F).

    Also return whether the changes add up. Then the decoder is linear, and they are the columns of its weight matrix.
    """
    model: Any = examples.net.model
    units = encode(examples, examples.first(1).x).shape[1]
    codes = torch.cat([torch.zeros(1, units), torch.ones(1, units), torch.eye(units)]).to(examples.task.device)
    with examples.trainer.precision_plugin.forward_context():
        decoded = model.decode(codes).float().cpu()
    together, *alone = (decoded[1:] - decoded[:1]).view(-1, *examples.spec.shape)
    images = torch.stack(alone)
    return images, torch.allclose(images.sum(0), together, rtol=1e-3, atol=1e-3 * float(images.abs().max()))


def draw_decoder(examples: Examples) -> Figure:
    """Draw the images of the code units, those that change the output most first."""
    images, linear = decoded_units(examples)
    order = images.flatten(1).norm(dim=1).argsort(descending=True, stable=True)
    title = "columns of the decoder" if linear else "change of the output for one code unit"
    return plot_filters(images[order], title, scale="weight" if linear else "change")


def draw_activity(examples: Examples) -> Figure:
    """Draw the distribution of the numbers in sparse codes, and the share of examples on which each unit is active."""
    codes = some_codes(examples)
    codes[codes.abs() <= NEAR_ZERO] = 0
    return plot_activity(codes)


DECODER = Picture("decoder", decodes_images, draw_decoder, "weights")
CODES = Picture("codes", has_sparse_codes, draw_activity)
