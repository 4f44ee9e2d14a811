"""The metrics of several members, updated for many steps of all of them at a time.

Shapes: M members, S buffered steps, B examples of a batch.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...tasks.base import Task
from ...tasks.metrics.accumulator import MetricAccumulator, first_not_finite
from ...tasks.metrics.base import Metrics
from .gradient import StackedStep

MAX_BUFFERED = 1 << 20  # outputs that are buffered before the metrics are updated


class StackedMetrics:
    """Buffers steps of M members and adds them to the metrics of their tasks for one split.

    Where the metrics are sums, those of all members are kept here, and `store` writes them into the accumulators.
    """

    def __init__(self, tasks: Sequence[Task], split: str) -> None:
        self.tasks = list(tasks)
        self.accumulators: list[MetricAccumulator] = [task.accumulators[split] for task in tasks]
        first = self.accumulators[0]
        kind = type(first.metrics)
        summed = kind.update is Metrics.update and kind.compute is Metrics.compute
        self.together = summed and not first.extra and not first.note_modes
        units = {(task.spec.target_mean, task.spec.target_scale) for task in tasks}
        self.same_units = len(units) == 1  # else each member has standardized the targets of its own training set
        self.buffer: list[tuple[StackedStep, Tensor | None]] = []
        self.buffered = 0
        self.losses = np.array([each.loss for each in self.accumulators])
        self.examples = np.array([each.weight for each in self.accumulators])
        totals = [each.metrics.total for each in self.accumulators]
        self.totals = None if any(each is None for each in totals) else torch.stack(totals)  # type: ignore[arg-type]

    def reset(self) -> None:
        """Reset the metrics."""
        if not self.together:
            for accumulator in self.accumulators:
                accumulator.reset()
        self.losses, self.examples = np.zeros(len(self.tasks)), np.zeros(len(self.tasks))
        self.totals = None

    def store(self, row: int) -> None:
        """Write the sums of a member into its accumulator."""
        if not self.together:
            return
        accumulator = self.accumulators[row]
        accumulator.loss, accumulator.weight = float(self.losses[row]), float(self.examples[row])
        accumulator.metrics.total = None if self.totals is None else self.totals[row].clone()

    def compute(self) -> list[dict[str, float]]:
        """Return the metrics of each member by name, the loss first."""
        if not self.together or self.totals is None:
            return [accumulator.compute() for accumulator in self.accumulators]
        from_sums = self.accumulators[0].metrics.from_sums
        return [
            {"loss": loss, **{name: float(value) for name, value in from_sums(*sums).items()}}
            for loss, sums in zip((self.losses / self.examples).tolist(), self.totals.tolist(), strict=True)
        ]

    def add(self, step: StackedStep, mask: Tensor | None) -> None:
        """Buffer a step; mask: (M, B, T), True at real steps. `flush` follows before too many are buffered."""
        self.buffer.append((step, mask if self.accumulators[0].per_step else None))
        self.buffered += step.output.numel()

    @property
    def full(self) -> bool:
        """Whether `flush` is due."""
        return self.buffered > MAX_BUFFERED

    def flush(self) -> list[float | None]:
        """Update the metrics with the buffered steps; return the first loss of each member that is not finite."""
        if not self.buffer:
            return [None] * len(self.tasks)
        steps, self.buffer, self.buffered = self.buffer, [], 0
        losses = torch.stack([step.loss for step, _ in steps], 1).cpu().double().numpy()
        weights = [self.weights(step, mask) for step, mask in steps]
        if self.together:
            for loss, weight in zip(losses.T, weights, strict=True):  # one by one, as for a single run
                self.losses += loss * weight
                self.examples += weight
        else:
            self.add_sums(losses.tolist(), weights, steps)
        for output, target, mask in concatenated(steps):
            self.update(output, target, mask)
        if np.isfinite(losses).all():
            return [None] * len(self.tasks)
        return [first_not_finite(each) for each in losses.tolist()]

    def add_sums(
        self,
        losses: list[list[float]],
        weights: "Sequence[NDArray[np.float64] | int]",
        steps: Sequence[tuple[StackedStep, Tensor | None]],
    ) -> None:
        """Add losses and notes of steps to the accumulators."""
        names = self.accumulators[0].note_modes
        notes = {name: torch.stack([step.notes[name] for step, _ in steps], 1).tolist() for name in names}
        by_member = np.stack([np.broadcast_to(each, len(self.tasks)) for each in weights], 1).tolist()
        for row, accumulator in enumerate(self.accumulators):
            accumulator.add_sums(losses[row], by_member[row], {n: notes[n][row] for n in names})

    def weights(self, step: StackedStep, mask: Tensor | None) -> "NDArray[np.float64] | int":
        """Return the number of examples or real steps, of each member if they differ."""
        if mask is not None:
            return mask.flatten(1).sum(1).cpu().double().numpy()
        return step.target.shape[1:3].numel() if self.accumulators[0].per_step else step.target.shape[1]

    def update(self, output: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add outputs (M, S * B, ...) to the metrics of each member."""
        task = self.tasks[0]
        if self.same_units:
            prediction, target = task.predictions(output), task.actual(target)
        else:
            prediction = torch.stack([each.predictions(row) for each, row in zip(self.tasks, output, strict=True)])
            target = torch.stack([each.actual(row) for each, row in zip(self.tasks, target, strict=True)])
        metrics = self.accumulators[0].metrics
        summed = type(metrics).update is Metrics.update
        if summed and metrics.modes:
            terms = metrics.member_terms(prediction, target, mask)
            if self.together:
                terms = terms.double() if terms.is_floating_point() else terms
                self.totals = terms if self.totals is None else self.totals + terms
                return
            for accumulator, each in zip(self.accumulators, terms, strict=True):
                accumulator.metrics.add(each)
        for row, accumulator in enumerate(self.accumulators):
            given = prediction[row], target[row], None if mask is None else mask[row]
            if not summed:
                accumulator.metrics.update(*given)
            accumulator.update_extra(*given)


def concatenated(steps: Sequence[tuple[StackedStep, Tensor | None]]) -> list[tuple[Tensor, Tensor, Tensor | None]]:
    """Return outputs, targets and masks of steps, as one if their shapes allow it."""
    parts = [(step.output, step.target, mask) for step, mask in steps if step.output.numel()]
    if len({(output.shape[2:], target.shape[2:]) for output, target, _ in parts}) != 1:
        return parts
    outputs, targets, masks = zip(*parts, strict=True)
    return [(torch.cat(outputs, 1), torch.cat(targets, 1), None if masks[0] is None else torch.cat(masks, 1))]
