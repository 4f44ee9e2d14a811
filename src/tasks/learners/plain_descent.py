"""Detection of plain gradient descent."""

from torch.optim import SGD, Optimizer


def plain_descent(optimizer: Optimizer) -> bool:
    """Return whether an optimizer only subtracts lr times the gradient."""
    group = optimizer.param_groups[0]
    return type(optimizer) is SGD and not any(group[key] for key in ("momentum", "weight_decay", "maximize"))
