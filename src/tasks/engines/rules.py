"""Forward and backward passes of layers with their derivatives written out.

Shapes: N examples or steps, F inputs, K outputs, "*n" any; every shape may have a leading dimension of M members, of
inputs and parameters alike: then each member is a network of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ...layers.activations import Gaussian, ScaledTanh

aten = torch.ops.aten
Memory = Literal["input", "output"]


class Rule(ABC):
    """The passes of a layer. parameters: names of the layer's parameters, in the order in which they are passed."""

    parameters: tuple[str, ...] = ()

    @abstractmethod
    def forward(self, x: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor, Any]:
        """Return the output, and what the backward pass needs."""

    @abstractmethod
    def backward(
        self,
        dy: Tensor,
        memory: Any,
        parameters: Sequence[Tensor],
        gradients: Sequence[Tensor | None],
        *,
        add: bool,
        down: bool,
    ) -> Tensor:
        """Write the derivatives of the parameters, and return that of the input, given dy, that of the output.

        gradients: where to write, None for a parameter that is not learned; add: add to them instead; down: the
        derivative of the input is needed.
        """


class Linear(Rule):
    """Linear layer: y = x W^T + b, for x (N, F), W (K, F) and b (K); dW = dy^T x, db = sum of dy over N, dx = dy W."""

    def __init__(self, layer: nn.Linear) -> None:
        self.parameters = ("weight",) if layer.bias is None else ("weight", "bias")

    def forward(self, x: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return x W^T + b, and x."""
        weight, *bias = parameters
        if weight.ndim == 2:
            return (torch.addmm(bias[0], x, weight.t()) if bias else torch.mm(x, weight.t())), x
        x = x.expand(len(weight), -1, -1)  # members may share their inputs
        columns = weight.transpose(1, 2)
        return (torch.baddbmm(bias[0].unsqueeze(1), x, columns) if bias else torch.bmm(x, columns)), x

    def backward(
        self,
        dy: Tensor,
        memory: Tensor,
        parameters: Sequence[Tensor],
        gradients: Sequence[Tensor | None],
        *,
        add: bool,
        down: bool,
    ) -> Tensor:
        """See `Rule.backward`."""
        weight, d_weight, d_bias = parameters[0], gradients[0], gradients[-1] if len(gradients) > 1 else None
        members = weight.ndim > 2
        rows = dy.transpose(-1, -2)
        if d_weight is not None and add:
            (d_weight.baddbmm_ if members else d_weight.addmm_)(rows, memory)
        elif d_weight is not None:
            (torch.bmm if members else torch.mm)(rows, memory, out=d_weight)
        if d_bias is not None and add:
            d_bias.add_(dy.sum(-2))
        elif d_bias is not None:
            torch.sum(dy, -2, out=d_bias)
        return torch.matmul(dy, weight) if down else dy


class Pointwise(Rule):
    """An activation function without parameters.

    value: x -> y; derivative: (dy, memory) -> dx; needs: whether memory is the input or the output.
    """

    def __init__(
        self,
        value: Callable[[Tensor], Tensor],
        derivative: Callable[[Tensor, Tensor], Tensor],
        *,
        needs: Literal["input", "output"],
    ) -> None:
        self.value = value
        self.derivative = derivative
        self.needs_input = needs == "input"

    def forward(self, x: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return f(x), and what the derivative needs."""
        y = self.value(x)
        return y, x if self.needs_input else y

    def backward(
        self,
        dy: Tensor,
        memory: Tensor,
        parameters: Sequence[Tensor],
        gradients: Sequence[Tensor | None],
        *,
        add: bool,
        down: bool,
    ) -> Tensor:
        """Return dy f'(x)."""
        return self.derivative(dy, memory) if down else dy


class Dropout(Rule):
    """Dropout: y = x m / (1 - p) with m = 0 with probability p, else 1; on the CPU the same draws as torch's layer.

    In evaluation mode, y = x.
    """

    def __init__(self, layer: nn.Dropout) -> None:
        self.layer = layer

    def forward(self, x: Tensor, parameters: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
        """Return the output, and the factor of each input, None for 1."""
        p = self.layer.p
        if p == 0 or not self.layer.training:  # as torch, which draws nothing then
            return x, None
        factor = torch.zeros_like(x)
        if p < 1:
            factor.bernoulli_(1 - p).div_(1 - p)
        return x * factor, factor

    def backward(
        self,
        dy: Tensor,
        memory: Tensor | None,
        parameters: Sequence[Tensor],
        gradients: Sequence[Tensor | None],
        *,
        add: bool,
        down: bool,
    ) -> Tensor:
        """Return dy times the factors."""
        return dy * memory if down and memory is not None else dy


def relu(layer: nn.ReLU) -> Rule:
    """Rectifier: y = max(x, 0); dx = dy where y > 0, else 0."""
    backward = aten.threshold_backward.default
    return Pointwise(torch.relu, lambda dy, y: backward(dy, y, 0), needs="output")


def sigmoid(layer: nn.Sigmoid) -> Rule:
    """Sigmoid: y = 1 / (1 + e^-x); dx = dy y (1 - y)."""
    return Pointwise(torch.sigmoid, aten.sigmoid_backward.default, needs="output")


def tanh(layer: nn.Tanh) -> Rule:
    """Hyperbolic tangent: y = tanh x; dx = dy (1 - y^2)."""
    return Pointwise(torch.tanh, aten.tanh_backward.default, needs="output")


def scaled_tanh(layer: ScaledTanh) -> Rule:
    """Scaled hyperbolic tangent: y = 1.7159 tanh(2x/3); dx = dy (2/3) (1.7159 - y^2 / 1.7159)."""
    return Pointwise(
        layer.forward, lambda dy, y: dy * (y * y).mul_(-1 / 1.7159).add_(1.7159).mul_(2 / 3), needs="output"
    )


def hard_tanh(layer: nn.Hardtanh) -> Rule:
    """Hard tanh: y = min(max(x, a), b); dx = dy where a < x < b, else 0."""
    low, high, backward = layer.min_val, layer.max_val, aten.hardtanh_backward.default
    return Pointwise(layer.forward, lambda dy, x: backward(dy, x, low, high), needs="input")


def leaky_relu(layer: nn.LeakyReLU) -> Rule:
    """Leaky rectifier: y = x where x > 0, else s x; dx = dy or s dy."""
    slope, backward = layer.negative_slope, aten.leaky_relu_backward.default
    return Pointwise(layer.forward, lambda dy, x: backward(dy, x, slope, False), needs="input")


def elu(layer: nn.ELU) -> Rule:
    """Exponential linear unit: y = x where x > 0, else a (e^x - 1); dx = dy, or dy a e^x."""
    alpha, backward = layer.alpha, aten.elu_backward.default
    return Pointwise(layer.forward, lambda dy, x: backward(dy, alpha, 1, 1, False, x), needs="input")


def softplus(layer: nn.Softplus) -> Rule:
    """Softplus: y = log(1 + e^x); dx = dy sigmoid(x)."""
    beta, threshold, backward = layer.beta, layer.threshold, aten.softplus_backward.default
    return Pointwise(layer.forward, lambda dy, x: backward(dy, x, beta, threshold), needs="input")


def gaussian(layer: Gaussian) -> Rule:
    """Gaussian kernel: y = exp(-x^2 / 2); dx = -dy x y."""
    return Pointwise(layer.forward, lambda dy, x: dy * (layer(x) * x).neg_(), needs="input")


def softmax(layer: nn.Softmax) -> Rule:
    """Softmax over the units: dx = y (dy - sum of y dy)."""
    return Pointwise(layer.forward, lambda dy, y: (dy - (dy * y).sum(-1, keepdim=True)).mul_(y), needs="output")


def identity(layer: nn.Identity) -> Rule:
    """Identity: y = x; dx = dy."""
    return Pointwise(lambda x: x, lambda dy, _: dy, needs="output")


RULES: dict[type[nn.Module], Callable[[Any], Rule]] = {
    nn.Linear: Linear,
    nn.Dropout: Dropout,
    nn.Identity: identity,
    nn.ReLU: relu,
    nn.Sigmoid: sigmoid,
    nn.Tanh: tanh,
    nn.Hardtanh: hard_tanh,
    nn.LeakyReLU: leaky_relu,
    nn.ELU: elu,
    nn.Softplus: softplus,
    nn.Softmax: softmax,
    ScaledTanh: scaled_tanh,
    Gaussian: gaussian,
}


def rule_of(layer: nn.Module) -> Rule | None:
    """Return the rule of a layer, or None if it states no derivative.

    A subclass, or a `forward` that is replaced in the object, may compute something else.
    """
    make = RULES.get(type(layer))
    if make is None or "forward" in vars(layer) or (isinstance(layer, nn.Softmax) and layer.dim != -1):
        return None
    return make(layer)
