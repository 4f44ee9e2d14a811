"""Local response normalization, Aggarwal 8.2.8, W12."""

import pytest
import torch
from nnzoo.layers.conv.local_response import LocalResponseNorm

from tests.support.gradients import assert_close_with_gradients


@pytest.mark.parametrize("size", [1, 3, 5, None])
def test_value_and_gradient_by_the_formula(size):
    torch.manual_seed(0)
    a = torch.randn(2, 7, 3, 4, dtype=torch.float64, requires_grad=True)
    reach = 7 if size is None else size // 2
    sums = torch.stack([a[:, max(0, i - reach) : i + reach + 1].square().sum(1) for i in range(7)], 1)
    expected = a / (2 + 1e-4 * sums) ** 0.75
    assert_close_with_gradients(LocalResponseNorm(size)(a), expected, [a])
    large = LocalResponseNorm(size, alpha=0.5, beta=0.3, k=1.0)(a)
    assert_close_with_gradients(large, a / (1 + 0.5 * sums) ** 0.3, [a])


def test_many_maps_are_all_maps():
    """O11."""
    a = torch.randn(1, 4, 2, 2, dtype=torch.float64)
    torch.testing.assert_close(LocalResponseNorm(9, alpha=1.0)(a), LocalResponseNorm(None, alpha=1.0)(a))


@pytest.mark.parametrize("size", [0, 4])
def test_the_number_of_maps_is_odd(size):
    with pytest.raises(ValueError, match=f"size is {size}; it must be an odd number"):
        LocalResponseNorm(size)
