"""Backward rules of activation functions: backpropagation, deconvnet and guided backpropagation.

Shapes: "..." a tensor of any shape.
"""

import re
from collections.abc import Iterator
from enum import Flag, auto
from functools import partial

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node

Gradients = tuple[Tensor | None, ...]

INCREASING = frozenset(
    [
        "Relu",
        "LeakyRelu",
        "PreluKernel",
        "Elu",
        "Softplus",
        "Hardtanh",
        "Clamp",
        "ClampMin",
        "Threshold",
        "Tanh",
        "Sigmoid",
    ]
)
OTHERS = frozenset(["Gelu", "Silu", "Mish", "Hardswish", "Softmax"])
"""Activation functions by the names of their autograd nodes: increasing ones, and those for which there is no rule."""


class BackwardRule(Flag):
    """How the gradient g with respect to f(z) is propagated to z through an activation function f.

    BACKPROP: g f'(z), for a ReLU g I(z > 0); DECONVNET: g I(g > 0), a ReLU of the gradient; GUIDED: g f'(z) I(g > 0).
    Rules can be combined: GUIDED is BACKPROP | DECONVNET.
    Aggarwal 8.5.1, figure 8.14, for ReLU; Springenberg et al. 2015, figure 1.
    """

    BACKPROP = auto()
    DECONVNET = auto()
    GUIDED = BACKPROP | DECONVNET

    def apply(self, gradient: Tensor, propagated: Tensor) -> Tensor:
        """Return the gradient (...) with respect to z. gradient: g, (...); propagated: g f'(z), (...)."""
        found = propagated if BackwardRule.BACKPROP in self else gradient
        return found.where(gradient > 0, 0) if BackwardRule.DECONVNET in self else found


def input_gradient(output: Tensor, x: Tensor, rule: BackwardRule = BackwardRule.BACKPROP) -> Tensor:
    """Return the gradient of the sum of the output with respect to x, with a rule for all activation functions.

    output: computed from x, which requires gradients. The activations are found in the graph of autograd, so it does
    not matter whether they are modules or functions, work in place, or are used several times; the network is not
    changed. Max-pooling passes gradients to the positions of the maxima, the switches of a deconvnet.
    Raises ValueError if the output has no derivative with respect to x, and, unless the rule is BACKPROP, if there is
    no activation function or one that is not increasing.
    """
    if not output.requires_grad:
        raise ValueError(WITHOUT_DERIVATIVE)
    nodes = [] if rule == BackwardRule.BACKPROP else activation_nodes(output, rule)
    hooks = [node.register_hook(partial(_with_rule, rule)) for node in nodes]
    try:
        (gradient,) = torch.autograd.grad(output.sum(), x, allow_unused=True)
    finally:
        for hook in hooks:
            hook.remove()
    if gradient is None:
        raise ValueError(WITHOUT_DERIVATIVE)
    return gradient


WITHOUT_DERIVATIVE = "the output has no derivative with respect to the input; sign and step have none, for example"


def activation_nodes(output: Tensor, rule: BackwardRule) -> list[Node]:
    """Return the nodes of all activation functions between an output and its inputs.

    Raises ValueError if there are none, and for one that is not increasing.
    """
    found, method = [], str(rule.name).lower()
    for node in graph_nodes(output):
        name = re.sub(r"Backward\d*$", "", node.name())
        if name in OTHERS or isinstance(node, BackwardCFunction):
            raise ValueError(f"{method} is for increasing activation functions such as ReLU; the network has {name}")
        if name in INCREASING:
            found.append(node)
    if not found:
        raise ValueError(
            f"{method} needs increasing activation functions such as ReLU; there are none before what is explained"
        )
    return found


def graph_nodes(output: Tensor) -> Iterator[Node]:
    """Yield all nodes of the graph of an output, each once."""
    seen: set[Node] = set()
    pending = [output.grad_fn]
    while pending:
        node = pending.pop()
        if node is not None and node not in seen:
            seen.add(node)
            yield node
            pending += [following for following, _ in node.next_functions]


def _with_rule(rule: BackwardRule, propagated: Gradients, gradients: Gradients) -> Gradients | None:
    """Replace the gradient of the first input of an activation function; others are of its weights."""
    first, gradient = propagated[0], gradients[0]
    if first is None or gradient is None:
        return None
    return rule.apply(gradient, first), *propagated[1:]
