"""Probabilistic latent semantic analysis against scikit-learn's factorization with the I-divergence.

Aggarwal 2.5.1.4, exercise 2.10. Shapes: N documents, F words, K topics.
"""

import pytest
import torch
from nnzoo.api import plain
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.losses.multinomial import Multinomial
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.plsa import PLSA
from nnzoo.spec import DataSpec
from sklearn import decomposition
from torch.linalg import pinv
from torch.testing import assert_close

from tests.support.catalogue import config_of
from tests.support.gradients import assert_close_with_gradients
from tests.support.optima import minimize

N, F, K = 6, 9, 2


@pytest.fixture(scope="module")
def counts():
    torch.manual_seed(0)
    topics = torch.distributions.Dirichlet(torch.full((K, F), 0.5, dtype=torch.float64)).sample()
    shares = torch.distributions.Dirichlet(torch.ones(N, K, dtype=torch.float64)).sample()
    return torch.poisson(40 * shares @ topics) + torch.eye(N, F, dtype=torch.float64)


@pytest.fixture(scope="module")
def judge(counts):
    """Both factors at the least I-divergence, as probabilities, and the divergence."""
    model = decomposition.NMF(K, beta_loss="kullback-leibler", solver="mu", init="nndsvda", tol=0, max_iter=3000)
    u = torch.from_numpy(model.fit_transform(counts.numpy()))
    v = torch.from_numpy(model.components_)
    u = u * v.sum(1)
    divergence = model.reconstruction_err_**2 / 2
    return u / u.sum(1, keepdim=True), v / v.sum(1, keepdim=True), divergence


def made():
    torch.manual_seed(0)
    return PLSA(in_features=F, code=K).double()


def test_value_and_gradient_by_hand(counts):
    net = made()
    x = counts / counts.mean(1, keepdim=True)
    layer, topics = net.encoder[1], net.decoder[0]
    code = (x @ layer.weight.T + layer.bias).softmax(1)
    assert_close(net.encode(counts), code)
    p = code @ topics.logits.softmax(1)
    assert_close(p.sum(1), torch.ones(N, dtype=torch.float64))
    assert_close_with_gradients(net(counts).softmax(1), p, [layer.weight, topics.logits])


def test_the_solution_of_scikit_learn_has_its_divergence_and_is_stationary(counts, judge):
    """The I-divergence is the loss plus sum of c log (c / n), with n the length of the document."""
    of_documents, of_topics, divergence = judge
    net = made()
    x = counts / counts.mean(1, keepdim=True)
    net.encoder[1].weight.data = (pinv(x) @ of_documents.clamp_min(1e-9).log()).T
    net.encoder[1].bias.data.zero_()
    net.decoder[0].logits.data = of_topics.clamp_min(1e-12).log()
    assert_close(net.encode(counts), of_documents, atol=1e-6, rtol=0)
    assert_close(net.decoder[0].distributions, of_topics, atol=1e-6, rtol=0)
    loss = Multinomial()(net(counts), counts).sum()
    shares = counts / counts.sum(1, keepdim=True)
    entropy = torch.special.xlogy(counts, shares).sum()
    assert (loss + entropy).item() == pytest.approx(divergence, rel=1e-5)
    loss.backward()
    assert max(p.grad.abs().max() for p in net.parameters()) < 1e-3 * counts.sum()


def test_training_reaches_the_divergence_of_scikit_learn(counts, judge):
    net, loss = made(), Multinomial()
    minimize(lambda: loss(net(counts), counts).sum(), net.parameters(), max_iter=300)
    entropy = torch.special.xlogy(counts, counts / counts.sum(1, keepdim=True)).sum()
    assert (loss(net(counts), counts).sum() + entropy).item() == pytest.approx(judge[2], rel=0.02)


def test_codes_do_not_depend_on_the_length_of_a_document(counts):
    net = made()
    assert_close(net.encode(3 * counts), net.encode(counts))
    empty = net(torch.zeros(1, F, dtype=torch.float64))
    assert empty.isfinite().all()


def test_invalid_settings_are_refused():
    with pytest.raises(ValueError, match=r"^code is 0; it needs at least 1 unit$"):
        PLSA(in_features=3, code=0)
    spec = DataSpec("counts", (4,), "none", 0).with_input_as_target()
    config = config_of("plsa")
    assert build_network(config, spec, build_loss(config, spec)).model.encode(torch.ones(2, 4)).shape == (2, 32)
    message = r"^the outputs of model 'plsa' are for Multinomial, not for loss 'squared'; leave loss out$"
    with pytest.raises(UserError, match=message):
        build_network(plain(compose(["model=plsa", "loss=squared"])), spec, Squared())
    spec = DataSpec("real", (4,), "none", 0, low=-1.0, high=1.0).with_input_as_target()
    with pytest.raises(UserError, match=r"^loss 'multinomial' takes inputs of at least 0; those of the data are from "):
        build_loss(config_of("plsa"), spec)
