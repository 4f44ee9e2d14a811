"""The metrics of one split in one epoch, updated for many steps at a time."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...errors import UserError, reason_of
from ..step import Step
from .base import Metrics, Mode


class BufferedStep(NamedTuple):
    """A step that is not yet in the metrics, without the inputs of its batch.

    size: number of examples, or of steps with padding.
    """

    step: Step
    mask: Tensor | None
    size: int

    @property
    def weight(self) -> int | Tensor:
        """Number of examples, real steps or known entries in the mean loss."""
        if self.step.counts is not None:
            return self.step.counts.sum()
        return self.size if self.mask is None else self.mask.sum()


class MetricAccumulator:
    """The metrics of one split in one epoch: mean loss, metrics of the head, means of notes, additional metrics.

    Losses and outputs are buffered until `flush`, so that the metrics are updated for many small steps together.
    metrics: of the head; extra: additional metrics by name; note_modes: names and modes of notes; per_step: every step
    has a target.
    """

    def __init__(
        self, metrics: Metrics, extra: dict[str, Any], note_modes: Mapping[str, Mode | None], per_step: bool
    ) -> None:
        self.metrics = metrics
        self.extra = extra
        self.note_modes = note_modes
        self.per_step = per_step
        for metric in extra.values():
            metric.persistent(True)
        self.reset()

    def reset(self) -> None:
        """Reset all metrics."""
        self.loss = 0.0
        self.weight = 0.0
        self.notes = dict.fromkeys(self.note_modes, 0.0)
        self.metrics.reset()
        for metric in self.extra.values():
            metric.reset()
        self.buffer: list[BufferedStep] = []
        self.buffered = 0  # outputs in the buffer

    @property
    def modes(self) -> dict[str, Mode | None]:
        """All metrics by name, the loss first, with "min", "max", or None if a metric does not define it."""
        extra = {name: mode_of(metric) for name, metric in self.extra.items()}
        return {"loss": "min", **self.metrics.modes, **self.note_modes, **extra}

    def add(self, step: Step, mask: Tensor | None) -> None:
        """Buffer a step until `flush`; mask: True at real steps, which is ignored if a sequence has one target."""
        size = step.target.shape[:2].numel() if self.per_step else len(step.target)
        self.buffer.append(BufferedStep(step, mask if self.per_step else None, size))
        self.buffered += step.output.numel()

    @property
    def is_full(self) -> bool:
        """Whether so many outputs are buffered that they should be flushed."""
        return self.buffered > MAX_BUFFERED

    def flush(self, predict: Callable[[Tensor], Tensor], actual: Callable[[Tensor], Tensor]) -> float | None:
        """Update the metrics with the buffered steps; return the first loss that is not finite, or None.

        predict: a function from outputs to predictions; actual: a function from targets to the form of predictions.
        """
        if not self.buffer:
            return None
        steps, self.buffer, self.buffered = self.buffer, [], 0
        weights: list[Any] = [each.weight for each in steps]
        columns = [[each.step.loss for each in steps]]
        columns += [[each.step.notes[name] for each in steps] for name in self.note_modes]
        if isinstance(weights[0], Tensor):
            columns.append(weights)
        losses, *found = read(columns)
        weights = found.pop() if isinstance(weights[0], Tensor) else weights
        self.add_sums(losses, weights, dict(zip(self.note_modes, found, strict=True)))
        self._update([each for each in steps if each.step.output.numel()], predict, actual)  # some compute none
        return first_not_finite(losses)

    def add_block(
        self, step: Step, sizes: list[int], predict: Callable[[Tensor], Tensor], actual: Callable[[Tensor], Tensor]
    ) -> float | None:
        """Update the metrics with several steps, whose losses are a vector, at once; see `flush`.

        sizes: number of examples of each step, which have one target each.
        """
        losses = step.loss.tolist()
        self.add_sums(losses, sizes, {})
        self._update([BufferedStep(step, None, len(step.target))], predict, actual)
        return first_not_finite(losses)

    def add_sums(self, losses: Sequence[float], weights: Sequence[float], notes: Mapping[str, Sequence[float]]) -> None:
        """Add the losses and notes of steps. weights: number of examples, real steps or known entries of each."""
        for loss, n in zip(losses, weights, strict=True):  # one by one, so that the sum does not depend on buffering
            self.loss += loss * n
        self.weight += sum(weights)
        for name, values in notes.items():
            self.notes[name] += sum(value * n for value, n in zip(values, weights, strict=True))

    def _update(
        self, steps: list[BufferedStep], predict: Callable[[Tensor], Tensor], actual: Callable[[Tensor], Tensor]
    ) -> None:
        """Update the metrics of outputs."""
        for output, target, mask, counts in concatenate_steps(steps):
            prediction, target = predict(output), actual(target)
            if counts is not None and self.metrics.of_sequences:
                mask = counts
            elif counts is not None:  # the known entries, as a single output
                prediction, target = prediction[counts].unsqueeze(-1), target[counts].unsqueeze(-1)
            self.metrics.update(prediction, target, mask)
            self.update_extra(prediction, target, mask)

    def update_extra(self, prediction: Tensor, target: Tensor, mask: Tensor | None) -> None:
        """Add predictions to the additional metrics."""
        for name, metric in self.extra.items():
            metric.to(prediction.device)
            predicted, true = (prediction, target) if mask is None else (prediction[mask], target[mask])
            with one_line_error(name, f"predictions {list(predicted.shape)} and targets {list(true.shape)}"):
                metric.update(predicted.contiguous(), true.contiguous())  # some metrics reshape, which fails for views

    def compute(self) -> dict[str, float]:
        """Return all metrics by name, the loss first."""
        extra = {name: value_of(name, metric) for name, metric in self.extra.items()}
        loss = self.loss / self.weight
        notes = {name: value / self.weight for name, value in self.notes.items()}
        metrics = {name: float(value) for name, value in self.metrics.compute(loss).items()}  # some sums are integers
        return {"loss": loss, **metrics, **notes, **extra}

    def sums(self) -> dict[str, Any]:
        """Return the sums so far, without those of the additional metrics."""
        return {"loss": self.loss, "weight": self.weight, "notes": dict(self.notes), "sums": self.metrics.state()}

    def combined(self, sums: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Return the sums of several processes together."""
        return {
            "loss": sum(each["loss"] for each in sums),
            "weight": sum(each["weight"] for each in sums),
            "notes": {name: sum(each["notes"][name] for each in sums) for name in self.note_modes},
            "sums": self.metrics.combined([each["sums"] for each in sums if each["sums"]]),
        }

    def compute_together(self, sums: Sequence[dict[str, Any]]) -> dict[str, float]:
        """Return all metrics of several processes; additional metrics communicate by themselves."""
        own = self.sums()
        self.load_sums(self.combined(sums))
        found = self.compute()
        self.load_sums(own)
        return found

    def load_sums(self, sums: dict[str, Any]) -> None:
        """Set the sums, without those of the additional metrics."""
        self.loss, self.weight = sums["loss"], sums["weight"]
        self.notes |= sums.get("notes", {})  # early checkpoints have no notes, or fewer
        self.metrics.load_state(sums["sums"])

    def state_dict(self) -> dict[str, Any]:
        """Return the sums so far for a checkpoint, of additional metrics those of all processes."""
        extra = {}
        for name, metric in self.extra.items():
            with metric.sync_context():
                extra[name] = metric.state_dict()
        return {**self.sums(), "extra": extra}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the sums."""
        self.load_sums(state)
        for name, metric in self.extra.items():
            metric.load_state_dict(state["extra"][name])


def first_not_finite(losses: Sequence[float]) -> float | None:
    """Return the first loss that is not finite, or None."""
    return next((loss for loss in losses if not math.isfinite(loss)), None)


def value_of(name: str, metric: Any) -> float:
    """Return the value of an additional metric. Raises UserError if it fails, or is not one number."""
    with one_line_error(name, "the predictions and targets of an epoch"):
        return one_number(metric.compute())


def one_number(value: Any) -> float:
    """Return the value of a metric as a float. Raises ValueError for anything but one number."""
    shape = getattr(value, "shape", ())
    if isinstance(value, Real | np.generic | np.ndarray | Tensor) and math.prod(shape) == 1:
        return float(value if isinstance(value, Real) else value.item())
    kind = f"{type(value).__name__} {list(shape)}" if shape else type(value).__name__
    raise ValueError(f"it returns a {kind}, not one number")


@contextmanager
def one_line_error(name: str, values: str) -> Iterator[None]:
    """Raise UserError if an additional metric fails. values: what it fails for."""
    try:
        yield
    except Exception as error:
        raise UserError(f"metric '{name}' fails for {values}: {reason_of(error)}") from error


def mode_of(metric: Any) -> Mode | None:
    """Return "min" or "max" by the `higher_is_better` of a metric, or None if it is not defined."""
    higher = getattr(metric, "higher_is_better", None)
    return None if higher is None else "max" if higher else "min"


def read(columns: Sequence[Sequence[Tensor]]) -> list[list[float]]:
    """Return the numbers of columns of scalars; work of a GPU is waited for once, not for each number."""
    stacked = [torch.stack(list(column)) for column in columns]
    if not stacked[0].is_cuda:
        return [column.tolist() for column in stacked]
    numbers = iter(torch.cat([column.double() for column in stacked]).tolist())
    return [[next(numbers) for _ in column] for column in columns]


MAX_BUFFERED = 1 << 18  # outputs that are buffered before the metrics are updated
LARGE = 1 << 15  # numbers in the outputs of a step, whose copies take longer than separate updates


def concatenate_steps(steps: list[BufferedStep]) -> list[tuple[Tensor, Tensor, Tensor | None, Tensor | None]]:
    """Return outputs, targets, masks and known entries, concatenated if they are small and their shapes allow it."""
    small = all(each.step.output.numel() < LARGE for each in steps)
    if small and len(steps) > 1 and len({each.step.output.shape[1:] for each in steps}) == 1:
        masks = [each.mask for each in steps if each.mask is not None]
        counts = [each.step.counts for each in steps if each.step.counts is not None]
        output, target = (torch.cat([getattr(each.step, which) for each in steps]) for which in ("output", "target"))
        return [(output, target, torch.cat(masks) if masks else None, torch.cat(counts) if counts else None)]
    return [(each.step.output, each.step.target, each.mask, each.step.counts) for each in steps]
