"""Optimizer updates written out, as functions of tensors and as steps of torch's optimizers.

The formulas are those of `torch.optim`.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import SGD, Adam, AdamW, Optimizer

Tensors = list[Tensor] | tuple[Tensor, ...]
UNUSUAL = ("maximize", "amsgrad", "capturable", "differentiable", "fused", "foreach")  # settings of optimizers


def sgd(
    parameters: Tensors,
    gradients: Tensors,
    buffers: list[Tensor],
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    nesterov: bool = False,
    weight_decay: float = 0.0,
) -> None:
    """Take a step of gradient descent, in place.

    buffers: of the momentum; the first step adds them to an empty list.
    """
    if weight_decay:
        gradients = torch._foreach_add(gradients, parameters, alpha=weight_decay)
    if momentum:
        if buffers:
            torch._foreach_mul_(buffers, momentum)
            torch._foreach_add_(buffers, gradients, alpha=1 - dampening)
        else:
            buffers += [gradient.clone() for gradient in gradients]
        gradients = torch._foreach_add(gradients, buffers, alpha=momentum) if nesterov else buffers
    torch._foreach_add_(parameters, gradients, alpha=-lr)


def step_of(optimizer: Optimizer) -> Callable[[Optimizer], None]:
    """Return what takes a step of an optimizer: the update written out, or the optimizer's own step.

    Both use the gradients of the parameters and the optimizer's state, so they can take turns.
    """
    groups = optimizer.param_groups
    usual = not any(group.get(key) for group in groups for key in UNUSUAL)
    floats = all(isinstance(group["lr"], float | int) for group in groups)
    hooks = optimizer._optimizer_step_pre_hooks or optimizer._optimizer_step_post_hooks
    on_cpu = all(p.is_cpu and p.is_contiguous() for group in groups for p in group["params"])
    if not usual or not floats or hooks or not on_cpu or is_replaced(optimizer):
        return own_step
    if type(optimizer) is SGD:
        return sgd_step
    return adam_step if type(optimizer) in (Adam, AdamW) else own_step


def is_replaced(optimizer: Optimizer) -> bool:
    """Return whether another program, such as one that measures, has put its own function in place of `step`."""
    return not str(optimizer.step.__module__).startswith("torch.")


def own_step(optimizer: Optimizer) -> None:
    """Take the optimizer's own step."""
    optimizer.step()


def sgd_step(optimizer: Optimizer) -> None:
    """Take a step of `torch.optim.SGD`."""
    for group in optimizer.param_groups:
        parameters = [p for p in group["params"] if p.grad is not None]
        if not parameters:
            continue
        buffers: list[Tensor] = []
        if group["momentum"]:
            states = [optimizer.state[p] for p in parameters]
            buffers = [buffer for state in states if (buffer := state.get("momentum_buffer")) is not None]
            begun = len(buffers)
        sgd(
            parameters,
            [p.grad for p in parameters],
            buffers,
            lr=group["lr"],
            momentum=group["momentum"],
            dampening=group["dampening"],
            nesterov=group["nesterov"],
            weight_decay=group["weight_decay"],
        )
        if group["momentum"] and not begun:
            for state, buffer in zip(states, buffers, strict=True):
                state["momentum_buffer"] = buffer
    optimizer._opt_called = True  # type: ignore[attr-defined]  # schedules warn if there was no step before theirs


def adam_step(optimizer: Optimizer) -> None:
    """Take a step of `torch.optim.Adam` or AdamW by torch's fused kernel, which needs contiguous tensors."""
    for group in optimizer.param_groups:
        parameters = [p for p in group["params"] if p.grad is not None]
        if not parameters:
            continue
        states = [optimizer.state[p] for p in parameters]
        for p, state in zip(parameters, states, strict=True):
            if not state:
                state["step"] = torch.zeros((), dtype=torch.get_default_dtype())
                state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(p), torch.zeros_like(p)
        steps = [state["step"] for state in states]
        torch._foreach_add_(steps, 1)
        update = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
        update(
            parameters,
            [p.grad for p in parameters],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            steps,
            lr=group["lr"],
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=False,
        )
    optimizer._opt_called = True  # type: ignore[attr-defined]
