"""Training of variational autoencoders.

Shapes: *n is (B,) examples, or (B, T) steps of sequences; K code units, D outputs.
"""

from collections.abc import Mapping
from typing import ClassVar, Protocol, runtime_checkable

import torch
from torch import Tensor

from ...errors import UserError
from ...losses.base import Loss, masked_mean
from ...losses.bce import BinaryCrossEntropy
from ...losses.regression.squared import Squared
from ...spec import Batch, BatchKind
from ..base import Task
from ..components import Components
from ..metrics.base import Mode
from ..step import Step

EVALUATION_SEED = 0  # seed of the noise in validation and test
NOISE_ROWS = 256  # rows of noise that are drawn at once, so that the noise of an example depends only on its position
ACTIVE_VARIANCE = 0.01  # variance of the means above which a code unit counts as active (Burda et al. 2016)


@runtime_checkable
class VariationalNetwork(Protocol):
    """A network that encodes an input (*n, F) to a normal distribution of codes, and decodes a code."""

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean and the logarithm of the variance of the code units, (*n, K) each."""

    def reconstruct(self, code: Tensor, x: Tensor) -> Tensor:
        """Return the raw outputs (*n, D) for codes (*n, K); x: the inputs, of which a network may read a context."""


class Variational(Task):
    """Minimize the reconstruction loss plus `weight` times the divergence of the codes from N(0, 1). Aggarwal 4.10.4.

    Both terms are sums over the numbers of an example, outputs and code units, and means over the examples or real
    steps (eq. 4.17-4.19). The code is h = mean + sigma * z with z from N(0, 1) (eq. 4.16); the network computes the
    logarithm of sigma^2, which needs no bounds. In validation and test the noise z is the same in every evaluation.
    weight: lambda of eq. 4.19, at least 0.
    The reported loss is this objective. Notes: reconstruction, kl (in nats), and active_units, the number of code units
    whose mean varies among the examples of a batch. Metrics of validation and test, and predictions, are those of the
    mean code. Raises UserError for a weight out of range, and for an unsuitable network or loss.
    """

    targets: ClassVar[tuple[str, ...]] = ("input",)
    takes: ClassVar[tuple[BatchKind, ...]] = ("examples",)
    note_modes: Mapping[str, Mode | None] = {"reconstruction": "min", "kl": None, "active_units": None}

    def __init__(self, *, components: Components, weight: float = 1.0) -> None:
        if not 0 <= weight < float("inf"):
            raise UserError(f"task.weight is {weight}; it must be at least 0 and finite")
        model = components.net.model
        if not isinstance(model, VariationalNetwork):
            raise UserError(
                f"task 'variational' needs a network that encodes to a distribution, such as model=vae; "
                f"{type(model).__name__} does not"
            )
        if components.spec.partial:
            raise UserError(
                f"task 'variational' needs inputs without unknown entries; the data gives {components.spec}"
            )
        self.scale = terms_per_example(components.loss, components.spec.target_size)
        super().__init__(components=components)
        self.weight = weight
        self.evaluation_noise = EvaluationNoise()

    @property
    def loss_parts(self) -> dict[str, float]:
        """Reconstruction and weighted divergence, and the penalties."""
        return {"reconstruction": 1.0, "kl": self.weight, **dict.fromkeys(self.penalties.metrics, 1.0)}

    @property
    def variational(self) -> VariationalNetwork:
        """The network without adapters."""
        return self.net.model  # type: ignore[return-value]

    def compute(self, batch: Batch) -> Step:
        """Return the objective for newly sampled codes, and the outputs for them."""
        x: Tensor = self.net.adapter(batch.x, batch.mask)  # type: ignore[operator]
        mean, log_variance = self.variational.posterior(x)
        return self.objective(batch, x, mean, log_variance, torch.randn_like(mean))

    def objective(self, batch: Batch, x: Tensor, mean: Tensor, log_variance: Tensor, noise: Tensor) -> Step:
        """Return the objective for codes with the given noise (*n, K), and the outputs for them."""
        output = self.variational.reconstruct(mean + noise * (log_variance / 2).exp(), x)
        reconstruction = self.head.step(output, batch).loss * self.scale
        kl = masked_mean(divergence(mean, log_variance), batch.mask)
        rows = mean.flatten(0, -2) if batch.mask is None else mean[batch.mask]
        active = (rows.detach().var(0, correction=0) > ACTIVE_VARIANCE).sum().to(kl)
        notes = {"reconstruction": reconstruction, "kl": kl, "active_units": active}
        return Step(reconstruction + self.weight * kl, output, batch.y, notes)

    def measure(self, split: str, batch: Batch) -> None:
        """Add a batch to the metrics of a split: the objective with the noise of this split, outputs of mean codes."""
        x: Tensor = self.net.adapter(batch.x, batch.mask)  # type: ignore[operator]
        mean, log_variance = self.variational.posterior(x)
        step = self.objective(batch, x, mean, log_variance, self.evaluation_noise.like(mean))
        self.accumulators[split].add(step._replace(output=self.variational.reconstruct(mean, x)), batch.mask)

    def why_not_distributed(self) -> str | None:
        """Return why several processes cannot train the network together."""
        return "the noise of an evaluation depends on the place of an example in the whole split"

    def on_validation_epoch_start(self) -> None:
        """Reset the metrics and the noise."""
        super().on_validation_epoch_start()
        self.evaluation_noise = EvaluationNoise()

    def on_test_epoch_start(self) -> None:
        """Reset the metrics and the noise."""
        super().on_test_epoch_start()
        self.evaluation_noise = EvaluationNoise()


class EvaluationNoise:
    """Numbers from N(0, 1) that depend only on the position of an example in a split, not on the batches."""

    def __init__(self) -> None:
        self.generator = torch.Generator().manual_seed(EVALUATION_SEED)
        self.left: Tensor | None = None

    def like(self, values: Tensor) -> Tensor:
        """Return the noise of the next examples or steps, in the shape (*n, K) of `values`."""
        rows = values.flatten(0, -2)
        left = rows.new_empty(0, rows.shape[1], device="cpu") if self.left is None else self.left
        while len(left) < len(rows):
            left = torch.cat([left, torch.randn(NOISE_ROWS, rows.shape[1], generator=self.generator)])
        noise, self.left = left[: len(rows)], left[len(rows) :]
        return noise.to(values).view_as(values)


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return KL(N(mean, sigma^2) || N(0, 1)) in nats, summed over the K code units: (*n, K) -> (*n,). Eq. 4.18.

    It is 0 only for mean 0 and sigma 1. log_variance: the logarithm of sigma^2.
    """
    return (mean.square() + log_variance.exp() - log_variance - 1).sum(-1) / 2


def terms_per_example(loss: Loss, outputs: int) -> int:
    """Return the factor that makes a loss of D outputs the sum over them. Raises UserError for other losses."""
    if isinstance(loss, Squared):
        return outputs
    if not isinstance(loss, BinaryCrossEntropy):
        raise UserError(f"task 'variational' takes loss=squared or loss=bce, not {type(loss).__name__}")
    if loss.outputs == "mean":
        raise UserError("loss.outputs=mean has no effect: task 'variational' sums over the outputs; leave it out")
    return 1
