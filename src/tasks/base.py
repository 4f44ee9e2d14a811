"""The gradient task: a network, a loss, optimizers and metrics."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import ClassVar, get_args

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.utils.hooks import RemovableHandle

from ..card import TargetKind
from ..errors import UserError
from ..layers.projection import Projected
from ..losses.base import LossWithDerivative, masked_mean
from ..spec import Batch, BatchKind
from .clipping import GradientClipping
from .components import Components
from .engines.blocks import BlockSteps, block_steps_of
from .engines.choice import chain_of, is_known
from .engines.direct import DirectSteps
from .heads import default_head
from .loop import TrainingLoop
from .metrics.accumulator import MetricAccumulator
from .metrics.base import Mode
from .penalties.collection import Penalties
from .step import Step, detached


class Task(TrainingLoop):
    """Train a network by gradient steps on a loss; subclasses change weights in other ways.

    targets: the supported kinds of target; takes: the supported kinds of batches; note_modes: the metrics that a step
    returns in its notes, by name, with "min" where lower is better, "max" where higher is better, None otherwise;
    reports_penalties: whether the penalties are training metrics, which add up with the loss to what is minimized.
    """

    targets: ClassVar[tuple[str, ...]] = tuple(kind for kind in get_args(TargetKind) if kind != "none")
    takes: ClassVar[tuple[BatchKind, ...]] = ("examples", "contiguous")
    note_modes: Mapping[str, Mode | None] = {}
    reports_penalties: ClassVar[bool] = True

    def __init__(self, *, components: Components) -> None:
        super().__init__(components=components)
        self.net = components.net
        self.loss = components.loss
        self.clip = GradientClipping(self.net, bound=components.clip_value, algorithm=components.clip_algorithm)
        self.engine = components.engine
        self._blocks: tuple[Optimizer, BlockSteps | None] | None = None  # of an optimizer
        self.compute_step = torch.compile(self.compute) if components.compiled else self.compute
        self.head = components.head or default_head(self.spec.target)(spec=self.spec, loss=self.loss)
        self.penalties = Penalties(components.penalties)
        self.penalties.bind(self.net, self.spec)
        self.hooks: list[RemovableHandle] = []  # of the penalties, while the network is trained
        self.accumulators = {
            split: MetricAccumulator(
                self.head.metrics(),
                {name: metric.clone() for name, metric in components.metrics.items()},
                self.training_notes if split == "train" else self.note_modes,
                self.spec.per_step,
            )
            for split in ("train", "val", "test")
        }
        self.after_step += [
            layer.project_weights
            for layer in self.net.modules()
            if isinstance(layer, Projected) and any(p.requires_grad for p in layer.parameters())
        ]

    def check_engine(self, device: str) -> None:
        """Raise UserError if `trainer.engine` does not apply. device: on which the network is trained, such as cpu."""
        if self.engine == "direct":
            if device != "cpu":
                raise UserError(f"trainer.engine=direct is for the CPU, and the device is {device}; use engine=auto")
            _ = self._direct

    def check_batch(self, size: int, batch_size: int) -> None:
        """Raise UserError if full batches of `size` examples are too small; batch_size: the configured batch size."""

    def check_cost(self, rows: int) -> None:
        """Raise UserError if training on this many examples or steps needs more memory than there is."""

    # One step

    def compute(self, batch: Batch) -> Step:
        """Return the mean loss of a batch and the raw outputs, see `Head.step`."""
        return self.head.step(self.outputs(batch), batch)

    def outputs(self, batch: Batch) -> Tensor:
        """Return the raw outputs; segments continue from the last state."""
        if self.head.teacher_forcing:
            return self.net(batch.x, batch.mask, batch.y)
        if batch.is_continuation is None:
            return self.net(batch.x, batch.mask)
        output, state = self.net.run(batch.x, batch.mask, self.state if batch.is_continuation else None)  # type: ignore
        self.state = detached(state)
        return output

    def training_loss(self, batch: Batch) -> tuple[Tensor, Step]:
        """Return the quantity to minimize, the loss plus the penalties, and the step."""
        self.penalties.reset()
        total, step = self.unpenalized_loss(batch)
        if not self.penalties:
            return total, step
        terms = self.penalties.terms(batch)
        return total + sum(terms.values()), step._replace(notes={**step.notes, **terms})

    def unpenalized_loss(self, batch: Batch) -> tuple[Tensor, Step]:
        """Return the quantity to minimize without the penalties, by default the loss, and the step."""
        step = self.compute_step(batch)
        return step.loss, step

    def gradient(self, batch: Batch, share: float = 1.0) -> Step:
        """Add the gradient of the training loss to that of the parameters; return the detached step.

        share: factor of the loss, the part of the examples of a step that the batch has.
        """
        total, step = self.training_loss(batch)
        (total if share == 1.0 else total * share).backward()
        return step.detached()

    @property
    def direct(self) -> DirectSteps | None:
        """What takes the steps without autograd, None if it does not apply or is not wanted, see `trainer.engine`.

        Only on the CPU: on a GPU, dropout would draw other numbers than with autograd. Raises UserError if it is wanted
        and does not apply.
        """
        return self._direct if self.device.type == "cpu" else None

    @cached_property
    def _direct(self) -> DirectSteps | None:
        """See `direct`."""
        if self.engine == "autograd" or (self.engine == "auto" and not is_known(self.net)):
            return None
        chain = chain_of(self)
        if not isinstance(chain, str):
            adapter = getattr(self.net, "adapter", None)
            return DirectSteps(
                chain, adapter=adapter, derivative=self.output_derivative, penalties=self.penalties, clip=self.clip
            )
        if self.engine == "direct":
            raise UserError(f"trainer.engine=direct: {chain}; use trainer.engine=auto")
        return None

    def block_steps(self, optimizers: Sequence[Optimizer]) -> BlockSteps | None:
        """Return what takes many steps at once, None if the steps need to be taken one by one."""
        if self.engine == "autograd" or self.ranks is not None or len(optimizers) != 1 or self.after_step:
            return None
        if self._blocks is None or self._blocks[0] is not optimizers[0]:
            self._blocks = (optimizers[0], block_steps_of(self, optimizers[0]))
        return self._blocks[1]

    def output_derivative(self, output: Tensor, batch: Batch, share: float = 1.0) -> tuple[Tensor, Tensor]:
        """Return the loss of `head.step`, and the derivative of what `gradient` minimizes by the raw outputs."""
        assert isinstance(self.loss, LossWithDerivative)
        losses, slope = self.loss.with_derivative(output, batch.y)
        if batch.mask is None or not self.spec.per_step:
            return losses.mean(), slope.mul_(share / losses.numel())
        return masked_mean(losses, batch.mask), slope.mul_((batch.mask * (share / batch.mask.sum())).unsqueeze(-1))

    def groups(self) -> list[list[torch.nn.Parameter]]:
        """Return the parameters of each optimizer; by default one optimizer has all trainable parameters."""
        parameters = [p for p in self.net.parameters() if p.requires_grad]
        return [parameters] if parameters else []

    def update(self, batch: Batch, *optimizers: Optimizer) -> Step:
        """Take one step with the optimizer of each group; return the loss and outputs before the step."""
        (optimizer,) = optimizers
        if self.direct is not None:
            return self.direct.update(batch, optimizer)
        optimizer.zero_grad()
        step = self.gradient(batch)
        self.clip()
        optimizer.step()
        return step

    def accumulate(self, batches: Sequence[Batch], *optimizers: Optimizer) -> list[Step]:
        """Take one step with the gradient on several batches together; return the steps of the batches before it.

        The gradient is that of one batch with all their examples: of the mean over all examples, real steps or known
        entries.
        """
        (optimizer,) = optimizers
        counts = [self.head.count(batch) for batch in batches]
        shares = [n / sum(counts) for n in counts]
        if self.direct is not None:
            return self.direct.accumulate(zip(batches, shares, strict=True), optimizer)
        optimizer.zero_grad()
        steps = [self.gradient(batch, share) for batch, share in zip(batches, shares, strict=True)]
        self.clip()
        optimizer.step()
        return steps

    def why_not_frozen(self) -> str | None:
        """Return why frozen parameters could change, or None if they cannot."""
        return None

    def why_not_accumulated(self) -> str | None:
        """Return why a step cannot use several batches, or None if it can."""
        return None

    def why_not_captured(self) -> str | None:
        """Return why a step cannot be replayed as a CUDA graph, or None if it can."""
        return None if type(self).update is Task.update else f"{type(self).__name__} has steps of its own"

    def update_together(self, parts: Sequence[Batch | None], total: int, *optimizers: Optimizer) -> list[Step]:
        """See `TrainingLoop`. The gradient is that of the mean over the examples of all parts of all processes."""
        assert self.ranks is not None
        (optimizer,) = optimizers
        optimizer.zero_grad()
        steps = [self.gradient(part, self.count(part) / total) for part in parts if part is not None]
        self.ranks.sum_gradients(p for group in self.groups() for p in group)
        self.clip()
        optimizer.step()
        return steps

    def count(self, batch: Batch) -> int:
        """Return the number of examples, real steps or known entries in the mean loss of a batch."""
        return self.head.count(batch)

    def why_not_distributed(self) -> str | None:
        """Return why several processes cannot train the network together, or None if they can."""
        if self.clip.bound is not None and self.clip.algorithm == "temporal":
            return "trainer.gradient_clip_algorithm=temporal clips in the backward pass of each part of a batch"
        return self.why_not_accumulated()

    # Evaluation

    def measure(self, split: str, batch: Batch) -> None:
        """Add a batch to the metrics of a split."""
        step = self.compute(batch)
        if self.head.teacher_forcing:  # the predictions must not depend on the target
            step = step._replace(output=self.net(batch.x, batch.mask)[:, : batch.y.shape[1]])
        self.accumulators[split].add(step, batch.mask)

    def predictions(self, output: Tensor) -> Tensor:
        """Return the predictions for the outputs of a step, by default those of the head."""
        return self.head.predict(output)

    def actual(self, target: Tensor) -> Tensor:
        """Return the targets of a batch in the form of predictions."""
        return self.head.actual(target)

    # Penalties

    def setup(self, stage: str) -> None:
        """Register the hooks of the penalties for training."""
        if stage == "fit":
            self.hooks = self.penalties.register_hooks()

    def teardown(self, stage: str) -> None:
        """Remove the hooks."""
        for hook in self.hooks:
            hook.remove()
        self.penalties.reset()
        super().teardown(stage)

    @property
    def training_notes(self) -> dict[str, Mode | None]:
        """The notes of a training step, with the penalties, and their modes."""
        return {**self.note_modes, **dict.fromkeys(self.penalties.metrics if self.reports_penalties else ())}

    @property
    def loss_parts(self) -> dict[str, float]:
        """The training metrics whose weighted sum is the quantity to minimize, with their weights.

        Empty if it is the loss alone, or if it is no sum of metrics.
        """
        reported = self.penalties.metrics if self.reports_penalties else ()
        return dict.fromkeys(("loss", *reported), 1.0) if reported else {}
