"""Pictures in arrays of the user as examples.

Shapes: N pictures, C channels, H height, W width.
"""

from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from ...errors import UserError
from ...preprocessing.base import Preprocessing
from ...preprocessing.default import default
from ...preprocessing.images import ImagePreprocessing, to_channels_first
from ...spec import DataSpec
from .examples import Prepared, Rows
from .sources import Source, Target, has_no_target
from .targets import encode_targets, no_targets

MIN_BYTE_MAXIMUM = 100  # integers with a smaller maximum are not bytes from 0 to 255
CHUNK = 1000  # number of pictures that are checked at a time
Layout = Literal["auto", "channels_first", "channels_last"]


class PictureExamples:
    """Pictures (N, H, W), (N, C, H, W) or (N, H, W, C) as `Examples`; for the settings see `Array`.

    Raises UserError for an ambiguous layout, numbers that are not finite and targets that cannot be used.
    """

    target_names: tuple[str, ...] = ()

    def __init__(self, given: Source, *, layout: Layout, target: Target, task: str) -> None:
        self.name = given.name
        self.has_test_set = given.x_test is not None
        self.x, self.layout_note = pictures(given.name, "x", given.x, layout)
        if given.y is not None:
            self.targets = encode_targets(given.name, given.y, given.y_test, task=task, place=given.place)
        elif has_no_target(target):
            own = None if given.x_test is None else len(given.x_test)
            self.targets = no_targets(given.name, len(given.x), own, task=task)
        else:
            raise UserError(f"{given.name}: the pictures have no targets; data.target=[] confirms that")
        self.x_test = None
        if given.x_test is not None:
            self.x_test, _ = pictures(given.name, "x_test", given.x_test, layout)
            if self.x_test.shape[1:] != self.x.shape[1:] or self.x_test.dtype != self.x.dtype:
                raise UserError(f"{given.name}: x_test is {describe(self.x_test)}, x is {describe(self.x)}")

    def prepare(self, order: Rows, train: int) -> Prepared:
        """Return pictures of integers as bytes or scaled to [0, 1], others unchanged; see `Examples`."""
        whole, x, x_test = self.x.dtype == torch.uint8, self.x[torch.from_numpy(order)], self.x_test
        divisor = 255.0
        if whole and (most := int(self.x.max())) < MIN_BYTE_MAXIMUM:
            divisor = float(most)
            x, x_test = x.float() / divisor, None if x_test is None else x_test.float() / divisor
        inside = whole or bool((x >= 0).all() and (x <= 1).all())
        low, high = (0.0, 1.0) if inside else (float("-inf"), float("inf"))
        spec = DataSpec("real", tuple(x.shape[1:]), "none", 0, low=low, high=high)
        preprocessing: Preprocessing = default(spec)
        if whole:
            preprocessing = ImagePreprocessing(shape=spec.shape, numbers="whole", divisor=divisor)
        channels, height, width = spec.shape
        count = len(x) + (0 if x_test is None else len(x_test))
        words = f"{count} pictures of {height}x{width}, {channels} channel{'s' if channels > 1 else ''}"
        words += ", read with channels last" * bool(self.layout_note)
        words += f", numbers divided by {divisor:g}" if whole else ""
        return Prepared(x, x_test, spec, preprocessing, [words])


def pictures(path: str, name: str, x: Any, layout: Layout) -> tuple[Tensor, str | None]:
    """Return pictures as (N, C, H, W), uint8 or float32, and a note on the axes if they were permuted.

    Integers from 0 to 255 become uint8, whatever their type. Raises UserError for numbers that are not finite.
    """
    for begin in range(0, len(x), CHUNK):
        with np.errstate(over="ignore"):
            bad = np.argwhere(~np.isfinite(x[begin : begin + CHUNK].astype(np.float32)))
        if len(bad):
            bad[0, 0] += begin
            where, value = ", ".join(map(str, bad[0])), x[tuple(bad[0])]
            raise UserError(f"{path}: {name}[{where}] is {value}; all numbers must be finite in float32")
    try:
        x, layout_note = to_channels_first(x, layout)
    except UserError as error:
        raise UserError(f"{path}: {name}: {error}") from None
    if x.dtype == np.uint8 or (x.max() > 1 and x.min() >= 0 and x.max() <= 255 and is_integer(x)):
        return torch.from_numpy(np.ascontiguousarray(x, dtype=np.uint8)), layout_note
    return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32)), layout_note


def is_integer(x: Any) -> bool:
    """Tell whether all numbers are integers."""
    parts = (x[begin : begin + CHUNK] for begin in range(0, len(x), CHUNK))
    return all((part == np.round(part)).all() for part in parts)


def describe(x: Tensor) -> str:
    """Return a description of the type and shape of the examples."""
    return f"{str(x.dtype).removeprefix('torch.')} {tuple(x.shape[1:])}"
