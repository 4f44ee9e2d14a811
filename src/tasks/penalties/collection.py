"""The penalties of a task."""

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ...spec import Batch, DataSpec
from .base import Penalty


class Penalties(dict[str, Penalty]):
    """Penalties by name; the value of each is the training metric NAME_penalty."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The training metrics."""
        return tuple(f"{name}_penalty" for name in self)

    def bind(self, net: nn.Module, spec: DataSpec) -> None:
        """Find the penalized parts of a network. Raises UserError if a penalty has none."""
        for penalty in self.values():
            penalty.bind(net, spec)

    def register_hooks(self) -> list[RemovableHandle]:
        """Register the hooks for training and return them."""
        return [hook for penalty in self.values() for hook in penalty.hooks()]

    def reset(self) -> None:
        """Clear the recorded activations before a forward pass."""
        for penalty in self.values():
            penalty.reset()

    def terms(self, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the training loss after the forward pass of a batch, by the names of the metrics."""
        return {name: penalty.value(batch) for name, penalty in zip(self.metrics, self.values(), strict=True)}
