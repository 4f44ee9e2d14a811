import pytest
import torch
from nnzoo.config.files import model_config
from nnzoo.config.instantiate import instantiate
from nnzoo.layers.corruption import Corruption
from nnzoo.models.autoencoder import Autoencoder
from torch import nn
from torch.nn.functional import linear
from torch.testing import assert_close

F, DEEP = 6, {"hidden": (5, 4), "code": 2, "activation": "sigmoid"}


@pytest.fixture
def x():
    torch.manual_seed(1)
    return torch.randn(7, F, dtype=torch.float64)


def made(**settings):
    torch.manual_seed(0)
    return Autoencoder(in_features=F, **settings).double()


def test_value_by_hand(x):
    net = made(**DEEP, code_activation="tanh")
    first, second, third, fourth, fifth, sixth = (
        (layer.weight, layer.bias) for layer in net.modules() if isinstance(layer, nn.Linear)
    )
    code = linear(linear(linear(x, *first).sigmoid(), *second).sigmoid(), *third).tanh()
    assert_close(net.encode(x), code)
    assert_close(net(x), linear(linear(linear(code, *fourth).sigmoid(), *fifth).sigmoid(), *sixth))
    assert_close(net.decode(net.encode(x)), net(x))


def test_gradient_by_hand(x):
    """Sigmoid code, linear output, squared error. Aggarwal eq. 2.43, 2.44."""
    net = made(hidden=(), code=3, code_activation="sigmoid", bias=False)
    w, v = net.encoder[0].weight, net.decoder[0].weight
    h = (x @ w.T).sigmoid()
    error = h @ v.T - x
    (net(x) - x).square().sum().backward()
    assert_close(v.grad, 2 * error.T @ h)
    assert_close(w.grad, ((2 * error @ v) * h * (1 - h)).T @ x)


def test_tied_weights_equal_untied_transposed_weights(x):
    """Value, and the gradient as the sum of both. Aggarwal 2.5.1.3."""
    tied, untied = made(**DEEP, tied=True), made(**DEEP)
    down, up = tied.encoder[::2], tied.decoder[::2]
    for one, other in ((down, untied.encoder[::2]), (up, untied.decoder[::2])):
        for source, layer in zip(one, other, strict=True):
            layer.weight.data, layer.bias.data = source.weight.detach().clone(), source.bias.detach().clone()
    assert_close(tied(x), untied(x))
    for net in (tied, untied):
        (net(x) - x).square().sum().backward()
    for layer, copy, back in zip(down, untied.encoder[::2], reversed(untied.decoder[::2]), strict=True):
        assert back.weight.grad.any()
        assert_close(layer.weight.grad, copy.weight.grad + back.weight.grad.T)


def test_tied_network_has_half_of_the_weights():
    parameters = {tied: sum(p.numel() for p in made(**DEEP, tied=tied).parameters()) for tied in (False, True)}
    weights = F * 5 + 5 * 4 + 4 * 2
    assert parameters == {False: 2 * weights + (5 + 4 + 2) + (4 + 5 + F), True: weights + (5 + 4 + 2) + (4 + 5 + F)}


def test_more_units_in_the_code_than_inputs(x):
    net = made(hidden=(), code=9, decoder_hidden=[8])
    assert net.encode(x).shape == (7, 9)
    assert [layer.out_features for layer in net.decoder[::2]] == [8, F]
    assert net(x).shape == x.shape


@pytest.mark.parametrize("noise", ["gaussian", "masking", "salt_and_pepper"])
def test_no_corruption_in_evaluation(x, noise):
    net, clean = made(**DEEP, corruption=noise, strength=0.5), made(**DEEP)
    assert not torch.allclose(net(x), clean(x))
    assert torch.equal(net.encode(x), clean.encode(x))
    assert torch.equal(net.eval()(x), clean(x))
    torch.manual_seed(2)
    again = net.train()(x)
    torch.manual_seed(2)
    corrupted = net.corruption(x)
    assert torch.equal(again, clean(corrupted))


@pytest.mark.parametrize("noise", ["gaussian", "masking", "salt_and_pepper"])
def test_default_corruption_strength(x, noise):
    usual, given = made(**DEEP, corruption=noise), made(**DEEP, corruption=noise, strength=0.3)
    torch.manual_seed(2)
    corrupted = usual.corruption(x)
    torch.manual_seed(2)
    assert torch.equal(corrupted, given.corruption(x))


@pytest.mark.parametrize("name", ["autoencoder", "denoising_autoencoder"])
@pytest.mark.parametrize("noise", ["none", "masking"])
def test_corruption_without_strength(name, noise):
    """Choosing another corruption without a strength is not an error."""
    node = model_config(name) | {"corruption": noise}
    net = instantiate(node, in_features=F)
    assert isinstance(net.corruption, Corruption) == (noise == "masking")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"code": 0}, "^a layer has 0 units; each needs at least 1$"),
        ({"hidden": (3, -1)}, "^a layer has -1 units"),
        ({"decoder_hidden": (0,)}, "^a layer has 0 units"),
        ({"activation": "rely"}, "unknown activation 'rely'; did you mean 'relu'"),
        ({"hidden": (5, 4), "decoder_hidden": (5, 4), "tied": True}, r"^decoder_hidden=\[5, 4\] cannot be tied to hid"),
        ({"strength": 0.2}, "^strength=0.2 has no effect with corruption=none$"),
        ({"corruption": "masking", "strength": 0.0}, "^strength is 0.0; the share of masking"),
    ],
)
def test_invalid_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        made(**settings)
