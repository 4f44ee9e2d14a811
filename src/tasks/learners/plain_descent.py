"""Detection of plain gradient descent."""

from torch.optim import SGD, Optimizer


def plain_descent(optimizer: Optimizer) -> bool:
    """Return whether an optimizer only subtracts lr times the gradient, with the same lr for all parameters."""
    group, *others = optimizer.param_groups
    return (
        type(optimizer) is SGD
        and not others
        and not any(group[key] for key in ("momentum", "weight_decay", "maximize"))
    )
