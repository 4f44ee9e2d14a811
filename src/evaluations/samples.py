"""Distance of examples decoded from random codes to the examples of a split.

Shapes: N examples, F numbers of each, K code units.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ..analysis.energy_distance import energy_distance
from ..data.base import Data
from ..errors import UserError
from ..tasks.base import Task
from .base import Evaluation
from .codes import codes

SEED = 0


class DecodedSamples(Evaluation):
    """Energy distances between the examples of a split and equally many examples that are decoded from random codes.

    sample_distance: codes from N(0, 1), from which variational autoencoders are trained to generate. fitted_distance:
    codes from a normal distribution with the means and covariances of the training codes, for which a network need not
    have been trained. At most `points` examples of the split are compared, evenly spaced.
    Raises UserError for `points` below 2, and for networks that do not decode one code per example.
    Aggarwal 4.10.4.
    """

    names: ClassVar[tuple[str, ...]] = ("sample_distance", "fitted_distance")

    def __init__(self, *, points: int = 1000) -> None:
        if points < 2:
            raise UserError(f"evaluations: points is {points}; it must be at least 2")
        self.points = points

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError if the network has no codes to decode."""
        model, form = task.net.model, data.spec.form
        if not hasattr(model, "encode") or not hasattr(model, "decode") or form not in ("vector", "image"):
            raise UserError(
                f"decoded samples need a network with a decoder of codes; {type(model).__name__} has none here"
            )

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return both distances."""
        real = torch.cat([batch.y.flatten(1) for batch in data.eval_loader(split)])
        count = min(self.points, len(real))
        real = real[torch.arange(count) * len(real) // count]
        known = codes(task, data, "train").double()
        torch.manual_seed(SEED)
        standard = torch.randn(count, known.shape[1], dtype=torch.float64)
        values, vectors = torch.linalg.eigh(known.T.cov())
        fitted = known.mean(0) + standard * values.clamp_min(0).sqrt() @ vectors.T
        pairs = zip(self.names, (standard, fitted), strict=True)
        return {name: float(energy_distance(self.decoded(task, chosen.float()), real)) for name, chosen in pairs}

    def decoded(self, task: Task, chosen: Tensor) -> Tensor:
        """Return the examples decoded from codes (N, K): (N, F)."""
        outputs: Tensor = task.net.model.decode(chosen.to(task.device))  # type: ignore[operator, union-attr]
        return task.head.predict(outputs).cpu()
