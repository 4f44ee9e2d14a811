from functools import partial
from inspect import signature

import pytest
import torch
from nnzoo.config.catalogue import cards
from nnzoo.config.instantiate import locate
from nnzoo.layers.cells import elman, gru, lstm
from nnzoo.layers.cells.base import Cell
from nnzoo.models.components import check_component
from nnzoo.models.recurrent.ar import AR
from nnzoo.models.recurrent.esn import ESN
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.models.recurrent.network import RecurrentNetwork
from nnzoo.models.recurrent.rnn import RNN

from tests.support.padding import assert_padding_has_no_effect

SIZES = {"in_features": 7, "out_features": 5}
NAMES = ["rnn", "irnn", "forget_rnn", "lstm", "gru", "layer_norm_rnn", "layer_norm_lstm", "layer_norm_gru", "scrn"]


def network(name):
    return locate(cards()[name].target)


every_kind = pytest.mark.parametrize("kind", [network(name) for name in NAMES], ids=NAMES)


def made(kind, **settings):
    torch.manual_seed(0)
    return kind(**{**SIZES, "hidden": 4, **settings})


@every_kind
@pytest.mark.parametrize("layers", [1, 2])
def test_outputs_do_not_depend_on_later_steps(kind, layers):
    net = made(kind, layers=layers)
    x = torch.randn(3, 6, 7)
    padded = torch.cat([x, torch.zeros(3, 2, 7)], 1)
    assert net(padded).shape == (3, 8, 5)
    torch.testing.assert_close(net(padded)[:, :6], net(x))


@every_kind
@pytest.mark.parametrize("bidirectional", [False, True])
def test_rows_do_not_mix_and_every_parameter_gets_a_gradient(kind, bidirectional):
    net = made(kind, bidirectional=bidirectional, start="learned")
    x = torch.randn(3, 6, 7, requires_grad=True)
    (grad,) = torch.autograd.grad(net(x)[1].square().sum(), x)
    assert not grad[[0, 2]].any()
    assert grad[1].any()
    net(x)[:, -2].square().sum().backward()
    assert all(p.grad.any() for p in net.parameters())


@every_kind
def test_segments_with_carried_state_equal_the_whole_sequence(kind):
    """O7.7: with constant weights the states of truncated backpropagation equal those of the whole sequence."""
    net = made(kind, layers=2, start="half")
    x = torch.randn(3, 7, 7)
    first, state = net.run(x[:, :3])
    second, _ = net.run(x[:, 3:], state=state)
    torch.testing.assert_close(torch.cat([first, second], 1), net(x))


@every_kind
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("start", ["zero", "half", "learned"])
def test_bidirectional_outputs_do_not_depend_on_padding(kind, per_step, start):
    net = made(kind, bidirectional=True, layers=2, start=start, per_step=per_step)
    assert_padding_has_no_effect(net, 7, per_step=per_step)


@every_kind
def test_output_is_that_of_the_last_real_step(kind):
    net = made(kind, per_step=False)
    every = made(kind)
    x = torch.randn(3, 6, 7)
    mask = torch.arange(6) < torch.tensor([6, 2, 4])[:, None]
    torch.testing.assert_close(net(x, mask), every(x)[torch.arange(3), [5, 1, 3]])
    torch.testing.assert_close(net(x), every(x)[:, -1])


def test_backward_direction_ends_at_the_first_step():
    net = made(RNN, bidirectional=True, per_step=False)
    x = torch.randn(1, 6, 7, requires_grad=True)
    (grad,) = torch.autograd.grad(net(x).sum(), x)
    assert grad[0].any(1).all()


@every_kind
def test_tokens_are_embedded(kind):
    """O7.14: the product of a matrix with a one-hot step is a column of the matrix."""
    net = made(kind, in_features=None, vocab_size=9, embedding=7)
    same = made(kind)
    same.load_state_dict({k: v for k, v in net.state_dict().items() if not k.startswith("embedding")})
    ids = torch.randint(9, (3, 6))
    one_hot = torch.nn.functional.one_hot(ids, 9).float()
    torch.testing.assert_close(net(ids), same(one_hot @ net.embedding.weight))
    pairs = torch.randint(9, (3, 6, 2))
    counts = torch.nn.functional.one_hot(pairs, 9).float().sum(2)
    torch.testing.assert_close(net(pairs), same(counts @ net.embedding.weight))


@pytest.mark.parametrize(
    ("kind", "cell", "settings"),
    [
        (RNN, elman.Elman, {"activation": "relu"}),
        (LSTM, lstm.LSTM, {"output": "inner", "forget_bias": [8.0, 2.0]}),
        (network("gru"), gru.GRU, {"reset": "after"}),
    ],
)
def test_a_named_network_is_a_stack_of_its_cell(kind, cell, settings):
    stack = {"layers": 2, "bidirectional": True, "start": "half", "per_step": False}
    named = made(kind, **settings, **stack)
    torch.manual_seed(0)
    composed = RecurrentNetwork(cell=partial(cell, hidden=4, **settings), **SIZES, **stack)
    assert named.state_dict().keys() == composed.state_dict().keys()
    x = torch.randn(3, 6, 7)
    assert torch.equal(named(x), composed(x))


class Leaky(Cell):
    """h_t = rate tanh(W_x x_t + W_h h_(t-1) + b) + (1 - rate) h_(t-1)."""

    def __init__(self, in_features: int, hidden: int = 3, *, rate: float = 0.5) -> None:
        super().__init__(in_features, hidden)
        self.rate = rate

    def step(self, a, state):
        return (torch.lerp(state[0], torch.addmm(a, state[0], self.weight_h.t()).tanh(), self.rate),)


class LeakyRNN(RecurrentNetwork, cell=Leaky):
    """A network with a custom cell."""


def test_custom_cell_needs_no_network_class():
    net = LeakyRNN(**SIZES, rate=1.0, hidden=4, layers=2)
    plain = RNN(**SIZES, hidden=4, layers=2)
    plain.load_state_dict(net.state_dict())
    x = torch.randn(3, 6, 7)
    torch.testing.assert_close(net(x), plain(x))
    taken = signature(LeakyRNN).parameters
    assert taken["rate"].default == 0.5
    assert set(taken) == {*signature(RecurrentNetwork).parameters, "hidden", "rate"} - {"cell"}


@pytest.mark.parametrize(
    ("given", "message"), [(SIZES | {"rat": 1.0}, "argument 'rat'"), ({"in_features": 7}, "argument.* 'out_features'")]
)
def test_settings_of_a_named_network_are_checked(given, message):
    with pytest.raises(TypeError, match=message):
        LeakyRNN(**given)


INVALID_CELLS = {
    "'gru'": "gru",
    "None": None,
    "LSTMCell": torch.nn.LSTMCell,
    "GRUCell": partial(torch.nn.GRUCell, hidden_size=4),
    "GRU(...)": gru.GRU(7, 4),
}


@pytest.mark.parametrize("name", INVALID_CELLS)
def test_invalid_cell_factories_are_refused(name):
    with pytest.raises(ValueError, match="it must be a class derived from") as error:
        check_component("cell", INVALID_CELLS[name], Cell, "nnzoo.layers.cells.gru.GRU")
    assert str(error.value) == (
        f"cell is {name}; it must be a class derived from nnzoo.layers.cells.base.Cell, for example "
        "model.cell._target_=nnzoo.layers.cells.gru.GRU"
    )


def test_cells_are_checked():
    with pytest.raises(ValueError, match="cell is LSTMCell; it must be a class derived from"):
        RecurrentNetwork(cell=partial(torch.nn.LSTMCell, hidden=4), **SIZES)


def test_cell_may_be_a_function():
    assert RecurrentNetwork(cell=lambda n: gru.GRU(n, 4), **SIZES)(torch.randn(3, 6, 7)).shape == (3, 6, 5)


def test_reservoirs_in_layers():
    net = ESN(**SIZES, hidden=20, layers=2, bidirectional=True)
    assert len(net.recurrent.cells) == 4
    assert {name for name, _ in net.named_parameters()} == {"readout.weight", "readout.bias"}
    assert net(torch.randn(3, 6, 7)).shape == (3, 6, 5)


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("kind", [LSTM, AR, ESN])
def test_the_head_reads_the_features(kind, per_step):
    net = kind(**SIZES, per_step=per_step)
    x, mask = torch.randn(3, 6, 7), torch.arange(6) < torch.tensor([6, 2, 4])[:, None]
    features = net.forward_features(x, mask)
    assert features.shape == (3, 6, net.head.in_features)[:: 1 if per_step else 2]
    assert torch.equal(net.head(features), net(x, mask))
    assert "head.weight" not in net.state_dict()


def test_published_sizes():
    """Aggarwal 7: RNN p (p + d), LSTM 4 p (p + d), GRU 3 p (p + d), and a bias for each row."""
    for name, blocks, units in [("rnn", 1, 4), ("forget_rnn", 2, 4), ("gru", 3, 5), ("lstm", 4, 20)]:
        net = network(name)(in_features=7, out_features=7, hidden=units)
        assert sum(p.numel() for p in net.parameters()) == blocks * units * (7 + units + 1) + (units + 1) * 7


def test_dropout_is_between_layers():
    net = made(LSTM, layers=2, dropout=0.5)
    x = torch.randn(2, 3, 7)
    assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 0}, "hidden is 0; it must be at least 1"),
        ({"layers": 0}, "layers is 0"),
        ({"dropout": 0.5}, r"dropout is 0\.5, but it acts between layers, and layers is 1"),
        ({"dropout": 1.0, "layers": 2}, "dropout is 1.0"),
        ({"embedding": 0}, "embedding is 0"),
        ({"vocab_size": 3}, "give exactly one of in_features=7 and vocab_size=3"),
        ({"in_features": None}, "give exactly one of in_features=None and vocab_size=None"),
    ],
)
def test_values_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        LSTM(**{**SIZES, **settings})


@every_kind
@pytest.mark.parametrize(("before", "now"), [(2, 3), (3, 1), (1, 3)])
def test_state_of_another_batch_size_is_refused(kind, before, now):
    net = made(kind)
    _, state = net.run(torch.randn(before, 2, 7))
    with pytest.raises(ValueError, match=f"the state has batch size {before}; the input has {now}"):
        net.run(torch.randn(now, 2, 7), state=state)


def test_bidirectional_network_refuses_a_state():
    net = made(RNN, bidirectional=True)
    _, state = net.run(torch.randn(2, 3, 7))
    with pytest.raises(ValueError, match="a bidirectional network cannot continue from a state"):
        net.run(torch.randn(2, 3, 7), state=state)


@every_kind
def test_half_precision(kind):
    """All cells run in half precision, without losing small states."""
    net = made(kind)
    x = 1e-3 * torch.randn(2, 5, 7)
    with torch.autocast("cpu", torch.bfloat16):
        half = net.run(x)[1]
    for parts, exact in zip(half, net.run(x)[1], strict=True):
        torch.testing.assert_close(parts[0].float(), exact[0], rtol=0.05, atol=0.02 * exact[0].abs().max().item())
