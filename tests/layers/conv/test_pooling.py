"""The backward pass of max-pooling, Aggarwal 8.3, and the worked numbers of figure 8.4."""

import pytest
import torch
from nnzoo.layers.conv.explicit import windows
from nnzoo.layers.conv.pooling import max_pool_gradient
from torch.nn.functional import max_pool2d
from torch.testing import assert_close

from .test_explicit import X


@pytest.mark.parametrize(
    ("size", "stride", "shape"), [(2, 2, (6, 8)), (3, 2, (7, 13)), (3, 1, (4, 5)), (4, 3, (7, 13))]
)
def test_gradient_is_that_of_torch(size, stride, shape):
    """8B1, 8B2: overlapping windows, and many ties."""
    torch.manual_seed(0)
    for x in (torch.randn(2, 3, *shape), torch.randint(3, (2, 3, *shape)).float()):
        x.requires_grad_()
        pooled = max_pool2d(x, size, stride)
        gradient = torch.randn_like(pooled)
        (expected,) = torch.autograd.grad(pooled, x, gradient)
        assert_close(max_pool_gradient(x.detach(), gradient, size=size, stride=stride), expected)


def test_ties_can_share_the_gradient():
    x = torch.tensor([[[[1.0, 1, 0], [1, 1, 1], [0, 2, 1]]]])
    found = max_pool_gradient(x, torch.tensor([[[[4.0, 6], [5, 3]]]]), size=2, stride=1, ties="shared")
    assert found.tolist() == [[[[1, 1 + 2, 0], [1, 1 + 2, 2], [0, 5 + 3, 0]]]]


def test_worked_numbers_of_figure_8_4():
    """W4."""

    def pooled(size, stride):
        maxima = windows(X, (size, size), stride=stride).amax((-2, -1))
        assert torch.equal(maxima, max_pool2d(X, size, stride))
        return maxima[0, 0].tolist()

    rows = [[7, 7, 5, 5, 5], [7, 7, 5, 5, 7], [8, 8, 5, 5, 7], [8, 8, 6, 6, 7], [8, 8, 6, 6, 6]]
    assert pooled(3, 1) == rows
    assert pooled(3, 2) == [[7, 5, 5], [8, 5, 7], [8, 6, 6]]
    assert pooled(4, 1) == [[7, 7, 5, 7], [8, 8, 5, 7], [8, 8, 6, 7], [8, 8, 6, 7]]
