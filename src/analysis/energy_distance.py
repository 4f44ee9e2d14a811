"""How far apart two distributions are, from points of both.

Shapes: N and M points, F numbers of each.
"""

import torch
from torch import Tensor


def energy_distance(x: Tensor, y: Tensor) -> Tensor:
    """Return the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| of the distributions of points, in float64.

    x: (N, F); y: (M, F). Means are over all pairs of different points, which makes the estimate unbiased: for the same
    distribution it is 0 on average, and may be below. It is in the units of x. Raises ValueError for fewer than two
    points. Szekely and Rizzo 2013, Energy statistics, eq. 1.
    """
    n, m = len(x), len(y)
    if min(n, m) < 2:
        raise ValueError(f"an energy distance takes at least two points of each kind, not {n} and {m}")
    x, y = x.double(), y.double()
    between = distances(x, y).mean()
    return 2 * between - distances(x, x).sum() / (n * (n - 1)) - distances(y, y).sum() / (m * (m - 1))


def distances(x: Tensor, y: Tensor) -> Tensor:
    """Return |x_i - y_j|, (N, M); without the products by which close points lose their digits."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
