"""Distance between generated and real points."""

import math

import pytest
import torch
from nnzoo.tasks.metrics.samples import SampleMetrics


def distance(x: torch.Tensor, y: torch.Tensor) -> float:
    """Return 2 E|X - Y| - E|X - X'| - E|Y - Y'| over pairs of different points, by loops."""
    between = sum(math.dist(a, b) for a in x.tolist() for b in y.tolist()) / (len(x) * len(y))
    within = [
        sum(math.dist(a, b) for i, a in enumerate(z.tolist()) for j, b in enumerate(z.tolist()) if i != j)
        / (len(z) * (len(z) - 1))
        for z in (x, y)
    ]
    return 2 * between - sum(within)


def test_mean_over_points() -> None:
    numbers = torch.Generator().manual_seed(0)
    metrics, total = SampleMetrics(), 0.0
    for n in (5, 1, 2):
        x, y = torch.randn(2, n, 3, generator=numbers, dtype=torch.float64)
        metrics.update(x, y, None)
        total += n * distance(x, y) if n > 1 else 0.0  # a single point has no distance to another one
    assert metrics.compute(0.0) == {"energy_distance": pytest.approx(total / 7)}


def test_single_points_have_no_distance() -> None:
    metrics = SampleMetrics()
    metrics.update(torch.zeros(1, 2), torch.ones(1, 2), None)
    assert math.isnan(metrics.compute(0.0)["energy_distance"])
    assert metrics.minimum == 2
