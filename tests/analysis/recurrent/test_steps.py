from functools import partial

import pytest
import torch
from nnzoo.analysis.recurrent.steps import gradient_norms, trace, unroll
from nnzoo.layers.cells.constrained import SCRNCell
from nnzoo.layers.cells.elman import IRNN, Elman
from nnzoo.layers.cells.forget import ForgetGate
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.cells.layer_norm import LayerNormElman, LayerNormGRU, LayerNormLSTM
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.models.recurrent import lstm
from nnzoo.models.recurrent.rnn import RNN

from tests.support.gradients import numerical_gradient

B, T, F, H = 2, 6, 3, 4
NAMES = {
    Elman: ["h"],
    IRNN: ["h"],
    ForgetGate: ["phi", "u", "h"],
    GRU: ["r", "z", "n", "h"],
    LSTM: ["i", "f", "u", "o", "h", "c"],
    LayerNormElman: ["h"],
    LayerNormLSTM: ["i", "f", "u", "o", "h", "c"],
    LayerNormGRU: ["r", "z", "n", "h"],
    SCRNCell: ["h", "s"],
}


@pytest.mark.parametrize("make", NAMES)
def test_trace_equals_the_forward_pass(make):
    cell, x = make(F, H), torch.randn(B, T, F)
    state = tuple(torch.randn(B, size) for size in cell.state_sizes)
    values = trace(cell, x, state)
    assert list(values) == NAMES[make]
    assert len(cell.state_names) == len(cell.state_sizes)
    outputs, last = cell(x, state)
    torch.testing.assert_close(tuple(values[part][:, -1] for part in cell.state_names), last)
    torch.testing.assert_close(
        torch.cat([values[part] for part in cell.state_names], -1)[..., : cell.output_size], outputs
    )
    torch.testing.assert_close(unroll(cell, x, state)[-1], last)
    assert not any(value.requires_grad for value in values.values())


def test_states_follow_from_the_gates():
    """Gates and states satisfy the equations of the texts."""
    x = torch.randn(B, T, F)
    v = trace(LSTM(F, H), x)
    torch.testing.assert_close(v["c"][:, 1:], v["f"][:, 1:] * v["c"][:, :-1] + v["i"][:, 1:] * v["u"][:, 1:])
    torch.testing.assert_close(v["h"], v["o"] * v["c"].tanh())
    v = trace(GRU(F, H, reset="after"), x)
    torch.testing.assert_close(v["h"][:, 1:], v["z"][:, 1:] * v["h"][:, :-1] + (1 - v["z"][:, 1:]) * v["n"][:, 1:])
    v = trace(ForgetGate(F, H), x)
    torch.testing.assert_close(v["h"][:, 0], (1 - v["phi"][:, 0]) * v["u"][:, 0])


@pytest.mark.usefixtures("float64")
def test_gradient_norms_by_finite_differences():
    """Return |dL/dh_t| by finite differences in each component of h_t."""
    net = RNN(in_features=F, out_features=2, hidden=H)
    x, cell = torch.randn(1, T, F), net.recurrent.cells[0]

    def loss(pushed, push):
        h, outputs = torch.zeros(1, H), []
        for t, a in enumerate(cell.project(x).unbind(1)):
            (h,) = cell.step(a, (h,))
            h = h + push if t == pushed else h
            outputs.append(net.readout(h))
        return torch.stack(outputs, 1).square().sum()

    norms = gradient_norms({"layer": cell}, lambda: net(x).square().sum())
    assert list(norms) == ["layer"]
    for t in range(T):
        slopes = numerical_gradient(partial(loss, t), torch.zeros(H))
        assert norms["layer"][0, t].item() == pytest.approx(slopes.norm().item(), rel=1e-6)


def test_gradient_norms_of_layers_and_parts():
    net = lstm.LSTM(in_features=F, out_features=2, hidden=H, layers=2).requires_grad_(False)
    x = torch.randn(B, T, F)
    cells = dict(zip("ab", net.recurrent.cells, strict=True))
    before = net(x)
    norms = gradient_norms(cells, lambda: net(x)[:, 2].sum())
    assert {name: tuple(values.shape) for name, values in norms.items()} == dict.fromkeys(
        ["a h", "a c", "b h", "b c"], (B, T)
    )
    weight = net.readout.weight.sum(0).norm()
    torch.testing.assert_close(norms["b h"][:, 2], weight.double().expand(B))  # no later step contributes
    for values in norms.values():
        assert (values[:, :3] > 0).all()
        assert not values[:, 3:].any()  # later states have no effect
    assert torch.equal(net(x), before)  # the network has no hooks left
    with pytest.raises(ZeroDivisionError):
        gradient_norms(cells, lambda: net(x).sum() / (1 // 0))
    assert not any(cell._forward_hooks for cell in cells.values())
