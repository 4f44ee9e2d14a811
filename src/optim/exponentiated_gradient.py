"""Exponentiated gradient: weights change by factors."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError


class ExponentiatedGradient(torch.optim.Optimizer):
    """w <- w exp(-lr g): multiplicative updates, which leave positive weights positive.

    With the perceptron's errors it is Winnow: inputs 0 and 1 and lr = ln 2 double or halve the weights of an example
    that was got wrong. Aggarwal 1.10; Littlestone (1988), Kivinen and Warmuth (1997).
    Raises ValueError unless lr is above 0, UserError unless all weights are.
    """

    def __init__(self, params: Iterable[Tensor], *, lr: float = 0.693) -> None:
        if lr <= 0:
            raise ValueError(f"lr is {lr}; it must be above 0")
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                if not (weight > 0).all():
                    least = float(weight.min())
                    raise UserError(f"a weight is {least:.3g}; exponentiated gradient needs all above 0; try init=one")
                weight.mul_((-group["lr"] * weight.grad).exp())
        return loss
