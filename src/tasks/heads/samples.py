"""Generation of points like those of the data."""

from typing import ClassVar

from torch import Tensor

from ...errors import UserError
from ...losses.base import Loss
from ...spec import DataSpec
from ..metrics.base import Metrics
from ..metrics.samples import SampleMetrics
from .base import Head


class Samples(Head):
    """Generate points, and predict by the discriminator whether given points are real.

    The target of the data is not used. Metrics: loss, and energy_distance between generated and held-out points.
    Raises UserError for sequences, tokens and ids.
    """

    targets: ClassVar[tuple[str, ...]] = ("none",)
    default_loss = "nnzoo.losses.adversarial.non_saturating.NonSaturating"

    def __init__(self, *, spec: DataSpec, loss: Loss) -> None:
        super().__init__(spec=spec, loss=loss)
        if spec.form not in ("vector", "image"):
            raise UserError(
                f"head 'samples' takes vectors and images; the data gives {spec}; use data=ring, for example"
            )

    def predict(self, output: Tensor) -> Tensor:
        """Map (*n, 1) -> (*n), the probability that a point is real."""
        return self.loss.expected(output).squeeze(-1)

    def metrics(self) -> Metrics:
        """Return energy_distance."""
        return SampleMetrics()
