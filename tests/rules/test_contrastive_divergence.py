"""Updates of contrastive divergence for a machine with 4 visible and 3 hidden units, by enumeration of all states."""

from itertools import product

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.brier import Brier
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.mlp import MLP
from nnzoo.models.rbm import RBM
from nnzoo.rules.contrastive_divergence import ContrastiveDivergence
from nnzoo.spec import DataSpec
from torch import nn
from torch.testing import assert_close

V = torch.tensor([*product((0.0, 1.0), repeat=4)], dtype=torch.float64)
H = torch.tensor([*product((0.0, 1.0), repeat=3)], dtype=torch.float64)
DATA = V[[3, 12, 14, 3, 9]]
COPIES = 6000  # of the data, to average over chains
TARGET = torch.zeros(0)  # there is none to learn from


def drawn(scale=1.0):
    torch.manual_seed(3)
    net = RBM(in_features=4, hidden=3).double()
    for parameter in net.parameters():
        nn.init.normal_(parameter, 0, scale)
    return net


@pytest.fixture
def net():
    return drawn()


def bound(net, **settings):
    rule = ContrastiveDivergence(**settings)
    rule.bind(net, BinaryCrossEntropy())
    return rule


def gradients(net, scalar):
    """Return the update of W, b and c, which is the negative gradient."""
    order = (net.hidden.weight, net.visible_bias, net.hidden.bias)
    return [-g for g in torch.autograd.grad(scalar, order)]


@torch.no_grad()
def statistics(net, v, weight=None):
    """Return <h v>, <v>, <h> of visible units (N, 4), by hand; weight: (N,), of each."""
    weight = torch.full((len(v),), 1 / len(v), dtype=v.dtype) if weight is None else weight
    h = torch.sigmoid(v @ net.hidden.weight.T + net.hidden.bias)
    return [torch.einsum("n,nj,ni->ji", weight, h, v), weight @ v, weight @ h]


@torch.no_grad()
def transitions(net):
    """Return the probabilities (16, 16) of a Gibbs step from row to column."""
    h = (V @ net.hidden.weight.T + net.hidden.bias).sigmoid()
    v = (H @ net.hidden.weight + net.visible_bias).sigmoid()
    up = torch.stack([(H * p + (1 - H) * (1 - p)).prod(1) for p in h])
    down = torch.stack([(V * p + (1 - V) * (1 - p)).prod(1) for p in v])
    return up @ down


def expected(net, k):
    """Return the expected update of contrastive divergence with k steps, by enumeration of the states."""
    start = torch.zeros(16, dtype=torch.float64)
    for row in DATA:
        start[int(row @ torch.tensor([8.0, 4, 2, 1], dtype=torch.float64))] += 1 / len(DATA)
    end = start @ torch.linalg.matrix_power(transitions(net), k)
    return [a - b for a, b in zip(statistics(net, DATA), statistics(net, V, end), strict=True)]


def likelihood(net):
    """Return the gradient of the mean log-likelihood."""
    return gradients(net, net.free_energy(DATA).mean() + torch.logsumexp(-net.free_energy(V), 0))


def far(one, other):
    return max(float((a - b).abs().max()) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("sample_visible", [False, True])
def test_update_is_the_difference_of_statistics(net, sample_visible):
    rule = bound(net, k=2, sample_visible=sample_visible)
    torch.manual_seed(5)
    v = DATA
    with torch.no_grad():
        for _ in range(2):
            h = (v @ net.hidden.weight.T + net.hidden.bias).sigmoid().bernoulli()
            v = (h @ net.hidden.weight + net.visible_bias).sigmoid()
            v = v.bernoulli() if sample_visible else v
    by_hand = [a - b for a, b in zip(statistics(net, DATA), statistics(net, v), strict=True)]
    torch.manual_seed(5)
    for found, hand in zip(gradients(net, rule.surrogate(net, DATA, TARGET, 0)), by_hand, strict=True):
        assert_close(found, hand)


@pytest.mark.parametrize("k", [1, 3])
def test_expected_update_follows_from_the_transition_matrix(net, k):
    torch.manual_seed(0)
    rule = bound(net, k=k, sample_visible=True)
    found = gradients(net, rule.surrogate(net, DATA.repeat(COPIES, 1), TARGET, 0))
    assert far(found, expected(net, k)) < 0.01
    assert far(found, expected(net, 2 if k == 1 else 1)) > 0.02


def test_expected_update_with_probabilities(net):
    """As in the text, hidden units are sampled once, and the visible units given these are probabilities."""
    torch.manual_seed(0)
    found = gradients(net, bound(net).surrogate(net, DATA.repeat(COPIES, 1), TARGET, 0))
    with torch.no_grad():
        h = (DATA @ net.hidden.weight.T + net.hidden.bias).sigmoid()
        weight = torch.stack([(H * p + (1 - H) * (1 - p)).prod(1) for p in h]).mean(0)
        negative = statistics(net, (H @ net.hidden.weight + net.visible_bias).sigmoid(), weight)
    assert far(found, [a - b for a, b in zip(statistics(net, DATA), negative, strict=True)]) < 0.01
    assert far(found, expected(net, 1)) > 0.01  # the result differs from that with bits


def test_more_gibbs_steps_approach_the_likelihood_gradient(net):  # Aggarwal 6.4.2
    ends = torch.tensor([1.0, 1, -1, -1], dtype=torch.float64)
    net.hidden.weight.data[0], net.visible_bias.data = (
        3 * ends,
        -1.5 * ends,
    )  # two modes, between which chains rarely move
    exact = likelihood(net)
    away = [far(expected(net, k), exact) for k in (1, 2, 5, 20, 100)]
    assert away == sorted(away, reverse=True)
    assert away[0] > 0.05
    assert away[-1] < 1e-6
    torch.manual_seed(0)
    rule = bound(net, k=100, max_k=100, sample_visible=True)
    assert far(gradients(net, rule.surrogate(net, DATA.repeat(COPIES, 1), TARGET, 0)), exact) < 0.01


def test_persistent_chains_continue_between_steps(net):
    """With one step at a time, chains converge to the model distribution and updates to the likelihood gradient."""
    torch.manual_seed(0)
    rule = bound(net, chains=30_000, sample_visible=True)
    rule.initialize(net, [V])
    net.load_state_dict(drawn().state_dict())  # without the biases of the data
    first = gradients(net, rule.surrogate(net, DATA, TARGET, 0))
    for _ in range(80):
        before = rule.particles.clone()
        rule.surrogate(net, DATA, TARGET, 0)
        assert not torch.equal(rule.particles, before)
    last = gradients(net, rule.surrogate(net, DATA, TARGET, 0))
    assert far(last, likelihood(net)) < 0.01 < 0.05 < far(first, likelihood(net))


def test_visible_biases_start_at_the_log_odds_of_the_data(net):  # Aggarwal 6.4.3
    rule = bound(net, chains=4000)
    batches = [torch.tensor([[1.0, 0.0, 0.2, 1.0]]), torch.tensor([[0.0, 0.0, 0.4, 1.0], [0.0, 0.0, 0.9, 1.0]])]
    rule.initialize(net, [x.double() for x in batches])
    p = torch.tensor([1 / 3, 1 / 6, 0.5, 5 / 6], dtype=torch.float64)  # of three examples, half of one from the ends
    assert_close(net.visible_bias.detach(), (p / (1 - p)).log())
    assert set(rule.particles.unique().tolist()) == {0.0, 1.0}
    assert_close(rule.particles.mean(0), p, atol=0.04, rtol=0)


def test_chains_are_in_the_state_dict(net):
    rule = bound(net, chains=5)
    assert rule.state_dict()["particles"].shape == (5, 4)
    assert not bound(net).state_dict()


def test_k_grows_up_to_max_k():  # Aggarwal 6.4.2: by 1 every 10,000 steps, up to 20
    rule = ContrastiveDivergence(grow_every=10_000)
    assert [rule.steps(n) for n in (0, 9_999, 10_000, 45_000, 189_999, 190_000, 1_000_000)] == [1, 1, 2, 5, 19, 20, 20]
    assert ContrastiveDivergence(k=3).steps(1_000_000) == 3


def test_pseudo_likelihood_is_in_the_notes(net):
    rule = bound(net)
    net.eval()
    assert_close(rule.notes(net, DATA)["pseudo_log_likelihood"], net.pseudo_log_likelihood(DATA).mean())
    assert rule.note_modes == {"pseudo_log_likelihood": "max"}


def test_pseudo_likelihood_is_estimated_from_fewer_units_in_training():
    torch.manual_seed(0)
    net, x = RBM(in_features=200, hidden=5), torch.randint(2, (7, 200)).float()
    nn.init.normal_(net.hidden.weight)
    rule = bound(net)
    for training, bits in ((True, 4), (False, 64)):
        found = rule.notes(net.train(training), x)["pseudo_log_likelihood"]
        assert_close(found, net.pseudo_log_likelihood(x, bits=bits).mean())
        assert not torch.isclose(found, net.pseudo_log_likelihood(x).mean())


def test_correlated_bits_share_a_hidden_unit():
    """Alice's trucks (Aggarwal 6.4): one truck sells the first two kinds of ice-cream, another one the last two."""
    torch.manual_seed(1)
    data = torch.tensor([[1.0, 1, 0, 0], [0, 0, 1, 1]], dtype=torch.float64)
    net = RBM(in_features=4, hidden=3).double()
    rule = bound(net, sample_visible=True)
    rule.initialize(net, [data])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.4)
    for step in range(400):
        optimizer.zero_grad()
        rule.surrogate(net, data.repeat(5, 1), TARGET, step).backward()
        optimizer.step()
    p = (-net.free_energy(V)).softmax(0)
    assert p[[3, 12]].sum() > 0.85  # at the start 2 / 16
    strongest = net.hidden.weight[net.hidden.weight.abs().sum(1).argmax()]
    assert strongest[0].sign() == strongest[1].sign() == -strongest[2].sign() == -strongest[3].sign()
    assert strongest.abs().min() > 1


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"k": 0}, "rule.k is 0; it must be at least 1"),
        ({"chains": 0}, "rule.chains is 0; it must be at least 1"),
        ({"grow_every": -1}, "rule.grow_every is -1; it must be at least 1"),
        ({"k": 30}, "rule.max_k is 20; it must be at least k, which is 30"),
    ],
)
def test_values_out_of_range_are_refused(settings, fault):
    with pytest.raises(UserError) as error:
        ContrastiveDivergence(**settings)
    assert str(error.value) == fault


def test_unsuitable_networks_and_losses_are_refused(net):
    rule = ContrastiveDivergence()
    with pytest.raises(
        UserError, match=r"^contrastive divergence is for networks with a free energy \(rbm\), not MLP$"
    ):
        rule.bind(MLP(in_features=4, out_features=4), BinaryCrossEntropy())
    with pytest.raises(UserError, match=r"reconstructs logits, which loss Squared does not take; choose loss=bce, or"):
        rule.bind(net, Squared())
    rule.bind(net, Brier())
    assert "takes input; the target of the data is classes" in rule.takes(DataSpec("binary", (4,), "classes", 2))
