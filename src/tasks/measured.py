"""The figures of one split in one epoch, measured many steps at a time."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..spec import Batch
from .metrics import Mode, Sums


class Kept(NamedTuple):
    """What measuring needs of a batch; its inputs can go."""

    loss: Tensor
    output: Tensor
    target: Tensor
    mask: Tensor | None
    places: int

    @property
    def weight(self) -> int:
        """How many examples or steps the mean loss is over."""
        return self.places if self.mask is None else int(self.mask.sum())


class Measured:
    """The figures of one split in one epoch: the mean loss, a task's sums, further metrics.

    Losses and outputs are kept until `flush`, so that tiny steps are measured together.
    """

    def __init__(self, sums: Sums, extra: dict[str, Any], per_step: bool) -> None:
        self.sums = sums
        self.extra = extra
        self.per_step = per_step
        for metric in extra.values():
            metric.persistent(True)
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.loss = 0.0
        self.weight = 0.0
        self.sums.reset()
        for metric in self.extra.values():
            metric.reset()
        self.kept: list[Kept] = []

    @property
    def modes(self) -> dict[str, Mode | None]:
        """All figures by name, the loss first: whether lower or higher is better, None where a metric does not say."""
        extra = {name: mode_of(metric) for name, metric in self.extra.items()}
        return {"loss": "min", **self.sums.modes, **extra}

    def keep(self, loss: Tensor, output: Tensor, batch: Batch) -> None:
        """Remember a batch until `flush`; where one target stands for all steps, none of them is left out."""
        places = batch.y.shape[:2].numel() if self.per_step else len(batch.y)
        self.kept.append(Kept(loss, output, batch.y, batch.mask if self.per_step else None, places))

    def flush(self, decide: Callable[[Tensor], Tensor], actual: Callable[[Tensor], Tensor]) -> float | None:
        """Measure what was kept; return the first loss that is not finite, else None.

        decide: from outputs to predictions; actual: from the targets of batches to what predictions are compared with.
        """
        if not self.kept:
            return None
        kept, self.kept = self.kept, []
        losses = torch.stack([each.loss for each in kept]).tolist()
        weights = [each.weight for each in kept]
        for loss, n in zip(losses, weights, strict=True):  # in turn: the sum does not depend on what was kept together
            self.loss += loss * n
        self.weight += sum(weights)
        decidable = [each for each in kept if each.output.numel()]  # some tasks compute no outputs in training
        for output, target, mask in joined(decidable):
            decision, target = decide(output), actual(target)
            self.sums.update(decision, target, mask)
            for metric in self.extra.values():
                metric.to(decision.device)
                said, true = (decision, target) if mask is None else (decision[mask], target[mask])
                metric.update(said.contiguous(), true.contiguous())  # windows of a series are views; some reshape them
        return next((loss for loss in losses if not math.isfinite(loss)), None)

    def compute(self) -> dict[str, float]:
        """Return all figures by name, the loss first."""
        extra = {name: float(metric.compute()) for name, metric in self.extra.items()}
        loss = self.loss / self.weight
        return {"loss": loss, **self.sums.compute(loss), **extra}

    def state_dict(self) -> dict[str, Any]:
        """Return the sums so far."""
        extra = {name: metric.state_dict() for name, metric in self.extra.items()}
        return {"loss": self.loss, "weight": self.weight, "sums": self.sums.state(), "extra": extra}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from sums."""
        self.loss, self.weight = state["loss"], state["weight"]
        self.sums.load_state(state["sums"])
        for name, metric in self.extra.items():
            metric.load_state_dict(state["extra"][name])


def mode_of(metric: Any) -> Mode | None:
    """Return whether lower or higher is better by a metric's `higher_is_better`, None where it does not say."""
    higher = getattr(metric, "higher_is_better", None)
    return None if higher is None else "max" if higher else "min"


def joined(kept: list[Kept]) -> list[tuple[Tensor, Tensor, Tensor | None]]:
    """Return outputs, targets and masks, put together as far as their shapes allow."""
    if len(kept) > 1 and len({each.output.shape[1:] for each in kept}) == 1:
        masks = [each.mask for each in kept if each.mask is not None]
        output, target = torch.cat([each.output for each in kept]), torch.cat([each.target for each in kept])
        return [(output, target, torch.cat(masks) if masks else None)]
    return [(each.output, each.target, each.mask) for each in kept]
