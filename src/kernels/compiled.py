"""The compiled kernel of `logistic`. Importing this module needs numba.

Shapes as there, and: n examples of a step. Functions read and write rows of matrices by their numbers: an array for
each row would have a reference count, which takes longer than to add two rows.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from torch import Tensor

# allows sums in any order, without which loops over dimensions could not use vector instructions
FAST = {"reassoc", "contract", "nsz", "arcp"}
TINY = 1e-200  # of a product of probabilities: a logarithm of each would take longer
ZERO, ONE = np.float32(0), np.float32(1)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function compiled, from a cache on the disk if that can be written."""
    try:
        return numba.njit(fastmath=FAST, error_model="numpy", nogil=True, cache=True)(function)
    except RuntimeError:  # no folder for the cache
        return numba.njit(fastmath=FAST, error_model="numpy", nogil=True)(function)


@compiled
def dot(u: Any, i: Any, v: Any, j: Any) -> Any:
    """Return the product of row i of u and row j of v."""
    i, j = np.uint64(i), np.uint64(j)  # without a sign, there is no test for numbers from the end
    total = ZERO
    for q in range(np.uint64(u.shape[1])):
        total += u[i, q] * v[j, q]
    return total


@compiled
def add(u: Any, i: Any, factor: Any, v: Any, j: Any) -> None:
    """Add a multiple of row j of v to row i of u."""
    i, j = np.uint64(i), np.uint64(j)
    for q in range(np.uint64(u.shape[1])):
        u[i, q] += factor * v[j, q]


@compiled
def copy(u: Any, i: Any, v: Any, j: Any) -> None:
    """Replace row i of u with row j of v."""
    i, j = np.uint64(i), np.uint64(j)
    for q in range(np.uint64(u.shape[1])):
        u[i, q] = v[j, q]


@compiled
def clear(u: Any, i: Any) -> None:
    """Replace row i of u with zeros."""
    i = np.uint64(i)
    for q in range(np.uint64(u.shape[1])):
        u[i, q] = ZERO


@compiled
def factor_of(rows: Any, b: Any, average: bool) -> Any:
    """Return the factor of the rows of an example in its hidden layer."""
    used = 0
    for a in range(rows.shape[1]):
        used += rows[b, a] >= 0
    return ONE / np.float32(used) if average and used else ONE


@compiled
def sum_rows(inputs: Any, rows: Any, start: Any, average: bool, hidden: Any) -> None:
    """Write the hidden layers of a step, (n, p)."""
    for b in range(len(hidden)):
        clear(hidden, b)
        factor = factor_of(rows, start + b, average)
        for a in range(rows.shape[1]):
            if rows[start + b, a] >= 0:
                add(hidden, b, factor, inputs, rows[start + b, a])


@compiled
def descend_shared(hidden: Any, block: Any, weights: Any, start: Any, lr: Any, descent: Any, change: Any) -> Any:
    """Return the loss of the shared outputs, whose vectors are `block` (S, p), and replace these with their changes.

    Write lr times the negative gradient of the loss by the scores, (n, S), and by the hidden layers, (n, p).
    """
    total = 0.0
    np.dot(hidden, block.T, descent)
    for b in range(len(hidden)):
        weight = -weights[start + b]
        product = 1.0
        for s in range(len(block)):
            score = descent[b, s]
            p = ONE / (ONE + np.exp(score))
            descent[b, s] = (p - ONE) * lr * weight
            if p < 1e-15:
                total += weight * score
            else:
                product *= p
            if product < TINY:
                total -= weight * np.log(product)
                product = 1.0
        total -= weight * np.log(product)
    np.dot(descent, block, change)
    np.dot(descent.T, hidden, block)
    return total


@compiled
def descend(outputs: Any, ids: Any, weights: Any, start: Any, lr: Any, hidden: Any, descent: Any, change: Any) -> Any:
    """Return the loss of the outputs of each example; write lr times its negative gradient by the scores, (n, L).

    Add that by the hidden layers to `change` (n, p).
    """
    total = 0.0
    for b in range(len(hidden)):
        product, unit = 1.0, ONE  # of probabilities with equal weights
        for i in range(ids.shape[1]):
            weight = weights[start + b, i]
            if weight != ZERO:
                score = dot(hidden, b, outputs, ids[start + b, i])
                if weight < ZERO:
                    score = -score
                p = ONE / (ONE + np.exp(-score))
                if abs(weight) != unit or product < TINY:
                    total -= unit * np.log(product)
                    product, unit = 1.0, abs(weight)
                if p < 1e-15:
                    total -= unit * score
                else:
                    product *= p
                descent[b, i] = (ONE - p) * lr * weight
                add(change, b, descent[b, i], outputs, ids[start + b, i])
        total -= unit * np.log(product)
    return total


@compiled
def add_steps(
    inputs: Any,
    outputs: Any,
    rows: Any,
    ids: Any,
    weights: Any,
    shared: Any,
    shared_weights: Any,
    lr: Any,
    average: bool,
    size: int,
) -> Any:
    """Take steps, see `logistic.Steps`. All vectors are read before any of them changes."""
    dimensions, count = inputs.shape[1], shared.shape[1]
    memory, changes = np.zeros((size, dimensions), np.float32), np.zeros((size, dimensions), np.float32)
    block = np.zeros((count, dimensions), np.float32)
    descents = np.zeros((size, ids.shape[1]), np.float32)
    shared_descents = np.zeros((size, count), np.float32)
    total = 0.0
    for step in range(len(shared)):
        start = step * size
        n = min(size, len(rows) - start)
        hidden, change, descent = memory[:n], changes[:n], descents[:n]
        sum_rows(inputs, rows, start, average, hidden)
        for b in range(n):
            clear(change, b)
        if count:
            for s in range(count):
                copy(block, s, outputs, shared[step, s])
            total += descend_shared(hidden, block, shared_weights, start, lr, shared_descents[:n], change)
        total += descend(outputs, ids, weights, start, lr, hidden, descent, change)
        for b in range(n):
            for i in range(ids.shape[1]):
                if weights[start + b, i] != ZERO:
                    add(outputs, ids[start + b, i], descent[b, i], hidden, b)
        for s in range(count):
            add(outputs, shared[step, s], ONE, block, s)
        for b in range(n):
            factor = factor_of(rows, start + b, average)
            for a in range(rows.shape[1]):
                if rows[start + b, a] >= 0:
                    add(inputs, rows[start + b, a], factor, change, b)
    return total


def steps(
    inputs: Tensor,
    outputs: Tensor,
    rows: Tensor,
    ids: Tensor,
    weights: Tensor,
    shared: Tensor,
    shared_weights: Tensor,
    lr: float,
    average: bool,
    size: int,
) -> float:
    """Take steps, see `logistic.Steps`."""
    arrays = [tensor.detach().numpy() for tensor in (inputs, outputs, rows, ids, weights, shared, shared_weights)]
    return add_steps(*arrays, np.float32(lr), average, max(1, min(size, len(rows))))
