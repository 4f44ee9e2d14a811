"""Reservoirs against numpy."""

import numpy as np
import pytest
import torch
from nnzoo.layers.cells.base import Cell
from nnzoo.layers.cells.reservoir import Reservoir
from nnzoo.layers.init import initialize


def made(hidden=40, **settings):
    torch.manual_seed(0)
    return Reservoir(3, hidden, **settings)


def radius(matrix):
    return np.abs(np.linalg.eigvals(matrix.double().numpy())).max()


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "identity"])
def test_states_equal_numpy(activation):
    cell = made(activation=activation, spectral_radius=0.9, input_scaling=0.3).double()
    x, h = np.random.default_rng(0).normal(size=(2, 12, 3)), np.full((2, 40), 0.1)
    outputs, (last,) = cell(torch.from_numpy(x), (torch.from_numpy(h),))
    inner, recurrent = cell.weight_x.numpy(), cell.weight_h.numpy()
    f = {"tanh": np.tanh, "sigmoid": lambda a: 1 / (1 + np.exp(-a)), "identity": lambda a: a}[activation]
    for t in range(12):
        h = f(x[:, t] @ inner.T + h @ recurrent.T)
        np.testing.assert_allclose(outputs[:, t], h, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(last, h, rtol=1e-9, atol=1e-12)


def test_spectral_radius():
    for wanted in (0.25, 1.0, 3.0):
        assert radius(made(spectral_radius=wanted).weight_h) == pytest.approx(wanted, rel=1e-5)
    one, three = made(), made(spectral_radius=3.0)
    torch.testing.assert_close(3 * one.weight_h, three.weight_h)  # the same draw, scaled
    torch.testing.assert_close(0.1 * one.weight_x, made(input_scaling=0.1).weight_x)


def test_entries_are_normally_distributed():
    cell = made(200, input_scaling=2.0)
    entries = cell.weight_h / cell.weight_h.std()
    assert entries.abs().mean().item() == pytest.approx((2 / np.pi) ** 0.5, rel=0.01)
    assert cell.weight_x.std().item() == pytest.approx(2.0, rel=0.1)


def test_density_is_the_share_of_connections():
    cell = made(200, density=0.1)
    assert (cell.weight_h != 0).double().mean().item() == pytest.approx(0.1, abs=0.01)
    assert radius(cell.weight_h) == pytest.approx(1.0, rel=1e-5)


def test_groups_have_no_connections_between_them():
    matrix = made(40, groups=4, spectral_radius=0.8).weight_h
    blocks = torch.block_diag(*torch.ones(4, 10, 10)).bool()
    assert (matrix != 0).equal(blocks)
    for k in range(4):
        assert radius(matrix[10 * k : 10 * k + 10, 10 * k : 10 * k + 10]) == pytest.approx(0.8, rel=1e-5)


def test_weights_are_buffers_unless_trainable():
    cell, trained = made(), made(trainable=True)
    assert not list(cell.parameters())
    assert {name for name, _ in trained.named_parameters()} == {"weight_x", "weight_h", "bias"}
    trained.load_state_dict(cell.state_dict())  # an echo-state network's weights begin a recurrent network
    x, state = torch.randn(2, 5, 3), (torch.zeros(2, 40),)
    torch.testing.assert_close(cell(x, state), trained(x, state))
    torch.testing.assert_close(cell(x, state), Cell.forward(cell, x, state))
    assert not cell.bias.any()
    assert not trained.bias.any()


def test_reservoir_weights_override_the_init_scheme():
    cell = made(spectral_radius=1.5, groups=2)
    initialize(cell, "xavier")
    assert radius(cell.weight_h) == pytest.approx(1.5, rel=1e-5)
    assert not cell.weight_h[:20, 20:].any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 0}, "hidden is 0"),
        ({"spectral_radius": 0.0}, "spectral_radius is 0.0; it must be above 0"),
        ({"input_scaling": -1.0}, "input_scaling is -1.0"),
        ({"density": 0.0}, "density is 0.0; it must be above 0"),
        ({"density": 1.5}, "density is 1.5"),
        ({"groups": 3}, "groups is 3; it must divide the 40 units"),
        ({"groups": 0}, "groups is 0"),
        ({"density": 1e-9}, "density is 1e-09, which leaves no cycle among 40 units"),
    ],
)
def test_values_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        made(**settings)
