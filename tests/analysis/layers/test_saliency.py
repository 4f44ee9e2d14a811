import pytest
import torch
from nnzoo.analysis.layers.saliency import relevance, saliency
from nnzoo.models.linear import Linear
from nnzoo.models.mlp import MLP
from torch import nn

from tests.support.gradients import numerical_gradient

X = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, 1.0]])
WEIGHT = torch.tensor([[3.0, -1.0], [0.5, 2.0], [-4.0, -5.0]])


def linear():
    net = Linear(in_features=2, out_features=3, bias=False)
    net.linear.weight.data.copy_(WEIGHT)
    return net


def test_saliency_of_a_linear_network_is_its_weights():
    net = linear()
    assert torch.equal(saliency(net, X), WEIGHT[[0, 1, 0]])  # Aggarwal 2.4; the winners are 0, 1, 0
    assert net.linear.weight.grad is None


def test_saliency_equals_finite_differences():
    net = MLP(in_features=4, out_features=3, hidden=[5], activation="tanh").double()
    x = torch.randn(6, 4, dtype=torch.float64)
    winners = net(x).argmax(1)
    expected = numerical_gradient(lambda x: net(x)[range(6), winners].sum(), x)
    torch.testing.assert_close(saliency(net, x), expected, rtol=1e-6, atol=1e-8)


def test_single_output_scores_both_classes():
    net = Linear(in_features=2, out_features=1, bias=False)
    net.linear.weight.data.copy_(torch.tensor([[1.0, -2.0]]))
    assert saliency(net, X[:2]).tolist() == [[1, -2], [-1, 2]]  # of class 1, and of class 0


def test_aggregations():
    y = torch.tensor([0, 1, 2])  # the third is wrong
    net = linear()
    sizes = WEIGHT.abs()
    torch.testing.assert_close(relevance(net, X, y), (sizes[0] + sizes[1]) / 2)
    torch.testing.assert_close(relevance(net, X, y, "correct"), sizes.sum(0))
    square = nn.Sequential(net, Square())  # derivatives 2 o_k w_k differ from example to example
    o = net(X).detach()
    by_example = (2 * o.abs()[:, :, None] * sizes).sum(1)
    torch.testing.assert_close(relevance(square, X, y, "all"), by_example.mean(0))
    right = square(X).argmax(1) == y
    torch.testing.assert_close(relevance(square, X, y, "correct"), by_example[right].mean(0))


class Square(nn.Module):
    def forward(self, x):
        return x.square()


def test_irrelevant_features_come_last():
    x = torch.randn(200, 6)
    y = (x[:, 0] - x[:, 3] > 0).long()
    net = MLP(in_features=6, out_features=2, hidden=[8])
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    for over in ("winning", "correct", "all"):
        assert set(relevance(net, x, y, over).topk(2).indices.tolist()) == {0, 3}


def test_invalid_arguments_are_refused():
    with pytest.raises(ValueError, match="no example is classified correctly"):
        relevance(linear(), X, torch.tensor([2, 2, 2]))
    with pytest.raises(ValueError, match="over is 'some'; it must be winning, correct or all"):
        relevance(linear(), X, torch.tensor([0, 1, 0]), "some")
