"""Codes and reconstructions of images that are shifted by a few pixels.

Shapes: B images, C channels, H x W pixels, K code units.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ..data.base import Data
from ..errors import UserError
from ..tasks.base import Task
from .base import Evaluation

DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))


class ShiftedImages(Evaluation):
    """How much codes change if images are shifted, and how well shifted images are reconstructed.

    Each image is shifted by `pixels` to the right, left, bottom and top; new pixels have the lowest value of the data.
    shifted_code_change: mean squared change of the code, divided by the variance of the codes, both summed over the
    code units: 0 for codes that do not change, 2 if a shifted image has the code of another random image. shifted_mse:
    mean squared error of the reconstruction of the shifted image, for networks whose target is the input.
    Raises UserError for pixels out of range, networks without codes, data without images, and transforms of all splits.
    Aggarwal 4.10.3.
    """

    names: ClassVar[tuple[str, ...]] = ("shifted_code_change", "shifted_mse")

    def __init__(self, *, pixels: int = 1) -> None:
        if pixels < 1:
            raise UserError(f"evaluations: pixels is {pixels}; it must be at least 1")
        self.pixels = pixels

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError for networks without codes, and for inputs that cannot be shifted."""
        model, spec = task.net.model, data.spec
        if not hasattr(model, "encode") or spec.target != "input":
            raise UserError(f"shifted images need codes and reconstructions; {type(model).__name__} has none here")
        if spec.form != "image":
            raise UserError(f"shifted images need images; the data is {spec}")
        if data.transforms.fixed:
            raise UserError(f"shifted images are for inputs without {', '.join(data.transforms.fixed)}; leave it out")
        if self.pixels >= min(spec.shape[1:]):
            size = "x".join(map(str, spec.shape[1:]))
            raise UserError(f"evaluations: pixels is {self.pixels}; the images have {size} pixels")

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return shifted_code_change and shifted_mse."""
        fill = data.spec.low if data.spec.low > float("-inf") else 0.0
        error = change = torch.zeros((), dtype=torch.float64)
        codes, count = [], 0
        for batch in data.eval_loader(split):
            x = batch.to(task.device).x
            code = self._code(task, x)
            codes.append(code)
            for down, right in DIRECTIONS:
                moved = shift(x, self.pixels * down, self.pixels * right, fill)
                change = change + (self._code(task, moved) - code).square().sum()
                rebuilt = task.head.predict(task.net(moved)).double()
                error = error + (rebuilt - task.head.actual(moved.flatten(1))).square().mean(1).sum().cpu()
            count += len(x) * len(DIRECTIONS)
        spread = torch.cat(codes).var(0, correction=0).sum()
        return {"shifted_code_change": float(change / count / spread), "shifted_mse": float(error / count)}

    @staticmethod
    def _code(task: Task, x: Tensor) -> Tensor:
        code: Tensor = task.net.encode(x)  # type: ignore[operator]
        return code.flatten(1).double().cpu()


def shift(x: Tensor, down: int, right: int, fill: float) -> Tensor:
    """Return images (B, C, H, W) shifted by whole pixels; new pixels have the value `fill`."""
    moved = x.roll((down, right), (2, 3))
    for axis, pixels in ((2, down), (3, right)):
        if pixels:
            moved.narrow(axis, 0 if pixels > 0 else x.shape[axis] + pixels, abs(pixels)).fill_(fill)
    return moved
