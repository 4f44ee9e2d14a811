import numpy as np
import pytest
import torch
from nnzoo.analysis.recurrent.spectrum import (
    eigenvalues,
    jacobian_norms,
    jacobian_products,
    power_magnitudes,
    spectral_radius,
    step_jacobians,
)
from nnzoo.analysis.recurrent.steps import unroll
from nnzoo.layers.cells.constrained import SCRNCell
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.cells.lstm import LSTM

T, F, H = 5, 3, 4
CELLS = [Elman, LSTM, GRU, SCRNCell]


def test_radius_of_a_rotation_and_a_triangle():
    assert spectral_radius(torch.tensor([[0.0, -2.0], [2.0, 0.0]])) == pytest.approx(2)
    assert spectral_radius(torch.tensor([[0.5, 100.0], [0.0, -0.75]])) == pytest.approx(0.75)


def test_eigenvalues_by_block():
    cell = LSTM(F, H)
    found = eigenvalues(cell)
    assert list(found) == ["i", "f", "u", "o"]
    for block, values in zip(cell.weight_h.detach().double().split(H), found.values(), strict=True):
        expected = np.linalg.eigvals(block.numpy())
        assert sorted(values.tolist(), key=repr) == pytest.approx(sorted(expected.tolist(), key=repr))
    assert list(eigenvalues(GRU(F, H))) == ["r", "z", "n"]
    assert list(eigenvalues(SCRNCell(F, H))) == ["h"]


def test_powers_of_a_matrix_that_grows_before_it_vanishes():
    sizes = power_magnitudes(torch.tensor([[0.5, 1.0], [0.0, 0.5]]), 20)
    assert sizes.shape == (21,)
    assert sizes[:4].tolist() == [1, 1, 1, 0.75]  # t 0.5^(t - 1)
    assert sizes[20].item() == pytest.approx(20 * 0.5**19)


@pytest.mark.parametrize("make", CELLS)
def test_jacobians_equal_autograd_over_all_steps(make):
    cell, x = make(F, H), torch.randn(T, F)
    start = tuple(torch.randn(1, size) for size in cell.state_sizes)
    jacobians = step_jacobians(cell, x, start)
    size = sum(cell.state_sizes)
    assert jacobians.shape == (T, size, size)
    cell = cell.double()

    def run(s):
        return torch.cat(unroll(cell, x[None].double(), s.split(cell.state_sizes, 1))[-1], 1)

    expected = torch.autograd.functional.jacobian(run, torch.cat(start, 1).double()).view(size, size)
    ways = jacobian_products(jacobians)
    torch.testing.assert_close(ways[0], expected)
    assert torch.equal(ways[-1], torch.eye(size).double())
    norms = jacobian_norms(cell, x, start)
    assert norms.shape == (T + 1,)
    assert norms[0].item() == pytest.approx(np.linalg.svd(expected.detach().numpy())[1][0])


@pytest.mark.parametrize(("scale", "vanishes"), [(0.5, True), (3.0, False)])
def test_regimes_near_zero(scale, vanishes):
    cell = Elman(F, H)
    with torch.no_grad():
        cell.weight_h.copy_(scale * torch.linalg.qr(torch.randn(H, H)).Q)
        cell.bias.zero_()
    norms = jacobian_norms(cell, torch.zeros(10, F))
    assert norms.tolist() == pytest.approx([scale**t for t in range(10, -1, -1)], rel=1e-5)
    assert (norms[0] < 0.01).item() == vanishes


def test_cell_is_unchanged():
    cell = Elman(F, H)
    jacobian_norms(cell, torch.randn(T, F))
    assert cell.weight_h.dtype == torch.float32
    assert cell.weight_h.requires_grad
