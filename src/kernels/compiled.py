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


def add_steps(
    inputs: Any,
    outputs: Any,
    rows: Any,
    targets: Any,
    negatives: Any,
    lr: Any,
    average: bool,
    size: int,
    hidden: Any,
    change: Any,
    descent: Any,
    threads: int,
) -> float:
    """Take steps, see `sampled_step.Steps`. hidden, change: memory (size, p); descent: memory (size, C + k).

    In a step, first each thread computes the scores and the changes of the hidden layers of its examples. Then each
    thread changes its own dimensions of all vectors, so that the order of the sums does not depend on their number.
    """
    width, dimensions, count = targets.shape[1], inputs.shape[1], negatives.shape[1]
    zero: Any = np.float32(0)
    one: Any = np.float32(1)
    losses = np.zeros(threads * APART)
    for start in range(0, len(rows), size):
        end = min(len(rows), start + size)
        share = (end - start + threads - 1) // threads
        for thread in prange(threads):
            total = 0.0
            for b in range(start + thread * share, min(end, start + (thread + 1) * share)):
                h, d = hidden[b - start], change[b - start]
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
                        descent[b - start, c] = g
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
                    descent[b - start, width + k] = g
                    for q in range(dimensions):
                        d[q] += g * v[q]
                total -= times * np.log(product)
                if average and used:
                    for q in range(dimensions):
                        d[q] /= np.float32(used)
            losses[thread * APART] += total
        share = (dimensions + threads - 1) // threads
        for thread in prange(threads):
            first, last = thread * share, min(dimensions, (thread + 1) * share)
            for b in range(start, end):
                h = hidden[b - start]
                for c in range(width):
                    if targets[b, c] >= 0:
                        v, g = outputs[targets[b, c]], descent[b - start, c]
                        for q in range(first, last):
                            v[q] += g * h[q]
                for k in range(count):
                    v, g = outputs[negatives[b, k]], descent[b - start, width + k]
                    for q in range(first, last):
                        v[q] += g * h[q]
            for b in range(start, end):
                d = change[b - start]
                for a in range(rows.shape[1]):
                    if rows[b, a] >= 0:
                        u = inputs[rows[b, a]]
                        for q in range(first, last):
                            u[q] += d[q]
    return losses.sum()


def compile_steps(*, parallel: bool) -> Callable[..., float]:
    """Return `add_steps` compiled, from a cache on the disk if that can be written."""
    try:
        return numba.njit(fastmath=FAST, parallel=parallel, cache=True)(add_steps)
    except RuntimeError:  # no folder for the cache
        return numba.njit(fastmath=FAST, parallel=parallel)(add_steps)


alone, together = compile_steps(parallel=False), compile_steps(parallel=True)


def steps(
    inputs: Tensor,
    outputs: Tensor,
    rows: Tensor,
    targets: Tensor,
    negatives: Tensor,
    lr: float,
    average: bool,
    size: int,
) -> float:
    """Take steps, see `sampled_step.Steps`, with the threads of torch."""
    threads = min(torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    size = max(1, min(size, len(rows)))
    dimensions, scores = inputs.shape[1], targets.shape[1] + negatives.shape[1]
    memory = [np.empty((size, width), np.float32) for width in (dimensions, dimensions, scores)]
    arrays = [tensor.detach().numpy() for tensor in (inputs, outputs, rows, targets, negatives)]
    if threads == 1:
        return alone(*arrays, np.float32(lr), average, size, *memory, 1)
    numba.set_num_threads(threads)
    return together(*arrays, np.float32(lr), average, size, *memory, threads)
