import numpy as np
import pytest
import torch
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.autoencoder_ensemble import AutoencoderEnsemble, Combine
from torch.testing import assert_close

from tests.support.gradients import assert_close_with_gradients

SIZES = {"in_features": 6, "hidden": [5, 4], "code": 2}


def ensemble(**settings):
    torch.manual_seed(0)
    return AutoencoderEnsemble(**SIZES, **{"members": 3} | settings).double()


def alone(net, m):
    """Member `m` as an autoencoder of its own."""
    single = Autoencoder(**SIZES, activation="tanh").double()
    layers = [layer for layer in (*net.encoder, *net.decoder, net.head[0]) if hasattr(layer, "weight")]
    own = [layer for layer in (*single.encoder, *single.decoder) if hasattr(layer, "weight")]
    for given, layer in zip(layers, own, strict=True):
        layer.weight.data, layer.bias.data = (given.weight * given.mask)[m].detach(), given.bias[m].detach()
    return single


def test_each_member_is_an_autoencoder_without_some_connections():
    net = ensemble(activation="tanh", dropped=0.4)
    x = torch.randn(2, 7, 6, dtype=torch.float64)
    outputs = net.member_outputs(x)
    for m in range(3):
        assert_close(outputs[..., m, :], alone(net, m)(x))
        assert_close(net.encode(x).unflatten(-1, (3, 2))[..., m, :], alone(net, m).encode(x))


@pytest.mark.parametrize("members", [1, 4, 5])
@pytest.mark.parametrize("how", ["median", "mean"])
def test_outputs_are_combined_number_by_number(how, members):
    values = torch.randn(2, 3, members, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    oracle = {"median": np.median, "mean": np.mean}[how](values.numpy(), axis=-2)
    assert_close(Combine(how)(values), torch.from_numpy(oracle))


def test_value_and_gradient_of_the_median():
    net = ensemble(dropped=0.3)
    x = torch.randn(8, 6, dtype=torch.float64, requires_grad=True)
    assert_close_with_gradients(net(x), net.member_outputs(x).median(-2).values, [x, net.head[0].weight])


def test_codes_are_decoded():
    net = ensemble(combine="mean")
    x = torch.randn(4, 6, dtype=torch.float64)
    assert net.encode(x).shape == (4, 6)
    assert_close(net.decode(net.encode(x)), net(x))


def test_without_hidden_layers_the_features_are_the_codes():
    net = AutoencoderEnsemble(in_features=6, hidden=[], code=2, members=3, code_activation="sigmoid")
    x = torch.randn(4, 6)
    assert torch.equal(net.forward_features(x).flatten(-2), net.encode(x))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden": [4, 0]}, "a layer has 0 units"),
        ({"code": 0}, "a layer has 0 units"),
        ({"members": 0}, "members is 0"),
        ({"dropped": 1.5}, "dropped is 1.5"),
        ({"activation": "rlu"}, "rlu"),
    ],
)
def test_values_out_of_range(wrong, message):
    with pytest.raises(ValueError, match=message):
        AutoencoderEnsemble(**SIZES | wrong)
