"""The conditional variational autoencoder: what encoder and decoder read."""

import pytest
import torch
from nnzoo.models.conditional_vae import ConditionalVAE
from torch.nn.functional import linear
from torch.testing import assert_close

F, C, K = 6, 3, 2


def made(**settings):
    torch.manual_seed(0)
    return ConditionalVAE(code=K, hidden=(), **settings).double().eval()


def parts(net):
    return [(layer.weight, layer.bias) for layer in (net.encoder.head, net.decoder.head)]


@pytest.fixture
def x():
    torch.manual_seed(1)
    return torch.randn(5, F + C, dtype=torch.float64)


def test_value_by_hand_with_a_context_at_the_end(x):
    net = made(in_features=F + C, out_features=F)
    encoder, decoder = parts(net)
    code = linear(x, *encoder)[:, :K]
    assert_close(net.encode(x), code)
    assert_close(net(x), linear(torch.cat([code, x[:, F:]], 1), *decoder))
    assert net(x).shape == (5, F)


def test_value_by_hand_with_an_erased_input_as_context(x):
    net, x = made(in_features=F, out_features=F, erased=1 / 3), x[:, :F]
    damaged = x.clone()
    damaged[:, 4:] = 0
    encoder, decoder = parts(net)
    code = linear(torch.cat([x, damaged], 1), *encoder)[:, :K]
    assert_close(net.encode(x), code)
    assert_close(net(x), linear(torch.cat([code, damaged], 1), *decoder))


def test_the_decoder_does_not_see_what_is_erased(x):
    net, x = made(in_features=F, out_features=F, erased=0.5), x[:, :F]
    code, other = torch.randn(5, K, dtype=torch.float64), x.clone()
    other[:, 3:] = 7
    assert torch.equal(net.reconstruct(code, x), net.reconstruct(code, other))
    other[:, 2] = 7
    assert not torch.equal(net.reconstruct(code, x), net.reconstruct(code, other))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"out_features": F}, "the data has no context; use head=conditional_reconstruction"),
        ({"out_features": 4, "erased": 0.5}, "erased=0.5 is for data without a context"),
        ({"out_features": F, "erased": 1.0}, "erased is 1.0"),
    ],
)
def test_invalid_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        made(in_features=F, **settings)
