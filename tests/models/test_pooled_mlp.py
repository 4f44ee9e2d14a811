import pytest
import torch
from nnzoo.models.pooled_mlp import PooledMLP


def test_value_and_gradient_by_hand():
    torch.manual_seed(0)
    net = PooledMLP(in_features=5, out_features=2, clusters=[2]).double()
    w, b, v, c = net.parameters()
    x = torch.randn(6, 5, dtype=torch.float64)
    pairs = torch.stack([x[:, 0] * w[0] + x[:, 1] * w[1], x[:, 2] * w[2] + x[:, 3] * w[3], x[:, 4] * w[4]], 1)
    h = (pairs + b).tanh()
    torch.testing.assert_close(net(x), h @ v.T + c)
    net(x).sum().backward()
    delta = v.sum(0) * (1 - h**2)
    torch.testing.assert_close(w.grad, (delta.repeat_interleave(2, 1)[:, :5] * x).sum(0))


def test_clusters_of_clusters():
    net = PooledMLP(in_features=784, out_features=10, clusters=[4, 4])
    assert [len(layer.bias) for layer in net.layers if hasattr(layer, "bias")] == [196, 49, 10]
    assert sum(p.numel() for p in net.parameters()) == (784 + 196) + (196 + 49) + 50 * 10


def test_unit_depends_only_on_its_cluster():
    net = PooledMLP(in_features=6, out_features=1, clusters=[3])
    hidden = net.layers[:-1]
    x = torch.zeros(1, 6)
    changed = hidden(x) != hidden(torch.tensor([[0.0, 0.0, 0.0, 1.0, 0.0, 0.0]]))
    assert changed.tolist() == [[False, True]]


def test_empty_cluster_is_refused():
    with pytest.raises(ValueError, match="clusters has a size of 0"):
        PooledMLP(in_features=4, out_features=3, clusters=[2, 0])
