"""The compiled kernel of `dense`. Importing this module needs numba. Shapes as there; B examples of a step."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from .compiled import FAST
from .dense import ACTIVATIONS, LOSSES, Descent, Layers

RELU, TANH, SIGMOID = (ACTIVATIONS.index(name) for name in ("relu", "tanh", "sigmoid"))
SOFTMAX, SQUARED, BITS, LOGISTIC, HINGE, SQUARED_HINGE, PERCEPTRON, WIDROW_HOFF, LEAST_ABSOLUTE = range(len(LOSSES))


def compile_with_cache(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function compiled, from a cache on the disk if that can be written."""
    try:
        return numba.njit(fastmath=FAST, cache=True)(function)
    except RuntimeError:  # no folder for the cache
        return numba.njit(fastmath=FAST)(function)


@compile_with_cache
def forward(weights: Any, start: int, bias: int, h: Any, values: Any, kind: int) -> None:
    """Write the values of a layer for one example with the inputs h."""
    size = len(h)
    for k in range(len(values)):
        w = weights[start + k * size : start + (k + 1) * size]
        total = np.float32(0)
        for f in range(size):
            total += w[f] * h[f]
        if bias >= 0:
            total += weights[bias + k]
        if kind == RELU:
            total = max(total, np.float32(0))
        elif kind == TANH:
            total = np.tanh(total)
        elif kind == SIGMOID:
            total = np.float32(1) / (np.float32(1) + np.exp(-total))
        values[k] = total


@compile_with_cache
def softmax(z: Any, right: int, slopes: Any) -> Any:
    """Write the slopes p - t of the cross-entropy, and return it."""
    top = z[0]
    for k in range(1, len(z)):
        top = max(top, z[k])
    total = np.float32(0)
    for k in range(len(z)):
        slopes[k] = np.exp(z[k] - top)
        total += slopes[k]
    for k in range(len(z)):
        slopes[k] /= total
    slopes[right] -= np.float32(1)
    return np.log(total) + top - z[right]


@compile_with_cache
def softplus(z: Any) -> Any:
    """Return log(1 + e^z)."""
    return max(z, np.float32(0)) + np.log1p(np.exp(-abs(z)))


@compile_with_cache
def margin_loss(kind: int, m: Any, bound: Any) -> tuple[Any, Any]:
    """Return the loss of a margin, and its derivative; NaN for a margin that is NaN."""
    zero, one, two = np.float32(0), np.float32(1), np.float32(2)
    if kind == LOGISTIC:
        return softplus(-m), -one / (one + np.exp(m))
    if kind == HINGE:
        return (zero, zero) if m >= bound else (bound - m, -one)
    if kind == SQUARED_HINGE:
        return (zero, zero) if m >= one else ((one - m) * (one - m), two * (m - one))
    if kind == PERCEPTRON:
        return (zero, zero) if m > zero else (-m, -one)
    if kind == WIDROW_HOFF:
        return (one - m) * (one - m), two * (m - one)
    return abs(one - m), (one if m > one else -one if m < one else zero)


@compile_with_cache
def differentiate(kind: int, bound: Any, z: Any, right: int, numbers: Any, slopes: Any) -> Any:
    """Write the slopes of the loss of one example with the outputs z, and return the loss."""
    if kind == SOFTMAX:
        return softmax(z, right, slopes)
    units = len(z)
    total = np.float32(0)
    for k in range(units):
        output = z[k]
        if kind == SQUARED:
            gap = output - numbers[k]
            loss, slope = gap * gap, np.float32(2) * gap
        elif kind == BITS:
            loss = softplus(output) - numbers[k] * output
            slope = np.float32(1) / (np.float32(1) + np.exp(-output)) - numbers[k]
        else:
            y = np.float32(1) if right == (k if units > 1 else 1) else np.float32(-1)
            loss, slope = margin_loss(kind, y * output, bound)
            slope *= y
        total += loss
        slopes[k] = slope
    return total


@compile_with_cache
def backward(weights: Any, start: int, slopes: Any, values: Any, below: Any, kind: int) -> None:
    """Write the slopes of the layer below, which has these values, for one example."""
    size = len(below)
    for f in range(size):
        below[f] = np.float32(0)
    for k in range(len(slopes)):
        slope = slopes[k]
        if slope != np.float32(0):
            w = weights[start + k * size : start + (k + 1) * size]
            for f in range(size):
                below[f] += slope * w[f]
    for f in range(size):
        y = values[f]
        if kind == RELU:
            if y <= np.float32(0):
                below[f] = np.float32(0)
        elif kind == TANH:
            below[f] *= np.float32(1) - y * y
        elif kind == SIGMOID:
            below[f] *= y * (np.float32(1) - y)


@compile_with_cache
def descend(goal: Any, start: int, bias: int, slopes: Any, h: Any, factor: Any) -> None:
    """Add factor times the gradient of a layer for one example with the inputs h."""
    size = len(h)
    for k in range(len(slopes)):
        change = factor * slopes[k]
        if change != np.float32(0):
            row = goal[start + k * size : start + (k + 1) * size]
            for f in range(size):
                row[f] += change * h[f]
            if bias >= 0:
                goal[bias + k] += change


@compile_with_cache
def shrink(w: Any, v: Any, lr: Any, decay: Any, momentum: Any) -> None:
    """Apply weight decay and momentum to weights w with the velocity v, before the gradient is added."""
    if momentum > np.float32(0):
        for f in range(len(w)):
            v[f] = momentum * v[f] + decay * w[f]
    elif decay > np.float32(0):
        for f in range(len(w)):
            w[f] -= lr * decay * w[f]


@compile_with_cache
def add_steps(
    x: Any,
    classes: Any,
    numbers: Any,
    weights: Any,
    velocity: Any,
    sizes: Any,
    biased: Any,
    activations: Any,
    loss: int,
    bound: Any,
    scale: Any,
    mean: bool,
    size: int,
    lr: Any,
    decay: Any,
    momentum: Any,
    values: Any,
    slopes: Any,
    outputs: Any,
    losses: Any,
) -> None:
    """Take steps, see `dense.take_steps`. values, slopes: memory (B, sum of the units)."""
    layers = len(activations)
    starts, biases, places = np.zeros(layers, np.int64), np.zeros(layers, np.int64), np.zeros(layers + 1, np.int64)
    at = 0
    for i in range(layers):
        starts[i], biases[i] = at, at + sizes[i] * sizes[i + 1]
        at = biases[i] + sizes[i + 1]
        if not biased[i]:
            at, biases[i] = biases[i], -1
        places[i + 1] = places[i] + sizes[i + 1]
    moves = momentum > np.float32(0)
    goal = velocity if moves else weights
    factor = np.float32(1) if moves else -lr
    for begin in range(0, len(x), size):
        end = min(len(x), begin + size)
        share = scale / np.float32(end - begin) if mean else scale
        for n in range(begin, end):
            v, s = values[n - begin], slopes[n - begin]
            forward(weights, starts[0], biases[0], x[n], v[: places[1]], activations[0])
            for i in range(1, layers):
                h = v[places[i - 1] : places[i]]
                forward(weights, starts[i], biases[i], h, v[places[i] : places[i + 1]], activations[i])
            z, top = v[places[layers - 1] :], s[places[layers - 1] :]
            losses[n] = differentiate(
                loss, bound, z, classes[n] if len(classes) else 0, numbers[n] if len(numbers) else z, top
            )
            for k in range(len(z)):
                outputs[n, k] = z[k]
                top[k] *= share
            for i in range(layers - 1, 0, -1):
                h, below = v[places[i - 1] : places[i]], s[places[i - 1] : places[i]]
                backward(weights, starts[i], s[places[i] : places[i + 1]], h, below, activations[i - 1])
        shrink(weights, velocity, lr, decay, momentum)
        for n in range(begin, end):
            v, s = values[n - begin], slopes[n - begin]
            descend(goal, starts[0], biases[0], s[: places[1]], x[n], factor)
            for i in range(1, layers):
                h = v[places[i - 1] : places[i]]
                descend(goal, starts[i], biases[i], s[places[i] : places[i + 1]], h, factor)
        if moves:
            for f in range(len(weights)):
                weights[f] -= lr * velocity[f]


def steps(
    x: Any,
    classes: Any,
    numbers: Any,
    weights: Any,
    velocity: Any,
    layers: Layers,
    descent: Descent,
    outputs: Any,
    losses: Any,
) -> None:
    """Take steps, see `dense.take_steps`."""
    size = max(1, min(descent.size, len(x)))
    memory = [np.empty((size, sum(layers.sizes[1:])), np.float32) for _ in range(2)]
    add_steps(
        x,
        classes,
        numbers,
        weights,
        velocity,
        np.array(layers.sizes),
        np.array(layers.biased),
        np.array([ACTIVATIONS.index(name) for name in layers.activations]),
        LOSSES.index(descent.loss),
        np.float32(descent.bound),
        np.float32(descent.scale),
        descent.mean,
        size,
        np.float32(descent.lr),
        np.float32(descent.weight_decay),
        np.float32(descent.momentum),
        *memory,
        outputs,
        losses,
    )
