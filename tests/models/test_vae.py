"""The variational autoencoder: values by hand, sampled codes, settings."""

import pytest
import torch
from nnzoo.models.vae import VAE
from torch.nn.functional import linear
from torch.testing import assert_close

F, K = 6, 2


@pytest.fixture
def x():
    torch.manual_seed(1)
    return torch.randn(7, F, dtype=torch.float64)


def made(**settings):
    torch.manual_seed(0)
    return VAE(in_features=F, code=K, **settings).double()


def test_value_by_hand(x):
    net = made(hidden=(5,), decoder_hidden=(4,), activation="tanh").eval()
    layers = (*net.encoder.layers[::2], *net.decoder.layers[::2])
    one, two, three, four = ((layer.weight, layer.bias) for layer in layers)
    encoded = linear(linear(x, *one).tanh(), *two)
    mean, log_variance = net.posterior(x)
    assert_close(mean, encoded[:, :K])
    assert_close(log_variance, encoded[:, K:])
    assert_close(net.encode(x), mean)
    assert_close(net(x), linear(linear(mean, *three).tanh(), *four))
    assert_close(net.reconstruct(mean, x), net(x))


def test_codes_are_sampled_in_training(x):
    """h = mean + sigma z. Aggarwal eq. 4.16."""
    net = made()
    mean, log_variance = net.posterior(x)
    torch.manual_seed(3)
    noise = torch.randn(7, K, dtype=torch.float64)
    torch.manual_seed(3)
    assert_close(net(x), net.decode(mean + noise * log_variance.exp().sqrt()))
    assert torch.equal(net.eval()(x), net.decode(mean))


def test_sampled_codes_are_standard_normal():
    torch.manual_seed(0)
    codes = made().sample_codes(20000)
    assert codes.shape == (20000, K)
    assert codes.dtype == torch.float64
    assert_close(codes.mean(0), torch.zeros(K, dtype=torch.float64), atol=0.03, rtol=0)
    assert_close(codes.T.cov(), torch.eye(K, dtype=torch.float64), atol=0.05, rtol=0)


def test_layers_of_the_decoder():
    mirrored = VAE(in_features=F, hidden=(5, 4), code=3)
    assert [layer.out_features for layer in mirrored.encoder.layers[::2]] == [5, 4, 6]
    assert [layer.out_features for layer in mirrored.decoder.layers[::2]] == [4, 5, F]
    assert len(VAE(in_features=F, hidden=(5, 4), code=3, decoder_hidden=()).decoder.layers) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"code": 0}, "code is 0; it must be at least 1"),
        ({"hidden": (0,)}, "hidden has a layer of 0 units"),
        ({"activation": "relo"}, "relo"),
    ],
)
def test_invalid_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        VAE(in_features=F, **settings)
