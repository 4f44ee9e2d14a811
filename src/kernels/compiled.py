"""The compiled kernel of `sampled_step`. Importing this module needs numba. Shapes as there; T threads."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import torch
from numba import prange
from torch import Tensor

# allows sums in any order, without which loops over dimensions could not use vector instructions
FAST = {"reassoc", "contract", "nsz", "arcp"}
APART = 16  # numbers between the sums of two threads, so that they do not share a cache line


def add_step(
    inputs: Any,
    outputs: Any,
    rows: Any,
    targets: Any,
    negatives: Any,
    lr: Any,
    average: bool,
    hidden: Any,
    change: Any,
    descent: Any,
    threads: int,
) -> float:
    """Take a step, see `sampled_step.Step`. hidden, change: memory (B, p); descent: memory (B, C + k).

    First each thread computes the scores and the changes of the hidden layers of its examples. Then each thread changes
    its own dimensions of all vectors, so that the order of the sums does not depend on the number of threads.
    """
    size, width, dimensions, count = len(rows), targets.shape[1], inputs.shape[1], negatives.shape[1]
    zero: Any = np.float32(0)
    one: Any = np.float32(1)
    losses = np.zeros(threads * APART)
    part = (size + threads - 1) // threads
    for thread in prange(threads):
        total = 0.0
        for b in range(thread * part, min(size, (thread + 1) * part)):
            h, d = hidden[b], change[b]
            used = 0
            for q in range(dimensions):
                h[q] = 0
                d[q] = 0
            for a in range(rows.shape[1]):
                if rows[b, a] >= 0:
                    used += 1
                    u = inputs[rows[b, a]]
                    for q in range(dimensions):
                        h[q] += u[q]
            if average and used:
                for q in range(dimensions):
                    h[q] /= np.float32(used)
            found = 0
            product = 1.0  # of the probabilities, since a logarithm takes longer than a multiplication
            for c in range(width):
                if targets[b, c] >= 0:
                    found += 1
                    v = outputs[targets[b, c]]
                    score = zero
                    for q in range(dimensions):
                        score += h[q] * v[q]
                    p = one / (one + np.exp(-score))
                    if p < 1e-15:
                        total += -score
                    else:
                        product *= p
                    if product < 1e-200:
                        total -= np.log(product)
                        product = 1.0
                    g = (one - p) * lr
                    descent[b, c] = g
                    for q in range(dimensions):
                        d[q] += g * v[q]
            total -= np.log(product)
            product = 1.0
            times = np.float32(found)
            for k in range(count):
                v = outputs[negatives[b, k]]
                score = zero
                for q in range(dimensions):
                    score += h[q] * v[q]
                p = one / (one + np.exp(score))
                if p < 1e-15:
                    total += times * score
                else:
                    product *= p
                if product < 1e-200:
                    total -= times * np.log(product)
                    product = 1.0
                g = -(one - p) * lr * times
                descent[b, width + k] = g
                for q in range(dimensions):
                    d[q] += g * v[q]
            total -= times * np.log(product)
            if average and used:
                for q in range(dimensions):
                    d[q] /= np.float32(used)
        losses[thread * APART] = total
    part = (dimensions + threads - 1) // threads
    for thread in prange(threads):
        first, last = thread * part, min(dimensions, (thread + 1) * part)
        for b in range(size):
            h = hidden[b]
            for c in range(width):
                if targets[b, c] >= 0:
                    v, g = outputs[targets[b, c]], descent[b, c]
                    for q in range(first, last):
                        v[q] += g * h[q]
            for k in range(count):
                v, g = outputs[negatives[b, k]], descent[b, width + k]
                for q in range(first, last):
                    v[q] += g * h[q]
        for b in range(size):
            d = change[b]
            for a in range(rows.shape[1]):
                if rows[b, a] >= 0:
                    u = inputs[rows[b, a]]
                    for q in range(first, last):
                        u[q] += d[q]
    return losses.sum()


def compile_step(*, parallel: bool) -> Callable[..., float]:
    """Return `add_step` compiled, from a cache on the disk if that can be written."""
    try:
        return numba.njit(fastmath=FAST, parallel=parallel, cache=True)(add_step)
    except RuntimeError:  # no folder for the cache
        return numba.njit(fastmath=FAST, parallel=parallel)(add_step)


alone, together = compile_step(parallel=False), compile_step(parallel=True)


def step(
    inputs: Tensor, outputs: Tensor, rows: Tensor, targets: Tensor, negatives: Tensor, lr: float, average: bool
) -> float:
    """Take a step, see `sampled_step.Step`, with the threads of torch."""
    threads = min(torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    memory = [
        np.empty((len(rows), n), np.float32) for n in (inputs.shape[1], inputs.shape[1], sum_of(targets, negatives))
    ]
    arrays = [tensor.detach().numpy() for tensor in (inputs, outputs, rows, targets, negatives)]
    if threads == 1:
        return alone(*arrays, np.float32(lr), average, *memory, 1)
    numba.set_num_threads(threads)
    return together(*arrays, np.float32(lr), average, *memory, threads)


def sum_of(targets: Tensor, negatives: Tensor) -> int:
    """Return the number of scores of an example."""
    return targets.shape[1] + negatives.shape[1]
