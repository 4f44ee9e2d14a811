"""Cells against torch's own with copied weights, against formulas in float64, and fast paths against the steps."""

import jaxtyping
import pytest
import torch
from nnzoo.kernels import scans
from nnzoo.layers.cells import lstm
from nnzoo.layers.cells.constrained import SCRNCell
from nnzoo.layers.cells.elman import IRNN, Elman
from nnzoo.layers.cells.forget import ForgetGate
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.cells.layer_norm import LayerNormElman, LayerNormGRU, LayerNormLSTM
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.layers.recurrent import Recurrent
from torch import nn

from tests.support.gradients import assert_close_with_gradients

pytestmark = pytest.mark.usefixtures("float64")
B, T, F, H = 3, 6, 5, 4
CELLS = {
    "tanh": lambda: Elman(F, H),
    "relu": lambda: Elman(F, H, activation="relu"),
    "identity": lambda: Elman(F, H, activation="identity"),
    "irnn": lambda: IRNN(F, H, scale=0.5),
    "forget": lambda: ForgetGate(F, H, forget_bias=1.0),
    "lstm": lambda: LSTM(F, H),
    "lstm_inner": lambda: LSTM(F, H, output="inner", forget_bias=1.0),
    "lstm_linear": lambda: LSTM(F, H, output="linear"),
    "gru": lambda: GRU(F, H),
    "gru_after": lambda: GRU(F, H, reset="after"),
    "layer_norm": lambda: LayerNormElman(F, H),
    "layer_norm_lstm": lambda: LayerNormLSTM(F, H),
    "layer_norm_gru": lambda: LayerNormGRU(F, H),
    "constrained": lambda: SCRNCell(F, H, context=3, alpha=0.8),
}


@pytest.fixture(params=["compiled", "torch"])
def kernels(request, monkeypatch):
    """The kernels that scans use."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setattr(scans, "installed", lambda: request.param == "compiled")
    return request.param


def stepped(cell, x, state):
    """Run the steps one after the other, as the base class does."""
    return cell.run_steps(cell.project(x), state)


def begun(cell):
    return tuple(torch.randn(B, size).div(2).requires_grad_() for size in cell.state_sizes)


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
def test_scan_equals_single_steps(make):
    cell = make()
    with torch.no_grad():
        for parameter in cell.parameters():  # gains are not 1
            parameter += 0.3 * torch.randn_like(parameter)
    x, state = torch.randn(B, T, F, requires_grad=True), begun(cell)
    results = [[out, *last] for out, last in (cell(x, state), stepped(cell, x, state))]
    assert results[0][0].shape == (B, T, cell.output_size)
    assert_close_with_gradients(*results, [x, *state, *cell.parameters()])


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
def test_one_step_and_float32(make):
    cell = make().float()
    x, state = torch.randn(B, 1, F).float(), tuple(torch.zeros(B, size).float() for size in cell.state_sizes)
    torch.testing.assert_close(cell(x, state), stepped(cell, x, state))


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize(
    "make",
    [
        lambda: Elman(F, 50),
        lambda: LSTM(F, 50, output="inner"),
        lambda: LSTM(F, 50, output="linear"),
        lambda: LayerNormElman(F, 50),
        lambda: LayerNormLSTM(F, 50),
        lambda: LayerNormGRU(F, 50),
    ],
)
def test_many_steps_in_float32(make):
    cell = make().float()
    x, state = torch.randn(B, 200, F).float(), tuple(torch.zeros(B, size).float() for size in cell.state_sizes)
    torch.testing.assert_close(
        cell(x, state)[0], stepped(cell, x, state)[0], atol=1e-4, rtol=1e-3
    )  # a small cell state is divided by its small standard deviation


@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
def test_half_precision_runs_step_by_step(make):
    cell = make().bfloat16()
    x, state = torch.randn(B, T, F).bfloat16(), tuple(torch.zeros(B, size).bfloat16() for size in cell.state_sizes)
    torch.testing.assert_close(cell(x, state)[0], stepped(cell, x, state)[0], atol=2e-2, rtol=2e-2)
    cell.float()
    with torch.autocast("cpu", torch.bfloat16):
        out, last = cell(x.float(), tuple(part.float() for part in state))
    assert out.isfinite().all()
    assert all(part.isfinite().all() for part in last)


@pytest.mark.parametrize("cast", [True, False])
def test_bfloat16_without_a_kernel_is_computed_in_float32(monkeypatch, cast):
    monkeypatch.setattr(lstm, "has_bf16_kernel", lambda: False)
    cell = LSTM(F, H).float()
    x, state = torch.randn(B, T, F).float(), tuple(torch.randn(B, H).float() for _ in range(2))
    if cast:
        expected = cell(x, state)
        with torch.autocast("cpu", torch.bfloat16):
            out, last = cell(x, state)
        out.sum().backward()
        torch.testing.assert_close((out, last), expected, atol=0, rtol=0)
    else:
        half = cell.bfloat16()(x.bfloat16(), tuple(part.bfloat16() for part in state))
        rounded = x.bfloat16().float(), tuple(part.bfloat16().float() for part in state)
        out, last = cell.float()(*rounded)
        expected = out.bfloat16(), tuple(part.bfloat16() for part in last)
        torch.testing.assert_close(half, expected, atol=0, rtol=0)
    assert all(p.grad is None or p.grad.isfinite().all() for p in cell.parameters())


TORCH = {
    "tanh": (nn.RNN, {"nonlinearity": "tanh"}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
    "lstm": (nn.LSTM, {}),
    "gru_after": (nn.GRU, {}),
}


@pytest.mark.parametrize("name", TORCH)
def test_equals_torch_with_the_same_weights(name):
    """O7.2, O7.4, O7.5."""
    kind, settings = TORCH[name]
    cell, torchs = CELLS[name](), kind(F, H, batch_first=True, **settings)
    inner = torch.zeros_like(cell.bias)
    if name == "gru_after":
        inner[2 * H :] = cell.bias_n
    with torch.no_grad():
        for parameter, value in zip(torchs.parameters(), [cell.weight_x, cell.weight_h, cell.bias, inner], strict=True):
            parameter.copy_(value)
    x, state = torch.randn(B, T, F, requires_grad=True), begun(cell)
    given = tuple(s[None] for s in state)
    h, last = torchs(x, given if name == "lstm" else given[0])
    ends = last if isinstance(last, tuple) else (last,)
    for way in (cell, lambda x, s: stepped(cell, x, s)):
        out, end = way(x, state)
        assert_close_with_gradients([out, *end], [h, *(e[0] for e in ends)], [x, *state])
        ours = torch.autograd.grad(out.square().sum(), [cell.weight_x, cell.weight_h, cell.bias])
        theirs = torch.autograd.grad(h.square().sum(), list(torchs.parameters())[:3], retain_graph=True)
        torch.testing.assert_close(ours, theirs)


def sigmoid(z):
    return 1 / (1 + torch.exp(-z))


def by_formula(cell, name, x, state):
    """Return one step by the equations of the texts, block by block."""
    wx, wh = cell.weight_x.split(H), cell.weight_h.split(H)
    b = cell.bias.split(H)
    h = state[0]

    def net(k, before=h):
        return x @ wx[k].T + before @ wh[k].T + b[k]

    def norm(k, before=h):
        a = x @ wx[k].T + before @ wh[k].T
        mean = a.mean(1, keepdim=True)
        deviation = ((a**2).mean(1, keepdim=True) - mean**2 + 1e-5).sqrt()  # eq. 7.6, and eps
        return cell.gain.split(H)[k] / deviation * (a - mean) + b[k]

    match name:
        case "identity":
            return [net(0)]
        case "forget":
            phi = sigmoid(net(0))
            return [phi * h + (1 - phi) * torch.tanh(net(1))]
        case "lstm" | "lstm_inner" | "lstm_linear":
            i, f, o = (sigmoid(net(k)) for k in (0, 1, 3))
            c = f * state[1] + i * torch.tanh(net(2))
            read = {"lstm": o * torch.tanh(c), "lstm_inner": torch.tanh(c * o), "lstm_linear": o * c}
            return [read[name], c]
        case "gru":
            r, z = sigmoid(net(0)), sigmoid(net(1))
            return [z * h + (1 - z) * torch.tanh(net(2, r * h))]
        case "layer_norm":
            return [torch.tanh(norm(0))]
        case "layer_norm_gru":
            r, z = sigmoid(norm(0)), sigmoid(norm(1))
            return [z * h + (1 - z) * torch.tanh(norm(2, r * h))]
        case "layer_norm_lstm":
            i, f, o = (sigmoid(norm(k)) for k in (0, 1, 3))
            c = f * state[1] + i * torch.tanh(norm(2))
            centred = c - c.mean(1, keepdim=True)
            return [o * torch.tanh(centred / ((centred**2).mean(1, keepdim=True) + 1e-5).sqrt()), c]
        case "constrained":
            s = 0.2 * x @ cell.slow.weight.T + 0.8 * state[1]
            return [sigmoid(net(0) + s @ cell.inward.weight.T), s]


FORMULAS = [n for n in CELLS if n not in ("tanh", "relu", "irnn", "gru_after")]


@pytest.mark.parametrize("name", FORMULAS)
def test_step_equals_its_formula(name):
    cell = CELLS[name]()
    x, state = torch.randn(B, F, requires_grad=True), begun(cell)
    got, expected = cell.step(cell.project(x), state), by_formula(cell, name, x, state)
    assert_close_with_gradients(list(got), expected, [x, *state])


def test_gru_resets_are_equal_for_one_unit_only():
    """O7.5: with one unit both forms are the same, with more they are not."""
    for units, same in ((1, True), (3, False)):
        before, after = GRU(F, units), GRU(F, units, reset="after")
        after.load_state_dict({**before.state_dict(), "bias_n": torch.zeros(units)})
        x, state = torch.randn(B, T, F), (torch.zeros(B, units),)
        assert torch.allclose(before(x, state)[0], after(x, state)[0]) == same


def test_layer_norm_equals_torch():
    """O7.6: eq. 7.6 is torch's layer norm."""
    cell = LayerNormElman(F, H, eps=0.0)
    with torch.no_grad():
        cell.gain.uniform_(0.5, 2)
    a, h = torch.randn(B, H), torch.randn(B, H)
    expected = nn.functional.layer_norm(a + h @ cell.weight_h.T, (H,), cell.gain, cell.bias, eps=0.0)
    torch.testing.assert_close(cell.step(a, (h,))[0], expected.tanh())


def test_initial_weights():
    assert torch.equal(IRNN(F, H, scale=0.5).weight_h, 0.5 * torch.eye(H))
    assert not IRNN(F, H).bias.any()
    for make, rows in [(LSTM, slice(H, 2 * H)), (ForgetGate, slice(H)), (LayerNormLSTM, slice(H, 2 * H))]:
        torch.manual_seed(0)
        plain = make(F, H)
        torch.manual_seed(0)
        shifted = make(F, H, forget_bias=2.0)
        difference = shifted.bias - plain.bias
        torch.testing.assert_close(difference[rows], torch.full((H,), 2.0))
        assert difference.sum().item() == pytest.approx(2.0 * H)
        assert plain.weight_h.abs().max() <= H**-0.5


def test_gate_biases_by_group_of_units():
    torch.manual_seed(0)
    plain = LSTM(F, 5)
    torch.manual_seed(0)
    added = LSTM(F, 5, forget_bias=[8.0, 2.0], input_bias=[-4.0, 0.0]).bias - plain.bias
    expected = [-4.0, -4.0, -4.0, 0.0, 0.0, 8.0, 8.0, 8.0, 2.0, 2.0, *[0.0] * 10]
    torch.testing.assert_close(added, torch.tensor(expected))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Elman(F, 0), "hidden is 0"),
        (lambda: Elman(F, H, activation="tan"), "unknown activation 'tan'.*'tanh'"),
        (lambda: LSTM(F, H, output="x"), "unknown output 'x'"),
        (lambda: LSTM(F, H, forget_bias=[1.0] * 5), "has 5 values for 4 units"),
        (lambda: LSTM(F, H, input_bias=[]), "has 0 values for 4 units"),
        (lambda: GRU(F, H, reset="x"), "unknown reset 'x'"),
        (lambda: Recurrent(lambda n: Elman(n, H), F, start="halv"), "unknown start 'halv'.*'half'"),
        (lambda: SCRNCell(F, H, context=0), "context is 0"),
        (lambda: SCRNCell(F, H, alpha=1.0), "alpha is 1.0"),
    ],
)
def test_values_out_of_range_are_refused(make, message, monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # otherwise it refuses an unknown word first
    with pytest.raises(ValueError, match=message):
        make()
