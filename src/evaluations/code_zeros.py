"""Share of zeros in the codes of a network."""

from typing import ClassVar

from ..data.base import Data
from ..tasks.base import Task
from .base import Evaluation
from .codes import check_codes, codes


class CodeZeros(Evaluation):
    """Share of the units of all codes that are exactly 0: code_zeros.

    Raises UserError for networks without codes, and sequences. Aggarwal 2.5.5.1.
    """

    names: ClassVar[tuple[str, ...]] = ("code_zeros",)

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError without one code per example."""
        check_codes(task, data, "the zeros of codes need")

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return code_zeros."""
        return {"code_zeros": (codes(task, data, split) == 0).double().mean().item()}
