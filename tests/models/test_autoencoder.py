import pytest
import torch
from nnzoo.api import plain
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.config.compose import compose
from nnzoo.config.files import model_config
from nnzoo.config.instantiate import instantiate
from nnzoo.layers.corruption import Corruption
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.spec import DataSpec
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


def test_sparse_codes_are_exact(x):
    """2 of 9 units for each example; and each unit for 3 of 7 examples."""
    net = made(hidden=(5,), code=9, top_r=2)
    code = net.encode(x)
    assert torch.equal(code, net.sparsity(net.encoder(x)))
    assert ((code != 0).sum(1) == 2).all()
    assert torch.equal(net(x), net.decoder(code))
    net = made(hidden=(5,), code=9, winner_share=0.4)
    assert ((net.encode(x) != 0).sum(0) == 3).all()


@pytest.mark.parametrize("settings", [{"top_r": 2}, {"winner_share": 0.4}])
def test_gradient_of_sparse_codes_by_hand(x, settings):
    """The gradient passes through the kept units only. Aggarwal 2.5.5.1."""
    net = made(hidden=(), code=5, bias=False, **settings)
    w, v = net.encoder[0].weight, net.decoder[0].weight
    h = net.encode(x).detach()
    error = h @ v.T - x
    (net(x) - x).square().sum().backward()
    assert_close(v.grad, 2 * error.T @ h)
    assert_close(w.grad, ((2 * error @ v) * (h != 0)).T @ x)


def test_each_card_makes_the_network_that_its_title_names():
    nets = {
        name: instantiate(model_config(name), in_features=F)
        for name in ("linear_autoencoder", "r_sparse_autoencoder", "winner_take_all_autoencoder", "sparse_autoencoder")
    }
    assert [type(layer) for layer in nets["linear_autoencoder"].encoder] == [nn.Linear, nn.Identity]
    assert nets["r_sparse_autoencoder"].sparsity.r < nets["r_sparse_autoencoder"].decoder[0].in_features
    assert nets["winner_take_all_autoencoder"].sparsity.threshold.shape == (256,)
    assert isinstance(nets["sparse_autoencoder"].encoder[-1], nn.ReLU)


@pytest.mark.parametrize("noise", ["gaussian", "masking", "salt_and_pepper"])
def test_corruption_in_evaluation_alone(x, noise):
    net, clean = made(**DEEP, corruption=noise, corrupt="evaluation"), made(**DEEP)
    assert torch.equal(net(x), clean(x))
    assert not torch.allclose(net.eval()(x), clean(x))
    assert torch.equal(net(x), net(x))
    assert torch.equal(net.encode(x), clean.encode(x))


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
        ({"corrupt": "always"}, "^corrupt=always has no effect with corruption=none$"),
        ({"code": 4, "top_r": 5}, "^top_r=5 is too large: the code has 4 units, of which it keeps fewer than all$"),
        ({"code": 4, "top_r": 4}, "^top_r=4 has no effect: the code has 4 units"),
        ({"code": 4, "top_r": 0}, "^top_r is 0; it must be at least 1 unit$"),
        ({"winner_share": 0.0}, "^winner_share is 0.0; it must be above 0 and at most 1$"),
        ({"top_r": 2, "winner_share": 0.1}, "^top_r=2 and winner_share=0.1 exclude each other"),
    ],
)
def test_invalid_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        made(**settings)


def test_contractive_weights_are_tied():
    """With untied weights the decoder could undo a small encoder."""
    net = instantiate(model_config("contractive_autoencoder"), in_features=F)
    assert torch.equal(net.decoder[0].weight, net.encoder[0].weight.T)
    assert isinstance(net.encoder[-1], nn.Sigmoid)


@pytest.mark.parametrize("loss", ["squared", "bce", "multinomial"])
def test_the_loss_alone_chooses_the_factorization(loss):
    """Q28: the same linear network is singular value, logistic or multinomial factorization. Aggarwal 2.5.8."""
    config = plain(compose(["model=linear_autoencoder", f"loss={loss}"]))
    spec = DataSpec("real", (F,), "input", F, low=0.0, high=1.0)
    net = build_network(config, spec, made := build_loss(config, spec))
    torch.manual_seed(1)
    x = torch.rand(7, F)
    w, v = net.model.encoder[0], net.model.decoder[0]
    z = linear(linear(x, w.weight, w.bias), v.weight, v.bias)
    p = z.sigmoid() if loss == "bce" else z.softmax(1)
    expected = {
        "squared": (x - z).square().mean(1),
        "bce": -(x * p.log() + (1 - x) * (1 - p).log()).sum(1),
        "multinomial": -(x * p.log()).sum(1),
    }[loss]
    assert_close(made(net(x), x), expected)
