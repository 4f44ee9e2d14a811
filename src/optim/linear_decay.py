"""A learning rate that falls linearly over a whole run."""

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler


class LinearDecay(LRScheduler):
    """Multiply the learning rate by a factor that falls linearly from 1 to end_factor over `length` steps or epochs.

    Afterwards it remains there. end_factor: from 0 to 1; the default is that of word2vec, from 0.025 to 0.0001. length:
    as set by `over`; the task sets it to the length of the run. Raises ValueError for an end_factor out of range.
    """

    def __init__(self, optimizer: Optimizer, *, end_factor: float = 0.004) -> None:
        if not 0 <= end_factor <= 1:
            raise ValueError(f"end_factor is {end_factor}; it must be from 0 to 1")
        self.end_factor = end_factor
        self.length = 1.0
        super().__init__(optimizer)

    def over(self, length: float) -> None:
        """Set the number of steps or epochs after which the factor is end_factor."""
        self.length = length

    def get_lr(self) -> list[float | object]:  # type: ignore[override]
        """Return the learning rate of each group of parameters."""
        factor = 1 - (1 - self.end_factor) * min(1.0, self.last_epoch / self.length)
        return [base * factor for base in self.base_lrs]
