import pytest
import torch
from nnzoo.models.gan import GAN
from torch.nn.functional import leaky_relu, linear
from torch.testing import assert_close


@pytest.fixture
def net():
    return GAN(in_features=3, noise=2, generator=[5], discriminator=[4, 6]).double()


def dense(part, x):
    """A stack of dense layers, written out."""
    layers = [layer for layer in part.modules() if isinstance(layer, torch.nn.Linear)]
    for layer in layers[:-1]:
        x = leaky_relu(linear(x, layer.weight, layer.bias), 0.01)
    return linear(x, layers[-1].weight, layers[-1].bias)


def test_outputs_are_those_of_the_discriminator(net):
    x = torch.randn(7, 3).double()
    assert_close(net(x), dense(net.discriminator, x))
    assert net(x).shape == (7, 1)
    assert_close(net.head(net.forward_features(x)), net(x))


def test_generator_maps_noise_to_points(net):
    z = torch.randn(7, 2).double()
    assert_close(net.generate(z), dense(net.generator, z))
    assert net.generate(z).shape == (7, 3)


def test_samples_are_generated_from_gaussian_noise(net):
    torch.manual_seed(3)
    found = net.sample(50)
    torch.manual_seed(3)
    assert_close(found, net.generate(torch.randn(50, 2, dtype=torch.float64)))
    assert not found.requires_grad
    linear_net = GAN(in_features=2, noise=2, generator=[], discriminator=[])
    torch.nn.init.eye_(linear_net.generator.head.weight)
    torch.nn.init.zeros_(linear_net.generator.head.bias)
    points = linear_net.sample(4000)
    assert points.mean(0).tolist() == pytest.approx([0, 0], abs=0.1)
    assert points.std(0).tolist() == pytest.approx([1, 1], rel=0.1)


def test_parameters(net):
    sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in net.named_children()}
    assert sizes == {"generator": 2 * 5 + 5 + 5 * 3 + 3, "discriminator": 3 * 4 + 4 + 4 * 6 + 6 + 6 + 1}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"noise": 0}, "noise is 0; it must be at least 1"),
        ({"generator": [0]}, "hidden has a layer of 0 units"),
        ({"activation": "relo"}, "did you mean 'relu'"),
    ],
)
def test_values_out_of_range_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        GAN(in_features=2, **wrong)


@pytest.mark.parametrize("n", [0, -2])
def test_sample_size_must_be_positive(net, n):
    with pytest.raises(ValueError, match=f"^n is {n}; it must be at least 1$"):
        net.sample(n)
