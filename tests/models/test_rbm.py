"""A machine of 4 visible and 3 hidden units, of which every state can be listed; and scikit-learn's."""

from itertools import product

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.models.rbm import RBM
from sklearn.neural_network import BernoulliRBM
from torch import nn
from torch.testing import assert_close

V = torch.tensor([*product((0.0, 1.0), repeat=4)], dtype=torch.float64)
H = torch.tensor([*product((0.0, 1.0), repeat=3)], dtype=torch.float64)


@pytest.fixture
def net():
    return drawn()


def drawn():
    """Return a machine whose states have very different probabilities."""
    torch.manual_seed(3)
    net = RBM(in_features=4, hidden=3).double()
    for parameter in net.parameters():
        nn.init.normal_(parameter, 0, 1.0)
    return net


def joint(net):
    """Return P(v, h), (16, 8): exp(-E) / Z, written out."""
    w, b, c = net.hidden.weight.detach(), net.visible_bias.detach(), net.hidden.bias.detach()
    energy = [
        [-sum(b * v) - sum(c * h) - sum(w[j, i] * v[i] * h[j] for i in range(4) for j in range(3)) for h in H]
        for v in V
    ]
    weights = torch.tensor(energy, dtype=torch.float64).neg().exp()
    return weights / weights.sum(), weights.sum()


def test_energy_defines_the_probability_of_each_state(net):
    p, z = joint(net)
    energy = net.energy(V[:, None].expand(-1, 8, -1), H.expand(16, -1, -1))
    assert_close(energy.neg().exp() / z, p)
    assert_close(energy.neg().exp().sum(), z)


def test_free_energy_sums_over_hidden_states(net):
    p, z = joint(net)
    assert_close(net.free_energy(V), -(p.sum(1) * z).log())


def test_conditionals_follow_from_the_joint_distribution(net):  # eq. 6.15-6.18
    p, _ = joint(net)
    assert_close(net.encode(V), p @ H / p.sum(1, keepdim=True))
    assert_close(net.decode(H).sigmoid(), p.T @ V / p.sum(0)[:, None])


def test_conditionals_equal_those_of_a_boltzmann_machine(net):
    """Each unit is 1 with the sigmoid of its energy gap, E(s_i = 0) - E(s_i = 1), eq. 6.2 and 6.7."""
    v, h = V[5], H[6]
    for i in range(4):
        off, on = v.clone(), v.clone()
        off[i], on[i] = 0, 1
        assert_close((net.energy(off, h) - net.energy(on, h)).sigmoid(), net.decode(h)[i].sigmoid())
    for j in range(3):
        off, on = h.clone(), h.clone()
        off[j], on[j] = 0, 1
        assert_close((net.energy(v, off) - net.energy(v, on)).sigmoid(), net.encode(v)[j])


def test_gradient_of_the_likelihood(net):
    """d log P(v) / dw is <v h> of the data minus <v h> of the machine, eq. 6.12."""
    data = V[[3, 3, 12, 9]]
    log_z = torch.logsumexp(-net.free_energy(V), 0)
    (-net.free_energy(data).mean() - log_z).backward()
    p, _ = joint(net)
    posterior = p / p.sum(1, keepdim=True)
    rows = [3, 3, 12, 9]
    positive = sum((posterior[r][:, None, None] * H[:, :, None] * V[r]).sum(0) for r in rows) / 4
    negative = torch.einsum("vh,hj,vi->ji", p, H, V)
    assert_close(net.hidden.weight.grad, positive - negative)
    assert_close(net.visible_bias.grad, data.mean(0) - p.sum(1) @ V)
    assert_close(net.hidden.bias.grad, (posterior[rows] @ H).mean(0) - p.sum(0) @ H)


def test_samples_have_the_model_distribution(net):
    p, _ = joint(net)
    n = 20_000
    found = (net.sample(n, steps=60) @ torch.tensor([8.0, 4, 2, 1], dtype=torch.float64)).long().bincount(minlength=16)
    expected = p.sum(1) * n
    assert ((found - expected).square() / expected).sum() < 45  # chi squared with 15 degrees: 1e-4


def test_chains_start_from_the_visible_biases(net):
    bits = net.sample(20_000, steps=0)
    assert set(bits.unique().tolist()) == {0.0, 1.0}
    assert_close(bits.mean(0), net.visible_bias.detach().sigmoid(), atol=0.02, rtol=0)


def test_gibbs_step_returns_bits_or_probabilities(net):
    torch.manual_seed(0)
    bits = net.gibbs(V)
    torch.manual_seed(0)
    p = net.gibbs(V, sample_visible=False)
    assert set(bits.unique().tolist()) == {0.0, 1.0}
    assert ((p > 0) & (p < 1)).all()
    assert all(any(torch.allclose(row, net.decode(h).sigmoid()) for h in H) for row in p)


def test_pseudo_likelihood_conditions_each_unit_on_the_others(net):
    p = joint(net)[0].sum(1)
    place = torch.tensor([8, 4, 2, 1])
    expected = [sum((p[k] / (p[k] + p[k ^ int(bit)])).log() for bit in place) for k in range(16)]
    assert_close(net.pseudo_log_likelihood(V), torch.stack(expected))
    some = net.pseudo_log_likelihood(V, bits=2)
    assert not torch.allclose(some, torch.stack(expected))
    every = torch.stack([net.pseudo_log_likelihood(V[k].expand(4, -1), bits=1).mean() for k in range(16)])
    assert_close(every, torch.stack(expected))  # the estimates from each unit in turn


def test_probability_as_input_is_averaged_over_both_bits(net):
    v = V[6].clone()
    v[1] = 0.3
    off, on = v.clone(), v.clone()
    off[1], on[1] = 0, 1
    log_odds = net.free_energy(off) - net.free_energy(on)
    places = torch.tensor([[1]])
    expected = 0.3 * log_odds.sigmoid().log() + 0.7 * (-log_odds).sigmoid().log()
    assert_close(net._conditional(v[None], places)[0, 0], expected)


class Fixed(np.random.RandomState):
    """Return the unit to flip as scikit-learn requests it."""

    unit = 0

    def randint(self, low, high=None, size=None, dtype=int):
        return np.full(size, self.unit)


def test_equals_scikit_learn():
    torch.manual_seed(0)
    net = RBM(in_features=12, hidden=7).double()
    for parameter in net.parameters():
        nn.init.normal_(parameter, 0, 0.7)
    v = torch.randint(2, (9, 12)).double()
    generator = Fixed(0)
    theirs = BernoulliRBM(random_state=generator)
    theirs.components_ = net.hidden.weight.detach().numpy()
    theirs.intercept_hidden_ = net.hidden.bias.detach().numpy()
    theirs.intercept_visible_ = net.visible_bias.detach().numpy()
    assert_close(net.encode(v), torch.from_numpy(theirs.transform(v.numpy())))
    assert_close(net.free_energy(v), torch.from_numpy(theirs._free_energy(v.numpy())))
    total = 0
    for generator.unit in range(12):
        total = total + theirs.score_samples(v.numpy()) / 12
    assert_close(net.pseudo_log_likelihood(v), torch.from_numpy(total))


def test_reconstruction_equals_a_tied_sigmoid_network(net):  # eq. 6.19-6.20
    down, up = nn.Linear(4, 3), nn.Linear(3, 4)
    down.weight.data, down.bias.data = net.hidden.weight.data, net.hidden.bias.data
    up.weight.data, up.bias.data = net.hidden.weight.data.T, net.visible_bias.data
    x = torch.rand(5, 4, dtype=torch.float64)
    assert_close(net(x), nn.Sequential(down, nn.Sigmoid(), up)(x))


def test_initial_weights_are_small():  # Aggarwal 6.4.3
    net = RBM(in_features=100, hidden=200)
    assert net.hidden.weight.std().item() == pytest.approx(0.01, rel=0.03)
    assert not net.hidden.bias.any()
    assert not net.visible_bias.any()


def test_needs_at_least_one_hidden_unit():
    with pytest.raises(ValueError, match="hidden is 0; it must be at least 1"):
        RBM(in_features=3, hidden=0)


def test_train_and_sample_digits_from_the_command_line(tmp_path):
    """After training the reconstruction error is below that of the mean digit, and samples are pixels."""
    run = nnzoo.train(
        "~logger",
        "~callbacks.figures",
        "data.size=8",
        "trainer.threads=1",
        model="rbm",
        data="digits",
        output_dir=tmp_path,
    )
    found = run.metrics["test/last"]
    assert found["mse"] < 0.035  # that of the mean digit is 0.073
    assert found["pseudo_log_likelihood"] > -23  # by the biases alone it is -27
    net = nnzoo.load(run.directory)
    x = torch.rand(3, 1, 8, 8)
    rebuilt = net.model(x.flatten(1)).sigmoid().view_as(x).detach()
    assert_close(torch.from_numpy(nnzoo.predict(run.directory, x)["prediction"]), rebuilt)
    (code,) = (each for name, each in nnzoo.encode(run.directory, x).items() if name == "code")
    assert_close(torch.from_numpy(code), net.model.encode(x.flatten(1)).detach())
    assert set(net.model.sample(2, steps=3).unique().tolist()) <= {0.0, 1.0}


def test_sample_arguments_out_of_range_are_refused(net):
    with pytest.raises(ValueError, match="n is 0; it must be at least 1"):
        net.sample(0)
    with pytest.raises(ValueError, match="steps is -3; it must be at least 0"):
        net.sample(2, steps=-3)
