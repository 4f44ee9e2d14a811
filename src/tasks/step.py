"""What a step of training leaves to be measured."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

NOTHING: Mapping[str, Tensor] = {}


class Step(NamedTuple):
    """Loss and outputs of a batch.

    loss: the mean over its examples, real steps or known entries; output: raw, empty where none was computed; target:
    of the outputs; notes: further numbers by name, scalars, of which an epoch's metric is the mean, as of the loss;
    counts: True at the entries of the target that are known, or before the ends of sequences, in its shape, None where
    all are.
    """

    loss: Tensor
    output: Tensor
    target: Tensor
    notes: Mapping[str, Tensor] = NOTHING
    counts: Tensor | None = None

    def detached(self) -> "Step":
        """Return the same without its history."""
        notes = {name: value.detach() for name, value in self.notes.items()} if self.notes else NOTHING
        return Step(self.loss.detach(), self.output.detach(), self.target, notes, self.counts)


def averaged(values: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of losses (B,) or, over the real steps alone, of (B, T)."""
    if mask is None or values.ndim == 1:
        return values.mean()
    return (values * mask).sum() / mask.sum()


def detached(state: Any) -> Any:
    """Return a state, tensors in lists and tuples, without its history."""
    if isinstance(state, Tensor):
        return state.detach()
    return None if state is None else type(state)(detached(part) for part in state)
