"""The metrics of one split in one epoch, measured many steps at a time."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..step import Step
from .base import Metrics, Mode


class Buffered(NamedTuple):
    """A step that is to be measured; the inputs of its batch can go."""

    step: Step
    mask: Tensor | None
    places: int

    @property
    def weight(self) -> int:
        """How many examples, steps or known entries the mean loss is over."""
        if self.step.counts is not None:
            return int(self.step.counts.sum())
        return self.places if self.mask is None else int(self.mask.sum())


class MetricAccumulator:
    """The metrics of one split in one epoch: the mean loss, those of a head, means of what steps note, further ones.

    Losses and outputs are kept until `flush`, so that tiny steps are measured together.
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
        """Begin anew."""
        self.loss = 0.0
        self.weight = 0.0
        self.notes = dict.fromkeys(self.note_modes, 0.0)
        self.metrics.reset()
        for metric in self.extra.values():
            metric.reset()
        self.kept: list[Buffered] = []

    @property
    def modes(self) -> dict[str, Mode | None]:
        """All metrics by name, the loss first: whether lower or higher is better, None where a metric does not say."""
        extra = {name: mode_of(metric) for name, metric in self.extra.items()}
        return {"loss": "min", **self.metrics.modes, **self.note_modes, **extra}

    def keep(self, step: Step, mask: Tensor | None) -> None:
        """Remember a step until `flush`; where one target stands for all steps, none of them is left out."""
        places = step.target.shape[:2].numel() if self.per_step else len(step.target)
        self.kept.append(Buffered(step, mask if self.per_step else None, places))

    def flush(self, predict: Callable[[Tensor], Tensor], actual: Callable[[Tensor], Tensor]) -> float | None:
        """Measure what was kept; return the first loss that is not finite, else None.

        predict: from outputs to predictions; actual: from the targets of batches to what predictions are compared with.
        """
        if not self.kept:
            return None
        kept, self.kept = self.kept, []
        losses = torch.stack([each.step.loss for each in kept]).tolist()
        weights = [each.weight for each in kept]
        for loss, n in zip(losses, weights, strict=True):  # in turn: the sum does not depend on what was kept together
            self.loss += loss * n
        self.weight += sum(weights)
        for name in self.note_modes:
            values = torch.stack([each.step.notes[name] for each in kept]).tolist()
            self.notes[name] += sum(value * n for value, n in zip(values, weights, strict=True))
        with_output = [each for each in kept if each.step.output.numel()]  # some tasks compute none in training
        for output, target, mask, counts in joined(with_output):
            prediction, target = predict(output), actual(target)
            if counts is not None and self.metrics.of_sequences:
                mask = counts
            elif counts is not None:  # entries that are known, as one output
                prediction, target = prediction[counts].unsqueeze(-1), target[counts].unsqueeze(-1)
            self.metrics.update(prediction, target, mask)
            for metric in self.extra.values():
                metric.to(prediction.device)
                predicted, true = (prediction, target) if mask is None else (prediction[mask], target[mask])
                metric.update(predicted.contiguous(), true.contiguous())  # windows are views, which some reshape
        return next((loss for loss in losses if not math.isfinite(loss)), None)

    def compute(self) -> dict[str, float]:
        """Return all metrics by name, the loss first."""
        extra = {name: float(metric.compute()) for name, metric in self.extra.items()}
        loss = self.loss / self.weight
        notes = {name: value / self.weight for name, value in self.notes.items()}
        return {"loss": loss, **self.metrics.compute(loss), **notes, **extra}

    def state_dict(self) -> dict[str, Any]:
        """Return the sums so far."""
        extra = {name: metric.state_dict() for name, metric in self.extra.items()}
        return {
            "loss": self.loss,
            "weight": self.weight,
            "notes": self.notes,
            "sums": self.metrics.state(),
            "extra": extra,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from sums."""
        self.loss, self.weight = state["loss"], state["weight"]
        self.notes = state.get("notes", self.notes)  # early checkpoints have no notes
        self.metrics.load_state(state["sums"])
        for name, metric in self.extra.items():
            metric.load_state_dict(state["extra"][name])


def mode_of(metric: Any) -> Mode | None:
    """Return whether lower or higher is better by a metric's `higher_is_better`, None where it does not say."""
    higher = getattr(metric, "higher_is_better", None)
    return None if higher is None else "max" if higher else "min"


def joined(kept: list[Buffered]) -> list[tuple[Tensor, Tensor, Tensor | None, Tensor | None]]:
    """Return outputs, targets, masks and known entries, put together as far as their shapes allow."""
    if len(kept) > 1 and len({each.step.output.shape[1:] for each in kept}) == 1:
        masks = [each.mask for each in kept if each.mask is not None]
        counts = [each.step.counts for each in kept if each.step.counts is not None]
        output, target = (torch.cat([getattr(each.step, which) for each in kept]) for which in ("output", "target"))
        return [(output, target, torch.cat(masks) if masks else None, torch.cat(counts) if counts else None)]
    return [(each.step.output, each.step.target, each.mask, each.step.counts) for each in kept]
