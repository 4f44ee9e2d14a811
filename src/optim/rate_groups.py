"""Learning rates of their own for some parameters."""

from collections.abc import Mapping

from torch import Tensor
from torch.optim import Optimizer

from ..errors import UserError


def split_by_rate(optimizer: Optimizer, factors: Mapping[Tensor, float]) -> None:
    """Divide each group of an optimizer without a state by the factors of the learning rate of its parameters.

    factors: of parameters, 1 for all others, which remain the first group. All other settings stay the same. Raises
    UserError for an optimizer without a learning rate.
    """
    if any("lr" not in group for group in optimizer.param_groups):
        raise UserError(f"optimizer {type(optimizer).__name__} has no learning rate; leave lr_factors out")
    divided = []
    for group in optimizer.param_groups:
        rates = sorted({factors.get(weight, 1.0) for weight in group["params"]}, key=lambda factor: factor != 1.0)
        for factor in rates:
            weights = [weight for weight in group["params"] if factors.get(weight, 1.0) == factor]
            divided.append({**group, "params": weights, "lr": group["lr"] * factor})
    optimizer.param_groups[:] = divided
