"""Echo-state networks: what Aggarwal 7.4 and 7.7.5 say of them, and what of it does not hold."""

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.analysis.recurrent.echo_state import state_distances
from nnzoo.analysis.recurrent.spectrum import spectral_radius
from nnzoo.config.files import model_config
from nnzoo.data.sequences.sines import Sines
from nnzoo.layers.cells.reservoir import Reservoir
from nnzoo.models.recurrent.ar import AR
from nnzoo.models.recurrent.esn import ESN
from sklearn.linear_model import Ridge

P = 7  # order of the autoregression
LAGS, RADIUS = 400, 0.95  # order of one that sees the whole series; how much of a state is left after a step


@pytest.fixture
def series():
    x = Sines(length=400, noise=0.1).series()
    return torch.from_numpy(x)


def shifting():
    """A linear reservoir whose state is the last P values; W_x = e_p: x_t comes last, not first as 7.7.5 prints."""
    net = ESN(in_features=1, out_features=1, hidden=P, activation="identity").double()
    cell = net.recurrent.cells[0]
    cell.weight_h.copy_(torch.diag(torch.ones(P - 1), 1))
    cell.weight_x.copy_(torch.eye(P)[:, -1:])
    return net


def test_o7_8_a_linear_reservoir_that_shifts_is_an_autoregression(series):
    net, ar = shifting(), AR(in_features=1, out_features=1, order=P).double()
    h, _ = net.recurrent(series[None])
    for t in range(P - 1, 20):  # h_t = (x_(t-p+1), ..., x_t)
        assert torch.equal(h[0, t], series[t - P + 1 : t + 1, 0])
    ar.load_state_dict({k: v for k, v in net.state_dict().items() if k.startswith("readout")})
    torch.testing.assert_close(net(series[None]), ar(series[None]))


def lags(name):
    """A linear reservoir, and the closed form of what x_(t-k) adds to its units at t: (LAGS, P) for k = 0, 1, ..."""
    torch.manual_seed(0)
    net = ESN(in_features=1, out_features=1, hidden=P, activation="identity", spectral_radius=RADIUS).double()
    cell = net.recurrent.cells[0]
    k = torch.arange(LAGS, dtype=torch.float64)[:, None]
    if name == "shift":  # all eigenvalues are 0, and P steps are kept
        cell.weight_h.copy_(torch.diag(torch.full((P - 1,), RADIUS), 1))
        cell.weight_x.copy_(torch.eye(P)[:, -1:])
        return net, torch.where(k == torch.arange(P).flip(0), RADIUS**k, 0)
    if name == "diagonal":
        rates = torch.linspace(0.3, RADIUS, P, dtype=torch.float64)
        cell.weight_h.copy_(rates.diag())
        return net, cell.weight_x[:, 0] * rates**k
    rates, vectors = torch.linalg.eig(cell.weight_h)
    shares = vectors * torch.linalg.solve(vectors, cell.weight_x[:, 0].to(vectors))
    return net, (rates**k @ shares.T).real


@pytest.mark.parametrize("name", ["shift", "diagonal", "random"])
def test_o7_8_a_linear_reservoir_of_radius_below_1_is_an_autoregression_that_decays(series, name):
    """Aggarwal 7.7.5, "decay-based": x_(t-k) counts w W_h^k W_x, a sum of k-th powers of the eigenvalues."""
    net, weights = lags(name)
    ar = AR(in_features=1, out_features=1, order=LAGS).double()
    coefficients = weights @ net.readout.weight[0].detach()
    ar.load_state_dict({"readout.weight": coefficients.flip(0)[None], "readout.bias": net.readout.bias})
    torch.testing.assert_close(net(series[None]), ar(series[None]))
    assert (weights.norm(dim=1) <= 10 * RADIUS ** torch.arange(LAGS)).all()


def test_o7_8_solved_both_have_the_coefficients_of_the_lagged_regression(series, tmp_path):
    """Through runs: the reservoir's readout, the autoregression and scikit-learn on lagged columns."""
    settings = ("data=sines", "data.noise=0.1", "data.steps=20", "data.every_step=false", "task=ridge")
    settings = (*settings, "task.penalty=0.1", "~callbacks.figures", "trainer.accelerator=cpu")
    run = api.train(*settings, "model=ar", f"model.order={P}", output_dir=tmp_path).directory
    net = api.load(run)
    train = Sines(noise=0.1, steps=20, every_step=False).splits["train"]
    judge = Ridge(0.1).fit(train.x[:, -P:, 0].double().numpy(), train.y.double().numpy()[:, 0])
    np.testing.assert_allclose(net.model.readout.weight[0].detach(), judge.coef_, rtol=1e-4, atol=1e-5)
    h, _ = shifting().recurrent(train.x.double())
    judge_of_states = Ridge(0.1).fit(h[:, -1].numpy(), train.y.double().numpy()[:, 0])
    np.testing.assert_allclose(judge_of_states.coef_, judge.coef_, rtol=1e-9)


def grouped(k=3, size=10):
    torch.manual_seed(0)
    net = ESN(in_features=1, out_features=1, hidden=k * size, groups=k, spectral_radius=0.9).double()
    whole = net.recurrent.cells[0]
    parts = []
    for rows in torch.arange(k * size).split(size):
        part = ESN(in_features=1, out_features=1, hidden=size).double()
        part.recurrent.cells[0].weight_h.copy_(whole.weight_h[rows][:, rows])
        part.recurrent.cells[0].weight_x.copy_(whole.weight_x[rows])
        parts.append(part)
    return net, parts


def test_o7_9_the_states_of_groups_are_those_of_separate_networks(series):
    net, parts = grouped()
    h, _ = net.recurrent(series[None])
    torch.testing.assert_close(h, torch.cat([part.recurrent(series[None])[0] for part in parts], 2))


def test_exercise_7_2_groups_are_an_ensemble_only_with_separate_readouts(series):
    """W = [W_1, ..., W_K] / K of readouts solved one by one predicts the mean; one joint regression does better."""
    net, parts = grouped()
    h = net.recurrent(series[None, :-1])[0][0].numpy()
    y = series[1:, 0].numpy()
    each = [Ridge(0.01).fit(h[:, 10 * k : 10 * k + 10], y) for k in range(3)]
    joint = Ridge(0.01).fit(h, y)
    with torch.no_grad():
        net.readout.weight.copy_(torch.from_numpy(np.concatenate([fit.coef_ for fit in each]))[None] / 3)
        net.readout.bias.fill_(float(np.mean([fit.intercept_ for fit in each])))
    for part, fit in zip(parts, each, strict=True):
        with torch.no_grad():
            part.readout.weight.copy_(torch.from_numpy(fit.coef_)[None])
            part.readout.bias.fill_(float(fit.intercept_))
    mean = torch.stack([part(series[None]) for part in parts]).mean(0)
    torch.testing.assert_close(net(series[None]), mean)
    ensemble = net(series[None, :-1])[0, :, 0].detach().numpy()
    assert np.abs(joint.predict(h) - ensemble).max() > 0.01
    assert np.square(joint.predict(h) - y).mean() < np.square(ensemble - y).mean()


def distance(activation, radius):
    """Over 500 steps of noise of deviation 0.05, by 200 units; stronger inputs can force them together."""
    torch.manual_seed(0)
    x = 0.05 * torch.randn(500, 1)
    cell = Reservoir(1, 200, activation=activation, spectral_radius=radius)
    return state_distances(cell, x)


@pytest.mark.parametrize(("activation", "radius"), [("tanh", 0.5), ("tanh", 0.9), ("sigmoid", 1.0), ("sigmoid", 4.0)])
def test_small_radii_forget_where_the_network_began(activation, radius):
    found = distance(activation, radius)
    assert found[0] > 0.1
    assert found[-1] < 1e-12


@pytest.mark.parametrize(("activation", "radius"), [("tanh", 2.0), ("tanh", 3.0), ("sigmoid", 10.0), ("sigmoid", 20.0)])
def test_the_radii_that_the_text_advises_do_not(activation, radius):
    """Aggarwal 7.4 has radius 2 or 3 for tanh and 10 for sigmoid: then two states never meet."""
    assert distance(activation, radius)[-100:].min() > 0.1


def test_a_linear_reservoir_forgets_by_powers_of_its_matrix():
    torch.manual_seed(0)
    cell = Reservoir(1, 20, activation="identity", spectral_radius=0.9)
    found = state_distances(cell, torch.randn(50, 1), seed=3)
    one, other = torch.rand(2, 20, generator=torch.Generator().manual_seed(3), dtype=torch.float64) * 2 - 1
    matrix = cell.weight_h.double().numpy()
    expected = [np.linalg.norm(np.linalg.matrix_power(matrix, t) @ (one - other).numpy()) for t in range(1, 51)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert cell.weight_h.dtype == torch.float32  # the cell is left as it is


@pytest.mark.parametrize(("activation", "radius"), [("tanh", 1.0), ("sigmoid", 10.0), ("tanh", 2.0), ("tanh", 3.0)])
def test_n20_the_reservoirs_that_the_text_advises(activation, radius):
    """About 200 units, radius 1; 10 for sigmoid, 2 to 3 for tanh. The network of the config has 200 and 1."""
    defaults = model_config("esn")
    assert (defaults["hidden"], defaults["spectral_radius"]) == (200, 1.0)
    net = ESN(in_features=1, out_features=1, hidden=200, activation=activation, spectral_radius=radius)
    assert spectral_radius(net.recurrent.cells[0].weight_h.double()) == pytest.approx(radius, rel=1e-4)
