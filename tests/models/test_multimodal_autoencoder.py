"""The multimodal autoencoder: an autoencoder of all modalities that replaces missing ones by 0."""

import pytest
import torch
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.multimodal_autoencoder import MultimodalAutoencoder
from torch.testing import assert_close


def made(**settings):
    torch.manual_seed(0)
    return MultimodalAutoencoder(in_features=5, block_sizes=(3, 2), **settings).double()


@pytest.mark.parametrize("hidden", [(), (4,)])
def test_value_and_gradient_are_those_of_an_autoencoder(hidden):
    """Of one layer, as in Fig. 2.12 of Aggarwal, and a deep one."""
    net = made(hidden=hidden, code=3, code_activation="sigmoid", drop=0.0)
    plain = Autoencoder(in_features=5, hidden=hidden, code=3, code_activation="sigmoid").double()
    plain.load_state_dict(net.autoencoder.state_dict())
    x = torch.randn(6, 5, dtype=torch.float64)
    for each in (net, plain):
        (each(x) - x).square().sum().backward()
    assert_close(net(x), plain(x))
    assert_close([p.grad for p in net.parameters()], [p.grad for p in plain.parameters()])


def test_missing_modality():
    net = made(drop=0.9).eval()
    x = torch.randn(4, 5, dtype=torch.float64)
    zero, missing = x.clone(), x.clone()
    zero[:, 3:], missing[:, 4] = 0, float("nan")
    assert_close(net(missing), net(zero))
    assert_close(net.encode(missing), net.encode(zero))
    assert_close(net.decode(net.encode(missing)), net(missing))


def test_modalities_are_dropped_in_training_only():
    net, x = made(drop=1.0), torch.randn(4, 5, dtype=torch.float64)
    one, other = (x.clone() for _ in range(2))
    one[:, 3:], other[:, :3] = 0, 0
    found = net(x)
    either = torch.stack([net.autoencoder(one), net.autoencoder(other)])
    assert (found == either).all(-1).any(0).all()
    assert_close(net.eval()(x), net.autoencoder(x))


def test_invalid_settings():
    with pytest.raises(ValueError, match="a single modality"):
        MultimodalAutoencoder(in_features=5, block_sizes=())
