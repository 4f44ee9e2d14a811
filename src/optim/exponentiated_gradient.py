"""Exponentiated gradient: multiplicative weight updates."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError


class ExponentiatedGradient(torch.optim.Optimizer):
    """w <- w exp(-lr g): multiplicative updates, which keep positive weights positive.

    With the perceptron rule it is Winnow: with inputs 0 and 1 and lr = ln 2, an error doubles or halves the weights of
    the inputs that are 1. Aggarwal 1.10; Littlestone (1988), Kivinen and Warmuth (1997).
    Raises ValueError unless lr is above 0, and UserError unless all weights are above 0.
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
                    lowest = float(weight.min())
                    raise UserError(
                        f"a weight is {lowest:.3g}; exponentiated gradient needs weights above 0; try init=one"
                    )
                weight.mul_((-group["lr"] * weight.grad).exp())
        return loss
