import pytest
import torch
from nnzoo.models.sum_product import SumProduct

from tests.support.gradients import assert_close_with_gradients

NONE = -60.0  # logarithm of a weight that is practically zero


def test_value_and_gradient_by_hand():
    torch.manual_seed(0)
    net = SumProduct(in_features=3, out_features=2, products=[4, 5]).double()
    first, second, last = (v.exp() for v in net.parameters())
    x = torch.randn(6, 3, dtype=torch.float64)
    one = torch.ones(6, 1, dtype=torch.float64)
    leaves = torch.cat([x, one, -x, -one], 1)
    p1 = (leaves @ first[:4].T) * (leaves @ first[4:].T)
    p2 = (p1 @ second[:5].T) * (p1 @ second[5:].T)
    assert_close_with_gradients(net(x), p2 @ last.T, list(net.parameters()))


def test_a_polynomial_is_represented_exactly():
    """(x + 2)(x - 3) + (2 - x) * 5 = x^2 - 6 x + 4, with positive weights on x, 1, -x, -1."""
    net = SumProduct(in_features=1, out_features=1, products=[2]).double()
    weights = torch.tensor([[1, 2, 0, 0], [0, 2, 1, 0], [1, 0, 0, 3], [0, 5, 0, 0]], dtype=torch.float64)
    net.factors[0].log_weight.data = weights.log().clamp(min=NONE)
    net.output.log_weight.data.zero_()
    x = torch.linspace(-2, 5, 9, dtype=torch.float64)[:, None]
    torch.testing.assert_close(net(x), x**2 - 6 * x + 4)


@pytest.mark.parametrize(("products", "degree"), [([], 1), ([3], 2), ([3, 3], 4)])
def test_each_layer_of_products_doubles_the_degree(products, degree):
    torch.manual_seed(0)
    net = SumProduct(in_features=1, out_features=1, products=products).double()
    y = net(torch.arange(10, dtype=torch.float64)[:, None])[:, 0]
    differences = [y.diff(n=n).abs().max().item() for n in (degree, degree + 1)]
    assert differences[0] > 1e-3
    assert differences[1] < 1e-9 * y.abs().max()


def test_it_learns_products():
    torch.manual_seed(0)
    net = SumProduct(in_features=2, out_features=1, products=[8])
    x = torch.rand(200, 2) * 2 - 1
    y = x[:, :1] * x[:, 1:] - 0.5 * x[:, :1]
    optimizer = torch.optim.Adam(net.parameters(), 0.1)
    for _ in range(200):
        optimizer.zero_grad()
        loss = (net(x) - y).square().mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-3 * y.var().item()


def test_layer_without_nodes_is_refused():
    with pytest.raises(ValueError, match="products has a layer of 0 nodes"):
        SumProduct(in_features=2, out_features=1, products=[0])
