"""Adversarial training of a generator and a discriminator.

Shapes: B real points, m real points in a step of the discriminator, F features of a point, Z noise dimensions.
"""

from collections.abc import Mapping
from typing import ClassVar, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ...errors import UserError
from ...layers.protocols import fits
from ...losses.adversarial.base import AdversarialLoss
from ...spec import Batch, BatchKind
from ..base import Task
from ..components import Components
from ..metrics.accumulator import MetricAccumulator
from ..metrics.base import Mode
from ..step import Step

EVALUATION_SEED = 0  # seed of the noise in validation and test


class Adversaries(Protocol):
    """A network with a generator, noise (B, Z) -> points (B, F), and a discriminator, points -> logits (B, 1)."""

    noise: int
    generator: nn.Module
    discriminator: nn.Module


class Adversarial(Task):
    """Train a generator and a discriminator alternately, each with its own optimizer. Aggarwal 10.4.1.

    An update first takes `discriminator_steps` steps of the discriminator, which divide the batch: each uses m real
    and m generated points, with m = loader.batch_size / discriminator_steps. Then it takes one step of the generator on
    m generated points, with the updated discriminator. Penalties are added to both losses.
    lr_ratio: learning rate of the discriminator divided by that of the generator; the latter is optimizer.lr (Heusel et
    al. 2017, two time-scale update rule).
    The reported loss is the sum of both losses; it is only useful to detect divergence.
    Raises UserError for settings out of range, and for an unsuitable network or loss.
    """

    targets: ClassVar[tuple[str, ...]] = ("none",)
    takes: ClassVar[tuple[BatchKind, ...]] = ("examples",)
    ignores: ClassVar[frozenset[str]] = frozenset({"trainer.compile"})
    reports_penalties: ClassVar[bool] = False  # each network minimizes a loss of its own
    note_modes: Mapping[str, Mode | None] = {
        "generator_loss": None,
        "discriminator_loss": None,
        "accuracy_on_real": None,
        "accuracy_on_generated": None,
    }
    loss: AdversarialLoss

    def __init__(self, *, components: Components, discriminator_steps: int = 1, lr_ratio: float = 4.0) -> None:
        if discriminator_steps < 1:
            raise UserError(f"task.discriminator_steps is {discriminator_steps}; it must be at least 1")
        if not 0 < lr_ratio < float("inf"):
            raise UserError(f"task.lr_ratio is {lr_ratio}; it must be above 0 and finite")
        if not isinstance(components.loss, AdversarialLoss):
            raise UserError("task 'adversarial' needs an adversarial loss: loss=non_saturating or loss=minimax")
        model = components.net.model
        if not fits(model, Adversaries):  # type: ignore[type-abstract]
            raise UserError(
                f"task 'adversarial' needs a network with a generator and a discriminator, such as model=gan; "
                f"{type(model).__name__} has none"
            )
        super().__init__(components=components)
        self.discriminator_steps = discriminator_steps
        self.lr_ratio = lr_ratio
        self.accumulators["train"] = MetricAccumulator(self.head.metrics_of_loss(), {}, self.note_modes, per_step=False)
        self.evaluation_noise = torch.Generator()

    def check_batch(self, size: int, batch_size: int) -> None:
        """Raise UserError if a step of the discriminator would have no points; see `Task`."""
        if size < self.discriminator_steps:
            raise UserError(
                f"task.discriminator_steps is {self.discriminator_steps}, but a batch has only {size} examples "
                f"(loader.batch_size={batch_size}); it must be at most {size}"
            )

    @property
    def adversaries(self) -> Adversaries:
        """The network without adapters."""
        return self.net.model  # type: ignore[return-value]

    def groups(self) -> list[list[nn.Parameter]]:
        """Return the parameters of the generator and those of the discriminator."""
        parts = self.adversaries.generator, self.adversaries.discriminator
        return [[p for p in part.parameters() if p.requires_grad] for part in parts]

    def make_optimizers(self) -> list[Optimizer]:
        """Return both optimizers with their learning rates."""
        generator, discriminator = super().make_optimizers()
        for group in discriminator.param_groups:
            group["lr"] *= self.lr_ratio
        return [generator, discriminator]

    def points(self, batch: Batch) -> Tensor:
        """Return the real points of a batch in the form that the network takes, (B, F)."""
        points: Tensor = self.net.adapter(batch.x, batch.mask)  # type: ignore[operator]
        return points

    def noise(self, real: Tensor) -> Tensor:
        """Return noise for as many generated points as real ones, (B, Z)."""
        return torch.randn(len(real), self.adversaries.noise, dtype=real.dtype, device=real.device)

    def why_not_frozen(self) -> str | None:
        """Return why a whole network cannot be frozen."""
        return None if all(self.groups()) else "generator and discriminator both need a parameter to train"

    def why_not_accumulated(self) -> str | None:
        """Return why a step cannot use several batches."""
        return "adversarial training takes steps of two networks on every batch"

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take the steps of the discriminator, then one step of the generator; return the losses before each step."""
        generator, discriminator = optimizers
        real = self.points(batch)
        parts = [part for part in real.tensor_split(self.discriminator_steps) if len(part)]
        steps = [self.train_discriminator(part, discriminator) for part in parts]
        shares = real.new_tensor([len(part) / len(real) for part in parts])
        notes = {name: shares @ torch.stack([step[name].detach().to(real) for step in steps]) for name in steps[0]}
        notes |= self.train_generator(parts[0], generator)
        loss = notes["generator_loss"] + notes["discriminator_loss"]
        return Step(loss, real.new_empty(0), real, notes).detached()

    def train_discriminator(self, real: Tensor, optimizer: Optimizer) -> dict[str, Tensor]:
        """Take a step on real points and equally many generated ones; return its notes."""
        with torch.no_grad():
            generated = self.adversaries.generator(self.noise(real))
        self.penalties.reset()  # this step does not train the generator
        output = self.adversaries.discriminator(torch.cat([real, generated]))
        notes = self.discriminator_notes(*output.split(len(real)))
        self.descend(notes["discriminator_loss"], real, optimizer)
        return notes

    def train_generator(self, real: Tensor, optimizer: Optimizer) -> dict[str, Tensor]:
        """Take a step on as many generated points as real ones; return its notes."""
        output = self.adversaries.discriminator(self.adversaries.generator(self.noise(real)))
        loss = self.loss.generator(output).mean()
        self.descend(loss, real, optimizer)
        return {"generator_loss": loss}

    def descend(self, loss: Tensor, real: Tensor, optimizer: Optimizer) -> None:
        """Take a step of an optimizer, without changing the gradients of other parameters."""
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        optimizer.zero_grad()
        (loss + sum(self.penalties.terms(Batch(real, real)).values())).backward(inputs=parameters)
        self.clip(parameters)
        optimizer.step()

    def discriminator_notes(self, on_real: Tensor, on_generated: Tensor) -> dict[str, Tensor]:
        """Return loss and accuracies of the discriminator from outputs for real and generated points, (m, 1) each."""
        real = self.loss(on_real, torch.ones_like(on_real[:, 0]))
        generated = self.loss(on_generated, torch.zeros_like(on_generated[:, 0]))
        return {
            "discriminator_loss": real.mean() + generated.mean(),
            "accuracy_on_real": (on_real > 0).float().mean(),
            "accuracy_on_generated": (on_generated <= 0).float().mean(),
        }

    def compute(self, batch: Batch) -> Step:
        """Return the losses on a batch of real points and equally many generated ones, and the generated points."""
        real = self.points(batch)
        return self.losses(real, self.noise(real))

    def losses(self, real: Tensor, noise: Tensor) -> Step:
        """Return the losses on real points and on points generated from noise (B, Z), and the generated points."""
        generated = self.adversaries.generator(noise)
        on_generated = self.adversaries.discriminator(generated)
        notes = self.discriminator_notes(self.adversaries.discriminator(real), on_generated)
        notes["generator_loss"] = self.loss.generator(on_generated).mean()
        return Step(notes["generator_loss"] + notes["discriminator_loss"], generated, real, notes)

    def predictions(self, output: Tensor) -> Tensor:
        """Return the generated points unchanged."""
        return output

    def measure(self, split: str, batch: Batch) -> None:
        """Add a batch to the metrics of a split; the noise is the same in every evaluation."""
        real = self.points(batch)
        noise = torch.randn(len(real), self.adversaries.noise, generator=self.evaluation_noise)
        self.accumulators[split].add(self.losses(real, noise.to(real)), None)
        self.flush(split)  # the distance is that of one batch

    def on_validation_epoch_start(self) -> None:
        """Reset the metrics."""
        super().on_validation_epoch_start()
        self.evaluation_noise.manual_seed(EVALUATION_SEED)

    def on_test_epoch_start(self) -> None:
        """Reset the metrics."""
        super().on_test_epoch_start()
        self.evaluation_noise.manual_seed(EVALUATION_SEED)
