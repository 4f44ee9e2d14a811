"""Minima that are reached by gradients alone."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor


def minimize(
    objective: Callable[[], Tensor],
    parameters: Iterable[Tensor],
    *,
    max_iter: int,
    tolerance_grad: float = 1e-7,
    tolerance_change: float = 0.0,
) -> None:
    """Move parameters to a minimum of an objective, by L-BFGS with a line search."""
    optimizer = torch.optim.LBFGS(
        parameters,
        max_iter=max_iter,
        tolerance_grad=tolerance_grad,
        tolerance_change=tolerance_change,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = objective()
        value.backward()
        return value

    optimizer.step(closure)
