import pytest
import torch
from nnzoo.analysis.layers.depth import gradient_norms_by_layer, weight_gradient_rms
from nnzoo.models.mlp import MLP
from torch import nn

# medians over 2000 chains of one unit per layer at depth 5, 10 and 20, sampled independently: Aggarwal 1.4.2, 3.4
CHAINS = {"sigmoid": (3.6e-5, 1.1e-9, 9.5e-19), "tanh": (1.9e-2, 8.1e-4, 1.4e-6), "relu": (0, 0, 0)}


@pytest.mark.parametrize("activation", CHAINS)
def test_medians_of_chains(activation):
    for depth, expected in zip((5, 10, 20), CHAINS[activation], strict=True):
        found = gradient_norms_by_layer(activation, depth)[0]
        assert found.shape == (2000,)
        assert float(found.median()) == pytest.approx(expected, rel=0.3)


def test_sigmoid_divides_gradients_by_four_per_layer():
    sizes = gradient_norms_by_layer("sigmoid", 10)
    assert sizes.shape == (11, 2000)
    torch.testing.assert_close(sizes[-1], torch.ones(2000).double())
    generator = torch.Generator().manual_seed(0)
    torch.randn(2000, 1, 1, generator=generator, dtype=torch.float64)
    weights = [torch.randn(2000, 1, 1, generator=generator, dtype=torch.float64).abs().view(-1) for _ in range(10)]
    assert (sizes[0] <= 0.25**10 * torch.stack(weights).prod(0) * (1 + 1e-9)).all()


def test_wide_relu_layers_preserve_gradient_norms():
    wide = gradient_norms_by_layer("relu", 20, width=64, gain=2**0.5, networks=40)
    assert (
        0.5 < float(wide[0].median()) < 1.5
    )  # E[|do/dx|^2] = 1: half of the units are active, and the gain compensates
    assert float(gradient_norms_by_layer("relu", 20, width=64, networks=40)[0].median()) < 2e-3
    assert float(gradient_norms_by_layer("identity", 20, width=64, gain=2, networks=10)[0].median()) > 1e5


def test_linear_layers_by_hand():
    generator = torch.Generator().manual_seed(3)
    torch.randn(1, 2, 1, generator=generator, dtype=torch.float64)
    first, second = (torch.randn(1, 2, 2, generator=generator, dtype=torch.float64)[0] / 2**0.5 for _ in range(2))
    sizes = gradient_norms_by_layer("identity", 2, width=2, networks=1, seed=3)
    v = torch.randn(1, 2, 1, generator=generator, dtype=torch.float64)[0].t()
    v /= v.norm()
    expected = [(v @ second @ first).norm(), (v @ second).norm(), v.norm()]
    assert sizes[:, 0].tolist() == pytest.approx([float(e) for e in expected])


def test_weight_gradients_of_a_network():
    net = MLP(in_features=3, out_features=2, hidden=[4])
    x, y = torch.randn(5, 3), torch.tensor([0, 1, 0, 1, 1])
    found = weight_gradient_rms(net, lambda: nn.functional.cross_entropy(net(x), y))
    assert all(p.grad is None for p in net.parameters())
    nn.functional.cross_entropy(net(x), y).backward()
    assert list(found) == ["layers.0.weight", "layers.2.weight"]
    for name, size in found.items():
        assert size == pytest.approx(float(net.get_parameter(name).grad.square().mean() ** 0.5))


def test_invalid_arguments_are_refused():
    with pytest.raises(ValueError, match="depth is 0"):
        gradient_norms_by_layer("tanh", 0)
    with pytest.raises(ValueError, match="did you mean 'tanh'"):
        gradient_norms_by_layer("tahn", 2)
