import pytest
import torch
from nnzoo.analysis.energy_distance import energy_distance
from scipy.stats import energy_distance as of_scipy


def by_loops(x, y):
    def mean(a, b, *, same):
        gaps = [
            sum((s - t) ** 2 for s, t in zip(p, q, strict=True)) ** 0.5
            for i, p in enumerate(a)
            for j, q in enumerate(b)
            if not (same and i == j)
        ]
        return sum(gaps) / len(gaps)

    x, y = x.tolist(), y.tolist()
    return 2 * mean(x, y, same=False) - mean(x, x, same=True) - mean(y, y, same=True)


@pytest.mark.parametrize(("n", "m", "size"), [(7, 9, 3), (30, 40, 1), (2, 2, 5)])
def test_equals_two_loops(n, m, size):
    x, y = torch.randn(n, size).double(), 1 + 2 * torch.randn(m, size).double()
    assert energy_distance(x, y).item() == pytest.approx(by_loops(x, y), rel=1e-12)


def test_points_that_are_close_together_far_from_the_origin():
    x, y = torch.randn(40, 2).double() + 1e6, torch.randn(30, 2).double() + 1e6
    assert energy_distance(x, y).item() == pytest.approx(energy_distance(x - 1e6, y - 1e6).item(), abs=1e-8)


def test_equals_scipy_up_to_pairs_of_equal_points():
    """scipy returns the square root of the distance, with means over all pairs."""
    x, y = torch.randn(50).double(), torch.randn(60).double() + 0.5
    inside = [torch.cdist(z[:, None], z[:, None]) for z in (x, y)]
    bias = sum(d.sum() / (len(d) * (len(d) - 1)) - d.mean() for d in inside)
    ours = energy_distance(x[:, None], y[:, None]) + bias
    assert ours.item() == pytest.approx(of_scipy(x.numpy(), y.numpy()) ** 2, rel=1e-9)


def test_is_unbiased():
    """For samples of the same distribution it is 0 on average, with either sign."""
    found = torch.stack([energy_distance(torch.randn(10, 2), torch.randn(10, 2)) for _ in range(600)])
    assert abs(found.mean()) < 4 * found.std() / 600**0.5
    assert (found < 0).double().mean() > 0.3
    # means over all pairs would add (E|X - X'| + E|Y - Y'|) / 10 = 0.35
    assert found.std() / 600**0.5 < 0.02


def test_two_places():
    assert energy_distance(torch.zeros(3, 2), torch.tensor([[3.0, 4.0]] * 2)).item() == 10


def test_single_point_is_refused():
    with pytest.raises(ValueError, match="at least 2 points of each distribution, got 1 and 5"):
        energy_distance(torch.zeros(1, 2), torch.zeros(5, 2))
