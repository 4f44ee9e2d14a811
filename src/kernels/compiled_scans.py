"""The compiled kernels of `scans`. Importing this module needs numba.

The functions are in one file, since numba's cache on the disk only notices changes of the file of a kernel.

Shapes: B sequences, T steps, H units, G rows of the weights, K normalized blocks of H units; what is passed to other
layers is (B, T, H or G). All else is computed for the whole batch at a time, as a row (H * B) with the batch as the
innermost dimension, so that loops are long and use vector instructions.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.extending import overload

# allows sums in any order, without which loops over units could not use vector instructions; divisions by 0 are inf
OPTIONS: Any = {"fastmath": {"reassoc", "contract", "nsz", "arcp"}, "error_model": "numpy"}
inline = numba.njit(**OPTIONS)


def kernel(function: Callable[..., None]) -> Callable[..., None]:
    """Compile a function at its first call, or take it from a cache on the disk if that can be written."""
    try:
        return numba.njit(cache=True, nogil=True, **OPTIONS)(function)
    except RuntimeError:  # no folder for the cache
        return numba.njit(nogil=True, **OPTIONS)(function)


def exp(x: Any) -> Any:
    """Return e^x; in float32 for x in [-87, 88], outside of which it is that of the bound."""


@overload(exp, jit_options=OPTIONS)
def compile_exp(x: Any) -> Callable[[Any], Any]:
    """Return the function for a type: in float32 2^n p(r) with a polynomial of Cephes, which can be vectorized."""

    def exp_float64(x: Any) -> Any:
        return np.exp(x)

    low, top, log2e, half, one = (np.float32(value) for value in (-87, 88, 1.44269504, 0.5, 1))
    log2, rest = np.float32(0.693359375), np.float32(-2.12194440e-4)  # their sum is log 2
    p0, p1, p2 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3), np.float32(8.3334519073e-3)
    p3, p4, p5 = np.float32(4.1665795894e-2), np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
    bias, shift = np.int32(127), np.int32(23)  # of the exponent of a float32

    def exp_float32(x: Any) -> Any:
        x = low if x < low else x  # nan stays nan
        x = top if x > top else x
        n = np.floor(x * log2e + half)
        r = x - n * log2 - n * rest
        p = ((((((p0 * r + p1) * r + p2) * r + p3) * r + p4) * r + p5) * r) * r + r + one
        return p * np.int32((np.int32(n) + bias) << shift).view(np.float32)

    return exp_float32 if x == numba.float32 else exp_float64


@inline
def sigmoid(x: Any) -> None:
    """Replace x by 1 / (1 + e^-x)."""
    one = x.dtype.type(1)
    for i in range(len(x)):
        x[i] = one / (one + exp(-x[i]))


@inline
def tanh(x: Any) -> None:
    """Replace x by the hyperbolic tangent, 2 sigmoid(2 x) - 1."""
    one, two = x.dtype.type(1), x.dtype.type(2)
    for i in range(len(x)):
        x[i] = two / (one + exp(-two * x[i])) - one


@inline
def multiply(w: Any, x: Any, s: int, plus: Any, t: int, out: Any) -> None:
    """Set out (G * B) to W x_s + plus_t for W (G, H), x (B, *, H), plus (B, *, G).

    Eight sums at a time, of four sequences and two rows, share what they load; at the end some are computed repeatedly.
    """
    batch, rows = len(x), len(w)
    for a in range(0, batch, 4):
        b, c, d = min(a + 1, batch - 1), min(a + 2, batch - 1), min(a + 3, batch - 1)
        xa, xb, xc, xd = x[a, s], x[b, s], x[c, s], x[d, s]
        for r in range(0, rows, 2):
            q = min(r + 1, rows - 1)
            wr, wq = w[r], w[q]
            ra, rb, rc, rd = plus[a, t, r], plus[b, t, r], plus[c, t, r], plus[d, t, r]
            qa, qb, qc, qd = plus[a, t, q], plus[b, t, q], plus[c, t, q], plus[d, t, q]
            for k in range(len(wr)):
                ra += wr[k] * xa[k]
                rb += wr[k] * xb[k]
                rc += wr[k] * xc[k]
                rd += wr[k] * xd[k]
                qa += wq[k] * xa[k]
                qb += wq[k] * xb[k]
                qc += wq[k] * xc[k]
                qd += wq[k] * xd[k]
            first, second = r * batch, q * batch
            out[first + a], out[first + b], out[first + c], out[first + d] = ra, rb, rc, rd
            out[second + a], out[second + b], out[second + c], out[second + d] = qa, qb, qc, qd


@inline
def write(x: Any, out: Any, t: int) -> None:
    """Set out_t of out (B, T, G) to x (G * B)."""
    batch = len(out)
    for b in range(batch):
        to = out[b, t]
        for r in range(len(to)):
            to[r] = x[r * batch + b]


@inline
def read(x: Any, t: int, out: Any) -> None:
    """Set out (G * B) to x_t of x (B, T, G)."""
    batch = len(x)
    for b in range(batch):
        row = x[b, t]
        for r in range(len(row)):
            out[r * batch + b] = row[r]


@inline
def normalize(x: Any, gain: Any, bias: Any, eps: Any, normal: Any, scales: Any) -> None:
    """Replace x (K * H * B) by gain normal + bias; set normal to (x - mean) / s of each block and scales to 1 / s."""
    rows = len(gain)
    batch = len(x) // rows
    units = rows * batch // len(scales)
    n, zero, one, least = x.dtype.type(units), x.dtype.type(0), x.dtype.type(1), x.dtype.type(eps)
    mean = np.empty(batch, x.dtype)
    for k in range(rows // units):
        scale = scales[k * batch : (k + 1) * batch]
        mean[:] = zero
        for r in range(k * units, (k + 1) * units):
            row = x[r * batch : (r + 1) * batch]
            for b in range(batch):
                mean[b] += row[b] / n
        scale[:] = zero
        for r in range(k * units, (k + 1) * units):
            row, to = x[r * batch : (r + 1) * batch], normal[r * batch : (r + 1) * batch]
            for b in range(batch):
                to[b] = row[b] - mean[b]
                scale[b] += to[b] * to[b] / n
        for b in range(batch):
            scale[b] = one / np.sqrt(scale[b] + least)
        for r in range(k * units, (k + 1) * units):
            row, to = x[r * batch : (r + 1) * batch], normal[r * batch : (r + 1) * batch]
            by, plus = gain[r], bias[r]
            for b in range(batch):
                to[b] *= scale[b]
                row[b] = by * to[b] + plus


@inline
def normalize_back(d: Any, gain: Any, normal: Any, scales: Any, d_gain: Any, d_bias: Any) -> None:
    """Replace the gradient d of the result of `normalize` by that of its input; add to those of gain and bias."""
    rows = len(gain)
    batch = len(d) // rows
    units = rows * batch // len(scales)
    n, zero = d.dtype.type(units), d.dtype.type(0)
    mean, slope = np.empty(batch, d.dtype), np.empty(batch, d.dtype)
    for k in range(rows // units):
        mean[:] = zero
        slope[:] = zero
        scale = scales[k * batch : (k + 1) * batch]
        for r in range(k * units, (k + 1) * units):
            row, before = d[r * batch : (r + 1) * batch], normal[r * batch : (r + 1) * batch]
            by, of_gain, of_bias = gain[r] / n, zero, zero
            for b in range(batch):
                y = row[b] * before[b]
                of_gain += y
                of_bias += row[b]
                mean[b] += by * row[b]
                slope[b] += by * y
            d_gain[r] += of_gain
            d_bias[r] += of_bias
        for r in range(k * units, (k + 1) * units):
            row, before, by = d[r * batch : (r + 1) * batch], normal[r * batch : (r + 1) * batch], gain[r]
            for b in range(batch):
                row[b] = scale[b] * (by * row[b] - mean[b] - before[b] * slope[b])


TANH, RELU, SIGMOID, IDENTITY = range(4)


@inline
def activate(x: Any, function: int) -> None:
    """Replace x by f(x)."""
    zero = x.dtype.type(0)
    if function == TANH:
        tanh(x)
    elif function == SIGMOID:
        sigmoid(x)
    elif function == RELU:
        for i in range(len(x)):
            x[i] = zero if x[i] < zero else x[i]  # nan stays nan


@inline
def activate_back(d: Any, y: Any, function: int) -> None:
    """Multiply d by the derivative of f, given y = f(x)."""
    zero, one = y.dtype.type(0), y.dtype.type(1)
    if function == TANH:
        for i in range(len(d)):
            d[i] *= one - y[i] * y[i]
    elif function == SIGMOID:
        for i in range(len(d)):
            d[i] *= y[i] * (one - y[i])
    elif function == RELU:
        for i in range(len(d)):
            d[i] *= one if y[i] > zero else zero


@kernel
def elman(
    a: Any, w: Any, start: Any, gain: Any, bias: Any, eps: Any, function: int, h: Any, normal: Any, scales: Any
) -> None:
    """Compute h (B, T, H), see `scans.Elman`. start: (B, 1, H); normal, scales: (T, H * B), (T, B) if normalized."""
    z = np.empty(h.shape[0] * h.shape[2], h.dtype)
    for t in range(a.shape[1]):
        before, s = (h, t - 1) if t else (start, 0)
        multiply(w, before, s, a, t, z)
        if len(gain):
            normalize(z, gain, bias, eps, normal[t], scales[t])
        activate(z, function)
        write(z, h, t)


@kernel
def elman_back(
    gradient: Any,
    back: Any,
    gain: Any,
    function: int,
    h: Any,
    normal: Any,
    scales: Any,
    d: Any,
    d_start: Any,
    d_gain: Any,
    d_bias: Any,
) -> None:
    """Compute the gradients d of a, d_start (B, 1, H), d_gain and d_bias. back: W^T."""
    z, y = np.empty(d.shape[0] * d.shape[2], d.dtype), np.empty(d.shape[0] * d.shape[2], d.dtype)
    nothing = np.zeros((len(d), 1, d.shape[2]), d.dtype)
    for t in range(d.shape[1] - 1, -1, -1):
        after, s = (d, t + 1) if t + 1 < d.shape[1] else (nothing, 0)
        multiply(back, after, s, gradient, t, z)
        read(h, t, y)
        activate_back(z, y, function)
        if len(gain):
            normalize_back(z, gain, normal[t], scales[t], d_gain, d_bias)
        write(z, d, t)
    multiply(back, d, 0, d_start, 0, z)
    write(z, d_start, 0)


@kernel
def add_products(x: Any, y: Any, out: Any) -> None:
    """Add sum_n x_n y_n^T to out (H, G) for x (N, H), y (N, G): eight rows at a time, in half the time of BLAS."""
    whole = len(x) // 8 * 8
    for n in range(0, whole, 8):
        y0, y1, y2, y3, y4, y5, y6, y7 = y[n], y[n + 1], y[n + 2], y[n + 3], y[n + 4], y[n + 5], y[n + 6], y[n + 7]
        for k in range(len(out)):
            x0, x1, x2, x3 = x[n, k], x[n + 1, k], x[n + 2, k], x[n + 3, k]
            x4, x5, x6, x7 = x[n + 4, k], x[n + 5, k], x[n + 6, k], x[n + 7, k]
            row = out[k]
            for r in range(len(row)):
                row[r] += (
                    x0 * y0[r]
                    + x1 * y1[r]
                    + x2 * y2[r]
                    + x3 * y3[r]
                    + (x4 * y4[r] + x5 * y5[r] + x6 * y6[r] + x7 * y7[r])
                )
    for n in range(whole, len(x)):
        for k in range(len(out)):
            for r in range(len(out[k])):
                out[k, r] += x[n, k] * y[n, r]


STANDARD, INNER, LINEAR = range(3)


@kernel
def lstm(
    a: Any,
    w: Any,
    start: Any,
    gain: Any,
    bias: Any,
    eps: Any,
    output: int,
    h: Any,
    c: Any,
    gates: Any,
    normal: Any,
    scales: Any,
) -> None:
    """Compute h (B, T, H), see `scans.LSTM`. start: (B, 1, H); c: (T + 1, H * B), of which the first is given.

    gates: (T, 5 H * B), i, f, u, o and r, the last factor of the output o r; normal: (T, 5 H * B), scales: (T, 5 B).
    """
    n = h.shape[0] * h.shape[2]
    rows, blocks = 4 * h.shape[2], 4 * h.shape[0]
    y = np.empty(n, h.dtype)
    for t in range(a.shape[1]):
        before, s = (h, t - 1) if t else (start, 0)
        z, r = gates[t, : 4 * n], gates[t, 4 * n :]
        i, f, u, o = z[:n], z[n : 2 * n], z[2 * n : 3 * n], z[3 * n :]
        multiply(w, before, s, a, t, z)
        if len(gain):
            normalize(z, gain[:rows], bias[:rows], eps, normal[t, : 4 * n], scales[t, :blocks])
        sigmoid(z[: 2 * n])
        tanh(u)
        sigmoid(o)
        old, now = c[t], c[t + 1]
        for j in range(n):
            now[j] = f[j] * old[j] + i[j] * u[j]
            r[j] = now[j]
        if len(gain):
            normalize(r, gain[rows:], bias[rows:], eps, normal[t, 4 * n :], scales[t, blocks:])
        if output == STANDARD:
            tanh(r)
        for j in range(n):
            y[j] = o[j] * r[j]
        if output == INNER:
            tanh(y)
        write(y, h, t)


@kernel
def lstm_back(
    gradient: Any,
    dc: Any,
    back: Any,
    gain: Any,
    output: int,
    h: Any,
    c: Any,
    gates: Any,
    normal: Any,
    scales: Any,
    d: Any,
    d_start: Any,
    d_gain: Any,
    d_bias: Any,
) -> None:
    """Compute the gradients d of a, d_start, d_gain and d_bias; dc (H * B): from that of the last c to the first."""
    n = len(dc)
    rows, blocks = 4 * h.shape[2], 4 * h.shape[0]
    one = h.dtype.type(1)
    z, dz, dr = np.empty(n, h.dtype), np.empty(4 * n, h.dtype), np.empty(n, h.dtype)
    nothing = np.zeros((len(d), 1, rows), h.dtype)
    for t in range(d.shape[1] - 1, -1, -1):
        after, s = (d, t + 1) if t + 1 < d.shape[1] else (nothing, 0)
        multiply(back, after, s, gradient, t, z)
        i, f, u = gates[t, :n], gates[t, n : 2 * n], gates[t, 2 * n : 3 * n]
        o, r = gates[t, 3 * n : 4 * n], gates[t, 4 * n :]
        if output == INNER:
            read(h, t, dr)
            activate_back(z, dr, TANH)
        for j in range(n):
            dr[j] = z[j] * o[j]
        if output == STANDARD:
            activate_back(dr, r, TANH)
        if len(gain):
            normalize_back(dr, gain[rows:], normal[t, 4 * n :], scales[t, blocks:], d_gain[rows:], d_bias[rows:])
        di, df, du, do, old = dz[:n], dz[n : 2 * n], dz[2 * n : 3 * n], dz[3 * n :], c[t]
        for j in range(n):
            do[j] = z[j] * r[j] * o[j] * (one - o[j])
        for j in range(n):
            dc[j] += dr[j]
            di[j] = dc[j] * u[j] * i[j] * (one - i[j])
        for j in range(n):
            df[j] = dc[j] * old[j] * f[j] * (one - f[j])
        for j in range(n):
            du[j] = dc[j] * i[j] * (one - u[j] * u[j])
            dc[j] *= f[j]
        if len(gain):
            normalize_back(dz, gain[:rows], normal[t, : 4 * n], scales[t, :blocks], d_gain[:rows], d_bias[:rows])
        write(dz, d, t)
    multiply(back, d, 0, d_start, 0, z)
    write(z, d_start, 0)
