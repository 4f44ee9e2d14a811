"""Recurrent networks step by step in float64: Zaki-Meira 26, eq. 1 and 7 to 9; MMDS 13.5."""

import pytest
import torch
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.models.recurrent.rnn import RNN
from torch import nn

from tests.support.gradients import assert_close_with_gradients

B, T, F, H, K = 3, 6, 7, 4, 5  # sequences, steps, inputs, hidden units, outputs


def rnn_steps(net, x, f):
    w = dict(net.named_parameters())
    inner, recurrent, b = (w[f"recurrent.cells.0.{name}"] for name in ("weight_x", "weight_h", "bias"))
    h, outputs = x.new_zeros(B, H), []
    for t in range(T):
        h = f(x[:, t] @ inner.T + h @ recurrent.T + b)
        outputs.append(h @ w["readout.weight"].T + w["readout.bias"])
    return torch.stack(outputs, 1)


def lstm_steps(net, x):
    w = dict(net.named_parameters())
    inner, recurrent, biases = (w[f"recurrent.cells.0.{name}"].chunk(4) for name in ("weight_x", "weight_h", "bias"))
    c, h, outputs = x.new_zeros(B, H), x.new_zeros(B, H), []
    for t in range(T):
        net_inputs = [x[:, t] @ u.T + h @ v.T + b for u, v, b in zip(inner, recurrent, biases, strict=True)]
        write, forget, read = (net_inputs[gate].sigmoid() for gate in (0, 1, 3))
        c = write * net_inputs[2].tanh() + forget * c
        h = read * c.tanh()
        outputs.append(h @ w["readout.weight"].T + w["readout.bias"])
    return torch.stack(outputs, 1)


@pytest.fixture
def x():
    torch.manual_seed(0)
    return torch.randn(B, T, F, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_rnn(x, activation):
    net = RNN(in_features=F, out_features=K, hidden=H, activation=activation).double()
    assert_close_with_gradients(net(x), rnn_steps(net, x, getattr(torch, activation)), [x, *net.parameters()])


def test_lstm(x):
    net = LSTM(in_features=F, out_features=K, hidden=H).double()
    assert_close_with_gradients(net(x), lstm_steps(net, x), [x, *net.parameters()])


def test_rnn_is_nearly_an_lstm_that_forgets_and_lets_all_pass(x):
    """MMDS 13.5.3: with f = 0, i = 1 and o = 1 an LSTM is an RNN up to one more tanh."""
    net = LSTM(in_features=F, out_features=K, hidden=H).double()
    with torch.no_grad():
        for gate, value in ((0, 100.0), (1, -100.0), (3, 100.0)):
            net.recurrent.cells[0].bias.view(4, H)[gate] = value
    plain = RNN(in_features=F, out_features=K, hidden=H).double()
    state = {name: p if name.startswith("readout") else p.unflatten(0, (4, H))[2] for name, p in net.named_parameters()}
    plain.load_state_dict(state)
    torch.testing.assert_close(net(x), rnn_steps(plain, x, lambda z: z.tanh().tanh()))


def test_w14_gradient_of_a_linear_rnn_is_a_power_of_its_matrix():
    """W14: net gradient at step t = W_h^(T-t) times the one at T; it vanishes or explodes with the radius."""
    torch.manual_seed(0)
    rotation = torch.linalg.qr(torch.randn(H, H, dtype=torch.float64)).Q
    for radius in (0.5, 2.0):
        net = RNN(in_features=H, out_features=1, hidden=H).double()
        with torch.no_grad():
            cell = net.recurrent.cells[0]
            cell.weight_h.copy_(radius * rotation)
            cell.weight_x.copy_(torch.eye(H))
            cell.bias.zero_()
        x = torch.zeros(1, T, H, dtype=torch.float64, requires_grad=True)  # where tanh is linear
        (grad,) = torch.autograd.grad(net(x)[:, -1].sum(), x)
        last = net.readout.weight[0]
        for t in range(T):
            power = torch.linalg.matrix_power(radius * rotation.T, T - 1 - t)
            torch.testing.assert_close(grad[0, t], power @ last)
        assert (grad[0, 0].norm() / last.norm()).item() == pytest.approx(radius ** (T - 1))


@pytest.mark.parametrize("masked", [False, True])
def test_o7_3_a_bidirectional_network_is_that_of_torch(x, masked):
    """Aggarwal 7.2.3: all initial states 0.5, and a readout of both directions; also of sequences of other lengths."""
    net = RNN(in_features=F, out_features=K, hidden=H, bidirectional=True, start="half").double()
    theirs = nn.RNN(F, H, batch_first=True, bidirectional=True).double()
    for cell, suffix in zip(net.recurrent.cells, ("l0", "l0_reverse"), strict=True):
        for name, values in (("ih", cell.weight_x), ("hh", cell.weight_h)):
            theirs.get_parameter(f"weight_{name}_{suffix}").data = values.data
        theirs.get_parameter(f"bias_ih_{suffix}").data = cell.bias.data
        theirs.get_parameter(f"bias_hh_{suffix}").data.zero_()
    lengths = torch.tensor([T, 2, 4]) if masked else torch.tensor([T] * B)
    mask = torch.arange(T) < lengths[:, None]
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    out, _ = theirs(packed, torch.full((2, B, H), 0.5, dtype=torch.float64))
    expected = net.readout(nn.utils.rnn.pad_packed_sequence(out, batch_first=True)[0])
    found = net(x, mask if masked else None)
    assert_close_with_gradients(found[mask], expected[mask], [x, net.readout.weight])
    for cell, suffix in zip(net.recurrent.cells, ("l0", "l0_reverse"), strict=True):
        pairs = [(cell.weight_x, "weight_ih_"), (cell.weight_h, "weight_hh_"), (cell.bias, "bias_ih_")]
        ours = torch.autograd.grad(found[mask].square().sum(), [p for p, _ in pairs], retain_graph=True)
        other = [theirs.get_parameter(f"{name}{suffix}") for _, name in pairs]
        torch.testing.assert_close(ours, torch.autograd.grad(expected[mask].square().sum(), other, retain_graph=True))
