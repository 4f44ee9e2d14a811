"""Pictures of images that a network decodes from codes: random codes, a grid of codes, and codes between examples.

Shapes: N images, R rows, K code units, C channels, H height, W width.
"""

from itertools import pairwise
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...figures.images.rows import plot_rows
from ...figures.images.samples import plot_samples
from ...figures.style import class_name
from .base import Picture
from .codes import decodes_images, encode
from .examples import Examples

COLUMNS = 8
STEPS = 8  # codes on the way between two examples
PAIRS = 4
CLASSES = 10
NAME = 8  # letters of a class name that fit beside an image
COMPLETED = 3  # completions of each image


def samples_codes(examples: Examples) -> bool:
    """Return whether a network with sampled codes decodes them to images."""
    return decodes_images(examples) and hasattr(examples.net.model, "sample_codes")


def has_plane_of_codes(examples: Examples) -> bool:
    """Return whether codes of two numbers are decoded to images."""
    return decodes_images(examples) and encode(examples, examples.first(1).x).shape[1] == 2


def completes_images(examples: Examples) -> bool:
    """Return whether the network completes damaged images."""
    model = getattr(examples.net, "model", None)
    return examples.spec.form == "image" and getattr(model, "erasure", None) is not None


def generates_classes(examples: Examples) -> bool:
    """Return whether the network generates images of a given class."""
    spec = examples.spec
    return spec.context > 0 and len(spec.blocks[0]) == 3 and hasattr(examples.net.model, "sample_codes")


def as_images(examples: Examples, outputs: Tensor) -> Tensor:
    """Return raw outputs (N, D) as images (N, C, H, W), as they were before the transforms."""
    spec = examples.spec
    images = examples.task.head.predict(outputs).view(-1, *(spec.blocks[0] if spec.blocks else spec.shape))
    return (images if spec.blocks else examples.restored(images)).float().cpu()


def draw_decoded_samples(examples: Examples) -> Figure:
    """Draw images, their reconstructions, and images decoded from codes from N(0, 1)."""
    model: Any = examples.net.model
    x = examples.first(COLUMNS).x
    torch.manual_seed(0)
    samples = as_images(examples, model.decode(model.sample_codes(3 * COLUMNS))).split(COLUMNS)
    rows = [("input", examples.restored(x).float().cpu()), ("output", as_images(examples, examples.net(x)))]
    if len(x) < COLUMNS:
        rows = []
    return plot_rows([*rows, *(("sample", row) for row in samples)], "reconstructions, and decoded samples of N(0, 1)")


def draw_plane(examples: Examples) -> Figure:
    """Draw the images of a grid of codes: quantiles of N(0, 1), or of the range of the codes of other networks."""
    model: Any = examples.net.model
    steps = (torch.arange(COLUMNS) + 0.5) / COLUMNS
    axes = torch.distributions.Normal(0.0, 1.0).icdf(steps).repeat(2, 1)
    if not hasattr(model, "sample_codes"):
        codes = encode(examples, examples.first(1000).x)
        axes = codes.quantile(steps, dim=0).T
    grid = torch.stack([axes[0].repeat(COLUMNS), axes[1].flip(0).repeat_interleave(COLUMNS)], 1)
    images = as_images(examples, model.decode(grid.to(examples.task.device)))
    return plot_samples(images, "images of codes: first unit to the right, second unit upward")


def draw_walk(examples: Examples) -> Figure:
    """Draw images of codes between the codes of pairs of examples, of different classes if there are any."""
    model: Any = examples.net.model
    x = examples.first(1000)
    ends = x.x[torch.tensor(first_of_each(x.y), device=x.x.device)]
    codes = encode(examples, ends)
    share = torch.linspace(0, 1, STEPS)[:, None]
    paths = [start + share * (end - start) for start, end in pairwise(codes)]
    decoded = [as_images(examples, model.decode(path.to(examples.task.device))) for path in paths]
    shown = examples.restored(ends).float().cpu().split(1)
    rows = [torch.cat([start, row, end]) for (start, end), row in zip(pairwise(shown), decoded, strict=True)]
    return plot_rows([("", row) for row in rows], "from one example (left) to another (right) by their codes")


def first_of_each(y: Tensor) -> list[int]:
    """Return the indices of the first examples of up to PAIRS + 1 classes; without classes, of the first examples."""
    if y.is_floating_point() or y.ndim > 1 or len(set(y.tolist())) < 2:
        return list(range(min(len(y), PAIRS + 1)))
    first = {k: place for place, k in reversed([*enumerate(y.tolist())])}
    return [first[k] for k in sorted(first)[: PAIRS + 1]]


def draw_classes(examples: Examples) -> Figure:
    """Draw generated images of each class, at most ten classes."""
    model: Any = examples.net.model
    spec, classes = examples.spec, min(examples.spec.context, CLASSES)
    x = torch.zeros(classes * COLUMNS, spec.shape[0], device=examples.task.device)
    x[torch.arange(len(x)), spec.target_size + torch.arange(len(x)) // COLUMNS] = 1
    torch.manual_seed(0)
    images = as_images(examples, model.reconstruct(model.sample_codes(len(x)), x)).split(COLUMNS)
    names = [class_name(k, spec.labels, NAME) for k in range(classes)]
    return plot_rows(list(zip(names, images, strict=True)), "generated images of each class")


def draw_completions(examples: Examples) -> Figure:
    """Draw images, their damaged form, and three completions of each."""
    model: Any = examples.net.model
    x = examples.first(COLUMNS).x
    flat = x.flatten(1)
    damaged = examples.restored(model.context(flat).view_as(x)).float().cpu()
    rows = [("input", examples.restored(x).float().cpu()), ("damaged", damaged)]
    torch.manual_seed(0)
    codes = model.sample_codes(COMPLETED * len(x)).split(len(x))
    rows += [("sample", as_images(examples, model.reconstruct(each, flat))) for each in codes]
    return plot_rows(rows, "damaged images and their completions")


DECODED_SAMPLES = Picture("decoded_samples", samples_codes, draw_decoded_samples)
LATENT_GRID = Picture("latent_grid", has_plane_of_codes, draw_plane, "weights")
LATENT_WALK = Picture("latent_walk", decodes_images, draw_walk)
CLASS_SAMPLES = Picture("class_samples", generates_classes, draw_classes, "weights")
COMPLETIONS = Picture("completions", completes_images, draw_completions)
