"""Change of the codes of a network when its inputs are changed a little.

Shapes: B examples of a batch, N examples, K code units.
"""

from typing import ClassVar

import torch

from ..data.base import Data
from ..errors import UserError
from ..layers.row_noise import row_normal
from ..tasks.base import Task
from .base import Evaluation
from .codes import check_codes


class CodeShift(Evaluation):
    """Mean squared change of the code when noise is added to the input, relative to the variance of codes: code_shift.

    It is sum |h(x + e) - h(x)|^2 / sum |h(x) - mean|^2, with e from N(0, strength^2) in each input, the same for an
    example in every evaluation. Raises UserError for a strength that is not above 0, networks without codes, inputs
    that are not numbers, and sequences. Aggarwal 4.10.3, figure 4.11.
    """

    names: ClassVar[tuple[str, ...]] = ("code_shift",)

    def __init__(self, *, strength: float = 0.1) -> None:
        if not 0 < strength < float("inf"):
            raise UserError(f"evaluations: strength is {strength}; it must be above 0 and finite")
        self.strength = strength

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError without one code per example."""
        check_codes(task, data, "the shift of codes needs")

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return code_shift."""
        found, changes = [], []
        for batch in data.eval_loader(split):
            x = batch.to(task.device).x
            shifted = x + self.strength * row_normal(x.flatten(1)).view_as(x)
            code, changed = (task.net.encode(each).flatten(1).cpu().double() for each in (x, shifted))  # type: ignore
            found.append(code)
            changes.append((changed - code).square().sum())
        h = torch.cat(found)
        return {"code_shift": (torch.stack(changes).sum() / (h - h.mean(0)).square().sum()).item()}
