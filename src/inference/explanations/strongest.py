"""The images that excite hidden units most, and the pixels to which the units respond.

Shapes: N units, M images of a unit, C channels, H x W pixels, h x w pixels of a receptive field.
"""

from functools import partial

import torch
from torch import Tensor

from ...analysis.explanations.backward_rules import BackwardRule
from ...analysis.explanations.pixel_gradients import pixel_gradients
from ...analysis.explanations.scores import as_maps, layer_output, unit_peaks, unit_score
from ...analysis.layers.receptive_fields import Extent, Field, receptive_fields
from ...errors import UserError
from ...figures.images.units import plot_units
from .explanation import Explanation
from .subject import Subject

MOST_UNITS, IMAGES = 6, 6
BATCH = 100  # images of a forward pass


def strongest_images(subject: Subject) -> Explanation:
    """Return the parts of images that excite units of a layer most, and the derivatives with respect to their pixels.

    "crops" (N, M, C, h, w) are the receptive fields of the largest value of a unit in each of its M images, and
    "gradients" (N, M, C, h, w) its guided derivatives, or if the network has no suitable activations its derivatives.
    "values" (N, M) are the largest values, "images" (N, M) the positions of the images. Without a unit, the first units
    of the layer are shown. Aggarwal 8.5.1, figures 8.13 and 8.15.
    """
    layer = subject.layer
    assert layer is not None  # check_methods
    output = layer_output(subject.net.model, layer)
    with torch.no_grad():
        parts = [unit_peaks(as_maps(output(subject.model_input(x)), layer)) for x in subject.inputs.x.split(BATCH)]
    values, rows, columns = (torch.cat(each) for each in zip(*parts, strict=True))  # (B, U) each
    if subject.unit is not None and not 0 <= subject.unit < values.shape[1]:
        raise UserError(f"unit is {subject.unit}; layer '{layer}' has units 0 to {values.shape[1] - 1}")
    units = [*range(values.shape[1])][:MOST_UNITS] if subject.unit is None else [subject.unit]
    order = values[:, units].argsort(dim=0, descending=True, stable=True)[:IMAGES].T  # (N, M)
    field, crops, gradients = field_of(subject, layer), [], []
    rule = BackwardRule.GUIDED
    for unit, index in zip(units, order, strict=True):
        images = subject.inputs.x[index]
        score = subject.on_pixels(unit_score(subject.net.model, layer, unit))
        try:
            found = pixel_gradients(score, images, rule)
        except ValueError:
            rule = BackwardRule.BACKPROP
            found = pixel_gradients(score, images, rule)
        places = list(zip(rows[index, unit].tolist(), columns[index, unit].tolist(), strict=True))
        crops.append(cropped(images, field, places))
        gradients.append(cropped(found, field, places))
    arrays = {"crops": torch.stack(crops), "gradients": torch.stack(gradients), "images": order}
    arrays["values"] = values[order, torch.tensor(units)[:, None]]
    title = f"{layer}: strongest images and {'guided ' if rule == BackwardRule.GUIDED else ''}derivatives"
    draw = partial(plot_units, arrays["crops"], arrays["gradients"], [f"unit {unit}" for unit in units], title)
    return Explanation("units", {name: each.numpy() for name, each in arrays.items()}, draw)


def field_of(subject: Subject, layer: str) -> Field:
    """Return the receptive field of a layer, the whole image if it is larger or the transforms change the shape."""
    _, height, width = subject.images.shape[1:]
    whole = Field(Extent(height, 0, 0), Extent(width, 0, 0))
    if subject.net.spec.shape[1:] != (height, width):
        return whole
    found = receptive_fields(subject.net.network, subject.net.spec.shape).get(f"model.{layer}", whole)
    return Field(*(least if least.size < most.size else most for least, most in zip(found, whole, strict=True)))


def cropped(images: Tensor, field: Field, places: list[tuple[int, int]]) -> Tensor:
    """Return the pixels (M, C, h, w) of positions of a map, one for each image (M, C, H, W)."""
    height, width = images.shape[2:]
    return torch.stack(
        [
            image[:, field.height.pixels(row, height), field.width.pixels(column, width)]
            for image, (row, column) in zip(images, places, strict=True)
        ]
    )
