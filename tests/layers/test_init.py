from math import sqrt

import pytest
import torch
from nnzoo.layers.activations import activation
from nnzoo.layers.cells.constrained import SCRNCell
from nnzoo.layers.cells.elman import IRNN, Elman
from nnzoo.layers.cells.forget import ForgetGate
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.cells.layer_norm import LayerNormElman, LayerNormGRU, LayerNormLSTM
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.layers.conv.connection_table import ConnectionTableConv2d
from nnzoo.layers.conv.locally_connected import LocallyConnected2d
from nnzoo.layers.conv.residual import HighwayBlock
from nnzoo.layers.init import initialize
from nnzoo.layers.linear.maxout import Maxout
from nnzoo.layers.linear.sparse import SparseLinear
from torch import nn

# layer, fan-in, fan-out
LAYERS = [
    (lambda: nn.Linear(200, 300), 200, 300),
    (lambda: nn.Conv1d(30, 80, 5), 150, 400),
    (lambda: nn.Conv2d(20, 50, 5), 500, 1250),
    (lambda: nn.Conv2d(40, 100, 5, groups=2), 500, 1250),
    (lambda: nn.ConvTranspose2d(50, 20, 5), 1250, 500),
    (lambda: nn.ConvTranspose2d(100, 40, 5, groups=2), 1250, 500),
    (lambda: LocallyConnected2d(10, 40, 5, size=(6, 7)), 250, 1000),
    (lambda: ConnectionTableConv2d(in_channels=20, table=[range(10)] * 100, kernel_size=5), 250, 1250),
    (lambda: SparseLinear(in_features=200, table=[range(100)] * 400), 100, 200),
    (lambda: Maxout(in_features=200, out_features=100, pieces=3), 200, 100),
]
VARIANCE = {
    "he": lambda n, m: 2 / n,
    "xavier": lambda n, m: 2 / (n + m),
    "fan_in": lambda n, m: 1 / n,
    "fan_in_offsets": lambda n, m: 1 / n,
    "fan_in_uniform": lambda n, m: 1 / (3 * n),
    "normal": lambda n, m: 1e-4,
    "uniform": lambda n, m: 1 / 3,
}


@pytest.mark.parametrize(("make", "fan_in", "fan_out"), LAYERS)
@pytest.mark.parametrize("scheme", VARIANCE)
def test_variances_of_the_schemes(make, fan_in, fan_out, scheme):
    torch.manual_seed(0)
    layer = make()
    initialize(layer, scheme)
    variance = VARIANCE[scheme](fan_in, fan_out)
    assert layer.weight.var().item() == pytest.approx(variance, rel=0.05)
    assert layer.weight.mean().item() == pytest.approx(0, abs=4 * sqrt(variance / layer.weight.numel()))
    biases = {"uniform": 1 / 3, "fan_in_offsets": 1.0}
    if scheme in biases:
        assert layer.bias.var().item() == pytest.approx(biases[scheme], rel=0.4)
    else:
        assert not layer.bias.any()


@pytest.mark.parametrize("scheme", VARIANCE)
@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_matrices_have_their_own_fan_in(kind, scheme):
    torch.manual_seed(0)
    net = kind(150, 100, 2)
    initialize(net, scheme)
    for weight, fan_in in [(net.weight_ih_l0, 150), (net.weight_hh_l0, 100), (net.weight_ih_l1, 100)]:
        assert weight.var().item() == pytest.approx(VARIANCE[scheme](fan_in, 100), rel=0.06)
    assert net.bias_hh_l1.any() == (scheme in ("uniform", "fan_in_offsets"))


@pytest.mark.parametrize(("scheme", "bound"), [("fan_in_uniform", 0.1), ("uniform", 1.0)])
def test_uniform_bounds(scheme, bound):
    layer = nn.Linear(100, 100)
    initialize(layer, scheme)
    assert 0.99 * bound < layer.weight.abs().max().item() <= bound


def test_each_map_of_a_table_convolution_has_its_own_fan_in():
    torch.manual_seed(0)
    layer = ConnectionTableConv2d(in_channels=100, table=[[0], range(100)], kernel_size=20)
    initialize(layer, "fan_in")
    assert [w.var().item() for w in layer.maps()] == pytest.approx([1 / 400, 1 / 40000], rel=0.3)


def test_default_leaves_weights_and_every_scheme_reaches_inner_layers():
    net = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 4)))
    before = [p.clone() for p in net.parameters()]
    initialize(net, "default")
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    initialize(net, "he")
    changed = [not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True)]
    assert changed == [True, True, False, False, True, True]


DEPTH, WIDTH = 10, 200


def through(name, scheme):
    """Mean squares of the activations after each of ten layers, and of the gradients, those of the outputs first."""
    torch.manual_seed(0)
    layers = [nn.Sequential(nn.Linear(WIDTH, WIDTH), activation(name)) for _ in range(DEPTH)]
    h = torch.randn(200, WIDTH, requires_grad=True)
    states = [h]
    for layer in layers:
        initialize(layer, scheme)
        states.append(layer(states[-1]))
    gradients = torch.autograd.grad(states[-1], states, torch.randn(200, WIDTH))
    return [s.square().mean().item() for s in states], [g.square().mean().item() for g in reversed(gradients)]


@pytest.mark.parametrize(
    ("name", "scheme", "least", "most"),
    [
        ("identity", "fan_in", 0.7, 1.4),
        ("identity", "xavier", 0.7, 1.4),
        ("identity", "orthogonal", 0.9, 1.1),
        ("relu", "he", 0.5, 2.0),
        ("tanh", "xavier", 0.02, 1.0),  # f' < 1: slowly less, layer by layer
    ],
)
def test_matching_scheme_keeps_variances_through_ten_layers(name, scheme, least, most):
    for variances in through(name, scheme):
        assert least < variances[-1] / variances[0] < most


@pytest.mark.parametrize(
    ("name", "scheme", "factor"),
    [
        ("relu", "xavier", 2**-10),  # half of each layer's signal is cut off
        ("identity", "fan_in_uniform", 3**-10),  # the variance of U(-a, a) is a^2/3
        ("identity", "normal", (WIDTH * 1e-4) ** 10),
        ("identity", "uniform", (WIDTH / 3) ** 10),
    ],
)
def test_wrong_scheme_decays_or_explodes_as_its_variance_predicts(name, scheme, factor):
    for variances in through(name, scheme):
        assert 0.4 < (variances[-1] / variances[0]) / factor < 2.5


def test_sigmoid_gradients_vanish_with_every_scheme():
    for scheme in ("default", "he", "xavier", "fan_in"):
        _, gradients = through("sigmoid", scheme)
        assert gradients[-1] / gradients[0] < 2 * (2 / 16) ** 10  # f' <= 1/4, and no rule has more than 2/n


def test_variance_grows_with_the_number_of_inputs():
    torch.manual_seed(0)
    for inputs, deviation in [(2, 0.0141), (100, 0.1), (1000, 0.316)]:  # 0.01 sqrt(r), Aggarwal 3.3.3
        layer = nn.Linear(inputs, 1000)
        initialize(layer, "normal")
        assert layer(torch.randn(200, inputs)).std().item() == pytest.approx(deviation, rel=0.1)


@pytest.mark.parametrize(("scheme", "alike"), [("zero", True), ("he", False)])
def test_equal_units_stay_equal(scheme, alike):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
    initialize(net, scheme)
    optimizer, x, y = torch.optim.SGD(net.parameters(), 0.1), torch.randn(20, 3), torch.randn(20, 2)
    for _ in range(20):
        optimizer.zero_grad()
        (net(x) - y).square().mean().backward()
        optimizer.step()
    assert torch.equal(net[0].weight, net[0].weight[:1].expand(5, 3)) == alike
    assert torch.equal(net[2].weight, net[2].weight[:, :1].expand(2, 5)) == alike
    assert net[2].bias.any()


def test_unknown_scheme_gets_the_nearest():
    with pytest.raises(ValueError, match="unknown initialization 'xavir'; did you mean 'xavier'"):
        initialize(nn.Linear(2, 2), "xavir")


@pytest.mark.parametrize("size", ["-1", "nan", "inf", "1e400"])
def test_sizes_are_finite_and_not_negative(size):
    with pytest.raises(ValueError, match="the size must be finite and at least 0"):
        initialize(nn.Linear(2, 2), f"normal({size})")


def test_schemes_by_name_pattern():
    torch.manual_seed(0)
    net = nn.Sequential(Elman(50, 60), nn.Linear(60, 70), nn.Linear(70, 3))
    last = net[2].weight.clone()
    initialize(net, {"*": "xavier", "*.weight_h": "normal(0.1)", "0.weight_x": "uniform(3)", "2.*": "default"})
    assert net[0].weight_h.std().item() == pytest.approx(0.1, rel=0.05)
    assert 2.9 < net[0].weight_x.abs().max().item() <= 3
    assert net[1].weight.std().item() == pytest.approx(sqrt(2 / 130), rel=0.05)
    assert torch.equal(net[2].weight, last)
    assert net[2].bias.any()
    assert not net[1].bias.any()
    assert not net[0].bias.any()


def test_biases_follow_the_last_scheme_of_their_layer():
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 5))
    initialize(net, {"*": "xavier", "0.*": "uniform"})
    assert net[0].bias.any()
    assert not net[1].bias.any()


def test_cell_adjusts_its_weights_after_any_scheme():
    cell = LSTM(3, 4, forget_bias=2.0)
    initialize(cell, "xavier")
    assert cell.bias.tolist() == [0.0] * 4 + [2.0] * 4 + [0.0] * 8


@pytest.mark.parametrize("scheme", ["default", "he", "uniform"])
def test_gates_of_a_highway_keep_their_bias(scheme):
    block = HighwayBlock(3, 4, 1, gate_bias=-3.0)
    weight = block.gate.weight.clone()
    initialize(block, scheme)
    assert block.gate.bias.tolist() == [-3.0] * 4
    assert torch.equal(block.gate.weight, weight) == (scheme == "default")


@pytest.mark.parametrize(
    ("scheme", "message"),
    [
        ({"*weight_y": "he"}, r"no weight matches \*weight_y"),
        ("normal(x)", "x is not a number"),
        ("he(2)", "only normal and uniform take a size"),
        ({"*": "hee"}, "unknown initialization 'hee'"),
    ],
)
def test_invalid_schemes_are_refused(scheme, message):
    with pytest.raises(ValueError, match=message):
        initialize(nn.Linear(2, 2), scheme)


@pytest.mark.parametrize("scheme", ["identity", {"*": "he"}])
def test_a_scheme_without_effect_is_refused(scheme):
    embedding = nn.Sequential(nn.Embedding(3, 2), nn.ReLU())
    initialize(embedding, "default")
    with pytest.raises(ValueError, match="has no effect; the network has no linear, convolutional or recurrent layers"):
        initialize(embedding, scheme)


@pytest.mark.parametrize(("rows", "columns"), [(5, 3), (3, 5), (4, 4)])
def test_identity_of_dense_and_recurrent_layers(rows, columns):
    layer, gru = nn.Linear(columns, rows), nn.GRU(columns, rows)
    for each in (layer, gru):
        initialize(each, "identity")
    assert torch.equal(layer.weight, torch.eye(rows, columns))
    assert torch.equal(gru.weight_ih_l0, torch.eye(rows, columns).repeat(3, 1))
    assert torch.equal(gru.weight_hh_l0, torch.eye(rows).repeat(3, 1))
    assert not layer.bias.any()


@pytest.mark.parametrize("make", [make for make, *_ in LAYERS[1:]])
def test_identity_is_refused_for_other_layers(make):
    with pytest.raises(ValueError, match=r"^identity is for dense and recurrent layers; choose another scheme"):
        initialize(make(), "identity")


CELLS = [Elman, IRNN, ForgetGate, GRU, LSTM, SCRNCell, LayerNormElman, LayerNormGRU, LayerNormLSTM]


@pytest.mark.parametrize("scheme", VARIANCE)
@pytest.mark.parametrize("kind", CELLS)
def test_the_two_matrices_of_a_cell_have_their_own_fan_in(kind, scheme):
    torch.manual_seed(0)
    cell = kind(400, 100)
    initialize(cell, scheme)
    for block in cell.weight_x.split(100):
        assert block.var().item() == pytest.approx(VARIANCE[scheme](400, 100), rel=0.04)
    for block in cell.weight_h.split(100):
        if kind is not IRNN:  # its own start is the identity
            assert block.var().item() == pytest.approx(VARIANCE[scheme](100, 100), rel=0.06)


@pytest.mark.parametrize("kind", CELLS)
def test_n17_the_bound_of_each_matrix_of_a_cell_is_by_its_number_of_columns(kind):
    """I7.1: U(-1/sqrt(r), 1/sqrt(r)), r = columns: inputs for W_x, units for W_h; torch has the units for both."""
    torch.manual_seed(0)
    cell, default = kind(400, 25), kind(400, 25)
    initialize(cell, "fan_in_uniform")
    assert 0.99 / 20 < cell.weight_x.abs().max().item() <= 1 / 20
    if kind is IRNN:
        return
    assert 0.98 / 5 < cell.weight_h.abs().max().item() <= 1 / 5
    for weight in (default.weight_x, default.weight_h):
        assert 0.98 / 5 < weight.abs().max().item() <= 1 / 5


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_irnn_starts_as_a_sum_of_small_inputs(scale):
    """Le, Jaitly and Hinton: W_x from N(0, 0.001^2), W_h a multiple of the identity, b = 0."""
    torch.manual_seed(0)
    cell = IRNN(400, 50, scale=scale)
    assert cell.weight_x.std().item() == pytest.approx(0.001, rel=0.03)
    assert cell.weight_x.mean().item() == pytest.approx(0, abs=3e-5)
    assert torch.equal(cell.weight_h, scale * torch.eye(50))
    assert not cell.bias.any()
