import pytest
import torch
from nnzoo.analysis.codes.neighbours import leave_one_out

DISTANCES = torch.Generator().manual_seed(0)
POINTS = torch.randn(60, 3, generator=DISTANCES, dtype=torch.float64)


def nearest(points: torch.Tensor, k: int) -> torch.Tensor:
    """Return the indices of the k nearest other points, by all distances."""
    return torch.cdist(points, points).fill_diagonal_(torch.inf).topk(k, largest=False).indices


@pytest.mark.parametrize("k", [1, 5])
def test_share_of_points_whose_neighbours_have_their_class(k: int) -> None:
    classes = (POINTS[:, 0] > 0.2).long()
    expected = (classes[nearest(POINTS, k)].mode(1).values == classes).double().mean()
    assert 0.5 < expected < 1
    assert leave_one_out(POINTS, classes, k) == pytest.approx(float(expected))


def test_r2_of_the_mean_of_the_neighbours() -> None:
    values = POINTS.sum(1)
    predicted = values[nearest(POINTS, 5)].mean(1)
    expected = 1 - (values - predicted).square().sum() / (values - values.mean()).square().sum()
    assert leave_one_out(POINTS, values) == pytest.approx(float(expected))
