"""Energy distance between two distributions, estimated from samples.

Shapes: N and M points, F features of each.
"""

import torch
from torch import Tensor


def energy_distance(x: Tensor, y: Tensor) -> Tensor:
    """Return the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| between the distributions of points, in float64.

    x: (N, F); y: (M, F). Means are over all pairs of different points, so the estimate is unbiased: for equal
    distributions it is 0 on average and may be negative. It has the units of x. Raises ValueError for fewer than two
    points. Szekely and Rizzo 2013, Energy statistics, eq. 1.
    """
    n, m = len(x), len(y)
    if min(n, m) < 2:
        raise ValueError(f"an energy distance needs at least 2 points of each distribution, got {n} and {m}")
    x, y = x.double(), y.double()
    between = distances(x, y).mean()
    return 2 * between - distances(x, x).sum() / (n * (n - 1)) - distances(y, y).sum() / (m * (m - 1))


def distances(x: Tensor, y: Tensor) -> Tensor:
    """Return |x_i - y_j|, (N, M), without the matrix product, which is inaccurate for close points."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
