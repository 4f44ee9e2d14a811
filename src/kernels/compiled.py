"""The compiled kernel of `logistic`. Importing this module needs numba. Shapes as there; T threads."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import torch
from numba import prange
from torch import Tensor

# allows sums in any order, without which loops over dimensions could not use vector instructions
FAST = {"reassoc", "contract", "nsz", "arcp"}
PARALLEL = 64  # examples of a step; with fewer, threads would wait for each other most of the time
APART = 16  # numbers between the sums of two threads, so that they do not share a cache line


def add_steps(
    inputs: Any,
    outputs: Any,
    rows: Any,
    ids: Any,
    weights: Any,
    lr: Any,
    average: bool,
    size: int,
    hidden: Any,
    change: Any,
    descent: Any,
    threads: int,
) -> float:
    """Take steps, see `logistic.Steps`. hidden, change: memory (size, p); descent: memory (size, L).

    In a step, first each thread computes the scores and the changes of the hidden layers of its examples. Then each
    thread changes its own dimensions of all vectors, so that the order of the sums does not depend on their number.
    """
    dimensions = inputs.shape[1]
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
                    h[q] = zero
                    d[q] = zero
                for a in range(rows.shape[1]):
                    if rows[b, a] >= 0:
                        used += 1
                        u = inputs[rows[b, a]]
                        for q in range(dimensions):
                            h[q] += u[q]
                if average and used:
                    for q in range(dimensions):
                        h[q] /= np.float32(used)
                product, unit = 1.0, one  # of the last probabilities with equal weights: a logarithm takes longer
                for i in range(ids.shape[1]):
                    w = weights[b, i]
                    if w != zero:
                        v = outputs[ids[b, i]]
                        score = zero
                        for q in range(dimensions):
                            score += h[q] * v[q]
                        if w < zero:
                            score = -score
                        p = one / (one + np.exp(-score))
                        if abs(w) != unit or product < 1e-200:
                            total -= unit * np.log(product)
                            product, unit = 1.0, abs(w)
                        if p < 1e-15:
                            total -= unit * score
                        else:
                            product *= p
                        g = (one - p) * lr * w
                        descent[b - start, i] = g
                        for q in range(dimensions):
                            d[q] += g * v[q]
                total -= unit * np.log(product)
                if average and used:
                    for q in range(dimensions):
                        d[q] /= np.float32(used)
            losses[thread * APART] += total
        share = (dimensions + threads - 1) // threads
        for thread in prange(threads):
            first, last = thread * share, min(dimensions, (thread + 1) * share)
            for b in range(start, end):
                h, d = hidden[b - start], change[b - start]
                for i in range(ids.shape[1]):
                    if weights[b, i] != zero:
                        v, g = outputs[ids[b, i]], descent[b - start, i]
                        for q in range(first, last):
                            v[q] += g * h[q]
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
    inputs: Tensor, outputs: Tensor, rows: Tensor, ids: Tensor, weights: Tensor, lr: float, average: bool, size: int
) -> float:
    """Take steps, see `logistic.Steps`, with the threads of torch; small steps with one thread."""
    size = max(1, min(size, len(rows)))
    most = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
    threads = min(torch.get_num_threads(), most) if size >= PARALLEL else 1
    memory = [np.empty((size, width), np.float32) for width in (inputs.shape[1], inputs.shape[1], ids.shape[1])]
    arrays = [tensor.detach().numpy() for tensor in (inputs, outputs, rows, ids, weights)]
    if threads == 1:
        return alone(*arrays, np.float32(lr), average, size, *memory, 1)
    numba.set_num_threads(threads)
    return together(*arrays, np.float32(lr), average, size, *memory, threads)
