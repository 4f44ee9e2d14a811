"""All steps as one autograd node: which kernel runs, second derivatives, members, and numbers out of range."""

import pytest
import torch
from nnzoo.kernels import scans
from nnzoo.layers.cells.constrained import SCRNCell
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.cells.layer_norm import LayerNormElman, LayerNormLSTM
from nnzoo.layers.cells.lstm import LSTM
from torch.func import functional_call, grad, hessian, stack_module_state, vmap

T, F, H = 3, 2, 3
CELLS = {
    "tanh": lambda: Elman(F, H),
    "lstm": lambda: LSTM(F, H, output="inner"),
    "layer_norm_lstm": lambda: LayerNormLSTM(F, H),
    "constrained": lambda: SCRNCell(F, H, context=2),
}


@pytest.fixture(params=["compiled", "torch"])
def kernels(request, monkeypatch):
    """The kernels that scans use."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setattr(scans, "installed", lambda: request.param == "compiled")
    return request.param


@pytest.fixture
def ran(monkeypatch):
    """The batch sizes of the calls of compiled kernels."""
    pytest.importorskip("numba")
    calls = []
    for kernel in (scans.CompiledElman, scans.CompiledLSTM):
        forward = kernel.forward

        def recorded(self, a, *others, forward=forward):
            calls.append(len(a))
            return forward(self, a, *others)

        monkeypatch.setattr(kernel, "forward", recorded)
    return calls


def inputs(cell, batch=2, dtype=torch.float64):
    x = torch.randn(batch, T, F, dtype=dtype)
    return x, tuple(torch.randn(batch, size, dtype=dtype) / 2 for size in cell.state_sizes)


@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
def test_second_derivatives_equal_finite_differences(make):
    torch.manual_seed(1)
    cell = make().double()
    x, state = inputs(cell)
    weights = list(cell.parameters())

    def run(x, *given):
        states, values = given[: len(state)], given[len(state) :]
        named = {name: value for (name, _), value in zip(cell.named_parameters(), values, strict=True)}
        out, last = functional_call(cell, named, (x, states))
        return out, *last

    given = tuple(each.detach().requires_grad_() for each in (x, *state, *weights))
    assert torch.autograd.gradgradcheck(run, given, fast_mode=True)


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
@pytest.mark.parametrize("units", [1, 2, 17])
@pytest.mark.parametrize("kind", [Elman, LayerNormElman, LSTM, LayerNormLSTM])
def test_all_remainders_of_blocks(kind, units, batch):
    """Compiled products take four sequences, two rows and, for weights, eight steps at a time."""
    pytest.importorskip("numba")
    cell = (kind(F, units, output="linear") if kind is LSTM else kind(F, units)).double()
    with torch.no_grad():
        cell.bias += 0.1
    x, state = inputs(cell, batch)
    outputs = []
    for way in (cell, lambda x, s: cell.run_steps(cell.project(x), s)):
        out, _ = way(x, state)
        outputs.append([out, *torch.autograd.grad(out.sin().sum(), list(cell.parameters()))])
    torch.testing.assert_close(*outputs)


def test_small_cells_are_compiled_and_others_are_not(ran, monkeypatch):
    cell = Elman(F, H)
    cell(*inputs(cell, 4, torch.float32))
    assert ran == [4]
    one, state = inputs(cell, 4, torch.float32)
    cell(one[:, :1], state)  # a single step
    cell.bfloat16()(*inputs(cell, 4, torch.bfloat16))
    monkeypatch.setattr(scans, "LARGEST", H * H - 1)
    cell.float()(*inputs(cell, 4, torch.float32))
    assert ran == [4]


def test_members_under_vmap_run_compiled_one_after_the_other(ran):
    cells = [LayerNormLSTM(F, H).double() for _ in range(3)]
    x, state = inputs(cells[0], 4)

    def loss(parameters, buffers):
        return functional_call(cells[0], (parameters, buffers), (x, state))[0].sin().sum()

    found = vmap(grad(loss))(*stack_module_state(cells))
    assert ran == [4, 4, 4]
    for member, cell in enumerate(cells):
        expected = torch.autograd.grad(cell.run_steps(cell.project(x), state)[0].sin().sum(), list(cell.parameters()))
        for (name, _), value in zip(cell.named_parameters(), expected, strict=True):
            torch.testing.assert_close(found[name][member], value)


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:FutureWarning")  # by torch's forward mode
def test_forward_derivatives_run_step_by_step(ran):
    cell = Elman(F, 1).double()
    x, state = inputs(cell)

    def loss(weight):
        return functional_call(cell, {"weight_h": weight}, (x, state))[0].square().sum()

    weight, step = cell.weight_h.detach(), 1e-4
    second = (loss(weight + step) - 2 * loss(weight) + loss(weight - step)) / step**2
    ran.clear()
    torch.testing.assert_close(hessian(loss)(weight).squeeze(), second, rtol=1e-5, atol=1e-5)
    assert not ran


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_numbers(dtype, kernels):
    """Saturated units equal those of torch; not-a-number stays, so that training notices it."""
    cell = LSTM(F, H, output="inner").to(dtype)
    with torch.no_grad():
        cell.weight_x.copy_(torch.eye(4 * H, F))
        cell.weight_h.zero_()
        cell.bias.zero_()
    x = torch.tensor([-1e30, -200.0, -80.0, -10.0, 0.0, 10.0, 80.0, 200.0, 1e30], dtype=dtype).repeat(2, 1)
    x = x[..., None].expand(2, 9, F)
    state = (torch.zeros(2, H, dtype=dtype),) * 2
    torch.testing.assert_close(cell(x, state), cell.run_steps(cell.project(x), state), atol=1e-6, rtol=1e-5)
    x = x.clone()
    x[0, 4] = float("nan")
    out, _ = cell(x, state)
    assert out[0, 4:, 0].isnan().all()
    assert out[1].isfinite().all()
