"""The metrics of several members, updated for many steps of all of them at a time.

Shapes: M members, S buffered steps, B examples of a batch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.func import vmap

from ...tasks.base import Task
from ...tasks.metrics.accumulator import MetricAccumulator, first_not_finite
from ...tasks.metrics.base import Metrics
from .gradient import StackedStep

MAX_BUFFERED = 1 << 20  # outputs that are buffered before the metrics are updated


class StackedMetrics:
    """Buffers steps of M members and adds them to the accumulators of their tasks for one split."""

    def __init__(self, tasks: Sequence[Task], split: str) -> None:
        self.tasks = list(tasks)
        self.accumulators: list[MetricAccumulator] = [task.accumulators[split] for task in tasks]
        self.clear()

    def clear(self) -> None:
        """Drop the buffered steps."""
        self.buffer: list[tuple[StackedStep, Tensor | None]] = []
        self.buffered = 0

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
        losses = torch.stack([step.loss for step, _ in steps], 1).tolist()
        weights = [self.weights(step, mask) for step, mask in steps]
        names = self.accumulators[0].note_modes
        notes = {name: torch.stack([step.notes[name] for step, _ in steps], 1).tolist() for name in names}
        for row, accumulator in enumerate(self.accumulators):
            accumulator.add_sums(losses[row], [each[row] for each in weights], {n: notes[n][row] for n in names})
        for output, target, mask in concatenated(steps):
            self.update(output, target, mask)
        return [first_not_finite(each) for each in losses]

    def weights(self, step: StackedStep, mask: Tensor | None) -> list[int]:
        """Return the number of examples or real steps of each member."""
        if mask is not None:
            return list(mask.flatten(1).sum(1).tolist())
        size = step.target.shape[1:3].numel() if self.accumulators[0].per_step else step.target.shape[1]
        return [size] * len(self.tasks)

    def terms(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> Tensor:
        """Return the terms of the metrics of one member."""
        return torch.stack(self.accumulators[0].metrics.terms(prediction, target, mask))

    def update(self, output: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add outputs (M, S * B, ...) to the metrics of each member."""
        task = self.tasks[0]
        prediction, target = task.predictions(output), task.actual(target)
        summed = type(self.accumulators[0].metrics).update is Metrics.update
        if summed and self.accumulators[0].metrics.modes:
            axes = (0, 0, None if mask is None else 0)
            terms = vmap(self.terms, in_dims=axes)(prediction, target, mask)
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
