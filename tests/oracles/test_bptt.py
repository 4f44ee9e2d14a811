"""Backpropagation through time, gates and their derivatives in float64, against the texts' formulas."""

import math

import pytest
import torch
from nnzoo.analysis.recurrent.spectrum import jacobian_norms, power_magnitudes, spectral_radius, step_jacobians
from nnzoo.analysis.recurrent.steps import gradient_norms, trace, unroll
from nnzoo.layers.cells.base import Cell
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.cells.forget import ForgetGate
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.cells.lstm import LSTM
from torch import nn

pytestmark = pytest.mark.usefixtures("float64")
B, T, F, H, K = 2, 5, 3, 4, 3


class Logistic(Cell):
    """h_t = sigmoid(W_x x_t + W_h h_(t-1) + b)."""

    def step(self, a, state):
        return ((a + state[0] @ self.weight_h.T).sigmoid(),)


def fill(parameter, value):
    with torch.no_grad():
        parameter.copy_(torch.as_tensor(value).expand_as(parameter))


def test_mmds_recurrence_of_bptt():
    """Eq. 13.6-13.8: R_t = P_t + Q_t R_(t-1), and its unrolled form (with the Jacobians' rows for outputs)."""
    cell, readout = Elman(F, H), nn.Linear(H, K)
    x, y = torch.randn(T, F), torch.randint(K, (T,))
    hidden = torch.stack([s[0][0] for s in unroll(cell, x[None])])
    loss = nn.functional.cross_entropy(readout(hidden), y, reduction="sum")
    expected = torch.autograd.grad(loss, [cell.weight_h, hidden], retain_graph=True)

    error = readout(hidden).softmax(1) - nn.functional.one_hot(y, K)
    outer = error @ readout.weight  # eq. 13.6, each e_t by s_t alone
    torch.testing.assert_close(outer, expected[1])
    s, r, total, P, Q = torch.zeros(H), torch.zeros(H, H * H), torch.zeros(H * H), [], []
    for t in range(T):
        a = torch.diag(1 - hidden[t] ** 2)
        P.append(a @ torch.kron(torch.eye(H), s[None]))
        Q.append(a @ cell.weight_h)
        r = P[t] + Q[t] @ r
        total = total + outer[t] @ r
        s = hidden[t]
    torch.testing.assert_close(total.view(H, H), expected[0])
    unrolled = P[-1]
    for j in range(T - 1):  # eq. 13.8: P_j goes through Q of all later steps
        product = P[j]
        for k in range(j + 1, T):
            product = Q[k] @ product
        unrolled = unrolled + product
    torch.testing.assert_close(unrolled, r)


@pytest.mark.parametrize("make", [Elman, LSTM, GRU, ForgetGate])
def test_shared_gradient_is_the_sum_over_the_copies(make):
    """O7.1: the folded network, with parameters of its own for each step when unrolled."""
    cell, x = make(F, H), torch.randn(B, T, F)
    copies = [make(F, H) for _ in range(T)]
    for copy in copies:
        copy.load_state_dict(cell.state_dict())
    state = tuple(torch.zeros(B, size) for size in cell.state_sizes)
    folded, _ = cell(x, state)
    outputs = []
    for t, copy in enumerate(copies):
        state = copy.step(copy.project(x[:, t]), state)
        outputs.append(state[0])
    unrolled = torch.stack(outputs, 1)
    torch.testing.assert_close(folded, unrolled)
    factor = torch.randn_like(folded)
    for network in (folded, unrolled):
        (network * factor).sum().backward()
    for name, parameter in cell.named_parameters():
        parts = [copy.get_parameter(name).grad for copy in copies]
        torch.testing.assert_close(parameter.grad, sum(parts))


STATE = [-0.94, 1.05, 0.39, 0.97, 0.90]
PHI = [0.9, 1, 0, 0.1, 0.5]


@pytest.mark.parametrize(
    ("gate", "candidate", "expected"),
    [
        ([0, 1, 1, 0, 1], [0] * 5, [0, 1.05, 0.39, 0, 0.90]),  # W12
        ([0.1, 0, 1, 0.9, 0.5], [0] * 5, [-0.094, 0, 0.39, 0.873, 0.45]),
        (PHI, [0.5, 2.5, -1, -0.5, 0.8], [-0.796, 1.05, -1.0, -0.353, 0.85]),  # W13
    ],
)
def test_w12_w13_a_gate_between_state_and_candidate(monkeypatch, gate, candidate, expected):
    cell = ForgetGate(1, 5)
    given = {"phi": torch.tensor([gate]).double(), "u": torch.tensor([candidate]).double()}
    monkeypatch.setattr(cell, "gates", lambda a, state: given)
    (h,) = cell.step(torch.zeros(1, 10), (torch.tensor([STATE]),))
    torch.testing.assert_close(h, torch.tensor([expected]))


def test_net_gradients_of_the_forget_gate():
    """Zaki-Meira 26: d_u = d_h (1 - phi)(1 - u^2), d_phi = d_h (h_(t-1) - u) phi (1 - phi)."""
    cell, outer = ForgetGate(F, H), torch.randn(B, T, H)
    x = torch.randn(B, T, F)
    a = cell.project(x).detach().requires_grad_()
    h, hidden = torch.zeros(B, H), []
    for net in a.unbind(1):
        (h,) = cell.step(net, (h,))
        hidden.append(h)
    (expected,) = torch.autograd.grad((torch.stack(hidden, 1) * outer).sum(), a)
    values = trace(cell, x)
    phi, u = values["phi"], values["u"]
    before = torch.cat([torch.zeros(B, 1, H), values["h"][:, :-1]], 1)
    w_phi, w_u = cell.weight_h.detach().chunk(2)
    back = torch.zeros(B, H)
    for t in reversed(range(T)):
        d_h = outer[:, t] + back
        d_u = d_h * (1 - phi[:, t]) * (1 - u[:, t] ** 2)
        d_phi = d_h * (before[:, t] - u[:, t]) * phi[:, t] * (1 - phi[:, t])
        torch.testing.assert_close(torch.cat([d_phi, d_u], 1), expected[:, t])
        back = d_phi @ w_phi + d_u @ w_u + d_h * phi[:, t]


def test_net_gradients_of_an_lstm():
    """Zaki-Meira 26. The slide's d_c has (1 - c c) where the derivative of tanh(c), 1 - tanh(c)^2, is meant."""
    cell, outer, x = LSTM(F, H), torch.randn(B, T, H), torch.randn(B, T, F)
    a = cell.project(x).detach().requires_grad_()
    state, hidden = (torch.zeros(B, H), torch.zeros(B, H)), []
    for net in a.unbind(1):
        state = cell.step(net, state)
        hidden.append(state[0])
    (expected,) = torch.autograd.grad((torch.stack(hidden, 1) * outer).sum(), a)
    v = trace(cell, x)
    i, f, u, o, c = (v[name] for name in "ifuoc")
    before = torch.cat([torch.zeros(B, 1, H), c[:, :-1]], 1)
    w = cell.weight_h.detach()
    back_h = d_c = torch.zeros(B, H)
    for t in reversed(range(T)):
        d_h = outer[:, t] + back_h
        later = d_c * f[:, t + 1] if t + 1 < T else 0
        d_c = d_h * o[:, t] * (1 - c[:, t].tanh() ** 2) + later
        d_f = d_c * before[:, t] * (1 - f[:, t]) * f[:, t]
        d_i = d_c * u[:, t] * (1 - i[:, t]) * i[:, t]
        d_u = d_c * i[:, t] * (1 - u[:, t] ** 2)
        d_o = d_h * c[:, t].tanh() * (1 - o[:, t]) * o[:, t]
        net = torch.cat([d_i, d_f, d_u, d_o], 1)
        torch.testing.assert_close(net, expected[:, t])
        back_h = net @ w


@pytest.mark.parametrize(("w", "vanishes"), [(0.8, True), (1.5, False)])
def test_a7_1_chain_of_single_units(w, vanishes):
    """Eq. 7.5: dL/dh_t = f'(h_(t+1)) w dL/dh_(t+1), for a unit near zero, where tanh' is nearly 1."""
    cell = Elman(1, 1)
    for parameter, value in ((cell.weight_x, 1.0), (cell.weight_h, w), (cell.bias, 0.0)):
        fill(parameter, value)
    x = 1e-4 * torch.randn(1, T, 1)
    start = (torch.zeros(1, 1),)
    norms = gradient_norms({"h": cell}, lambda: cell(x, start)[0][:, -1].sum())["h"][0]
    h = cell(x, start)[0][0, :, 0]
    assert norms[-1] == 1
    for t in range(T - 1):
        assert norms[t].item() == pytest.approx((1 - h[t + 1] ** 2).item() * w * norms[t + 1].item())
    assert (norms[0] < norms[-1]).item() == vanishes


@pytest.mark.parametrize("scale", [0.9, 1.1])
def test_a7_2_powers_go_with_the_radius(scale):
    """Lemma 7.3.1."""
    matrix = torch.randn(5, 5)
    matrix *= scale / spectral_radius(matrix)
    assert spectral_radius(matrix) == pytest.approx(scale)
    sizes = power_magnitudes(matrix, 100)
    assert sizes[0] == 1
    assert sizes[100].item() == pytest.approx(torch.linalg.matrix_power(matrix, 100).abs().max().item())
    if scale < 1:
        assert sizes[100] < 1e-3
    else:
        assert sizes[100] > 1e3


def test_a7_2_sigmoids_always_vanish_below_4():
    """The derivative of the sigmoid is at most 1/4; the bound is one on the norm of the matrix."""
    cell = Logistic(F, H)
    fill(cell.weight_h, 3.9 * cell.weight_h / torch.linalg.matrix_norm(cell.weight_h, ord=2))
    norms = jacobian_norms(cell, torch.randn(60, F))
    assert (norms <= (3.9 / 4) ** torch.arange(60, -1, -1) + 1e-12).all()


def test_a7_5_exercise_7_4():
    """All recurrent weights 3.5: at a net input of 0 the Jacobian could explode, at the fixed point it vanishes."""
    cell = Logistic(1, 2)
    fill(cell.weight_h, 3.5)
    fill(cell.bias, 0.0)
    assert sorted(torch.linalg.eigvals(cell.weight_h).real.tolist()) == pytest.approx([0, 7])
    x = torch.zeros(1, 30, 1)
    jacobians = step_jacobians(cell, x[0])
    assert spectral_radius(jacobians[0]) == pytest.approx(1.75)
    fixed = unroll(cell, x)[-1][0][0]
    assert fixed.tolist() == pytest.approx([0.99908] * 2, abs=5e-6)
    assert (fixed * (1 - fixed)).tolist() == pytest.approx([0.00092] * 2, abs=5e-6)
    assert spectral_radius(jacobians[-1]) == pytest.approx(0.0064, abs=5e-5)
    assert jacobian_norms(cell, x[0])[0] < 1e-50


def gated(make, **biases):
    """A cell whose gates, by name, are held at 0 or 1."""
    cell = make(F, H)
    order = {LSTM: "ifuo", GRU: "rzn"}[make]
    with torch.no_grad():
        for name, value in biases.items():
            cell.bias.view(len(order), H)[order.index(name)] = 1000.0 if value else -1000.0
    return cell


def test_o7_12_an_lstm_that_only_remembers():
    cell, x = gated(LSTM, f=1, i=0), torch.randn(B, T, F)
    start = (torch.randn(B, H), torch.randn(B, H))
    assert torch.equal(trace(cell, x, start)["c"], start[1][:, None].expand(B, T, H))


def test_o7_12_direct_path_of_an_lstm():
    """Eq. 7.8: dc_t/dc_(t-1) = f, what the gates see of h_(t-1) left out."""
    cell, x = LSTM(F, H), torch.randn(1, T, F)
    forget = trace(cell, x)["f"][0]
    torch.testing.assert_close(step_jacobians(cell, x[0])[:, H:, H:], torch.diag_embed(forget))


def test_e7_2_a_forget_bias_slows_the_decay():
    x = torch.randn(30, F)
    norms = []
    for bias in (0.0, 2.0, 4.0):
        torch.manual_seed(0)
        norms.append(jacobian_norms(LSTM(F, H, forget_bias=bias), x)[0].item())
    assert norms == sorted(norms)
    assert norms[0] < 1e-4 < 0.1 < norms[2]


def test_o7_12_a_gru_that_copies_and_one_without_gates():
    x, start = torch.randn(B, T, F), (torch.randn(B, H),)
    copies, _ = gated(GRU, z=1)(x, start)
    assert torch.equal(copies, start[0][:, None].expand(B, T, H))
    cell, plain = gated(GRU, z=0, r=1), Elman(F, H)
    for name in ("weight_x", "weight_h", "bias"):
        fill(plain.get_parameter(name), cell.get_parameter(name)[2 * H :])
    torch.testing.assert_close(cell(x, start), plain(x, start))


def test_m7_6_exact_derivative_of_a_gru_of_one_unit():
    """z + z' u_z (h - c) + (1 - z)(1 - c^2) v (r + h r' u_r)."""
    cell, x, before = GRU(1, 1), torch.randn(1, 1, 1), torch.tensor([[0.7]])
    r, z, c = (trace(cell, x, (before,))[name].item() for name in "rzn")
    u_r, u_z, v = cell.weight_h.flatten().tolist()
    h = before.item()
    expected = z + z * (1 - z) * u_z * (h - c) + (1 - z) * (1 - c**2) * v * (r + h * r * (1 - r) * u_r)
    assert step_jacobians(cell, x[0], (before,)).item() == pytest.approx(expected, rel=1e-12)
    assert not math.isclose(expected, z, rel_tol=1e-3)  # the additive terms count
