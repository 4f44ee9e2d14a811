"""The result of a training or evaluation step."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

NOTHING: Mapping[str, Tensor] = {}


class Step(NamedTuple):
    """Loss and outputs of a batch.

    loss: mean over the examples, real steps or known entries; output: raw outputs, empty if none were computed; target:
    the targets of the outputs; notes: further scalar metrics by name, averaged over an epoch like the loss; counts:
    True at the entries of the target that are known, or not after the end of a sequence, in the shape of the target;
    None for all entries.
    """

    loss: Tensor
    output: Tensor
    target: Tensor
    notes: Mapping[str, Tensor] = NOTHING
    counts: Tensor | None = None

    def detached(self) -> "Step":
        """Return the step, detached from the autograd graph."""
        notes = {name: value.detach() for name, value in self.notes.items()} if self.notes else NOTHING
        return Step(self.loss.detach(), self.output.detach(), self.target, notes, self.counts)


def detached(state: Any) -> Any:
    """Return a state, tensors in nested lists and tuples, detached from the autograd graph."""
    if isinstance(state, Tensor):
        return state.detach()
    return None if state is None else type(state)(detached(part) for part in state)
