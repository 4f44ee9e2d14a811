"""Linear autoencoders are singular value decompositions. Aggarwal 2.5.1, exercises 2.14 and 4.7.

Shapes: N rows, F columns, K numbers of the code. D (N, F) are the data, W (K, F) the encoder, V (F, K) the decoder.
"""

import pytest
import torch
from nnzoo.layers.corruption import Corruption
from nnzoo.layers.init import initialize
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.autoencoder import Autoencoder
from sklearn.decomposition import PCA
from torch.linalg import pinv, svd
from torch.testing import assert_close

from tests.support.optima import minimize

N, F, K = 30, 8, 3


@pytest.fixture(scope="module")
def data():
    torch.manual_seed(0)
    scales = torch.tensor([5.0, 4, 3, 1.5, 1, 0.5, 0.3, 0.2], dtype=torch.float64)
    rotated = torch.linalg.qr(torch.randn(F, F, dtype=torch.float64)).Q
    return torch.randn(N, F, dtype=torch.float64) * scales @ rotated + 1


def linear(*, code=K, bias=False, **settings):
    torch.manual_seed(0)
    return Autoencoder(in_features=F, hidden=(), code=code, bias=bias, **settings).double()


def trained(net, x, steps=1000):
    """Return a network at a minimum of the squared error, reached by gradients alone."""
    loss = Squared()
    minimize(lambda: loss(net(x), x).mean(), net.parameters(), max_iter=steps)
    return net


def matrices(net):
    return net.encoder[0].weight.detach(), net.decoder[0].weight.detach()


def error(net, x):
    return (net(x) - x).square().sum().item()


@pytest.fixture(scope="module")
def best(data):
    """Linear networks without biases at the least error: untied, tied."""
    return {tied: trained(linear(tied=tied), data) for tied in (False, True)}


def test_exercise_2_14_a(data, best):
    """D^T D (W^T V^T V - V) = 0."""
    w, v = matrices(best[False])
    assert_close(data.T @ data @ (w.T @ v.T @ v - v), torch.zeros(F, K, dtype=torch.float64), atol=1e-2, rtol=0)


def test_exercise_2_14_b(best):
    """W^T V^T V = V, since the data has full rank."""
    w, v = matrices(best[False])
    assert_close(w.T @ v.T @ v, v, atol=1e-4, rtol=0)


def test_exercise_2_14_c(best):
    """W = (V^T V)^-1 V^T."""
    w, v = matrices(best[False])
    assert_close(w, torch.linalg.inv(v.T @ v) @ v.T, atol=1e-4, rtol=0)


def test_exercise_2_14_d(data, best):
    """Tied: the columns of V are orthonormal at the minimum, but not at the other stationary point V = 0."""
    w, v = matrices(best[True])
    assert torch.equal(w, v.T)
    assert_close(v.T @ v, torch.eye(K, dtype=torch.float64), atol=1e-4, rtol=0)
    net = linear(tied=True)
    net.encoder[0].weight.data.zero_()
    (net(data) - data).square().sum().backward()
    assert not net.encoder[0].weight.grad.any()


def test_tied_weights_are_singular_vectors_up_to_a_rotation(data, best):
    """Not the singular vectors themselves, as the text suggests: a rotation of the code has the same error."""
    _, v = matrices(best[True])
    products = v.T @ svd(data).Vh[:K].T
    assert_close(products @ products.T, torch.eye(K, dtype=torch.float64), atol=1e-4, rtol=0)
    assert products.abs().amax(1).min() < 0.99


def test_an_overcomplete_nonlinear_one_does_not_copy(data):
    """Q13: stochastic gradients find a small error by other weights than those of the identity. Aggarwal 2.5.5."""
    net = linear(code=2 * F, code_activation="relu", bias=True)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    for _ in range(60):
        for x in data.split(5):
            optimizer.zero_grad()
            (net(x) - x).square().mean().backward()
            optimizer.step()
    w, v = matrices(net)
    assert error(net, data) < 0.1 * float((data - data.mean(0)).square().sum())
    copied = (w @ v).abs() > 0.9  # a unit that passes an input on
    assert not copied.any(1).all()
    assert (v @ w - torch.eye(F, dtype=torch.float64)).norm() > 0.5


def test_stochastic_gradients_do_not_leave_the_identity(data):
    """Unlike the text says: the gradient of every example is 0 there, so no noise drives the weights away from it."""
    net, x = linear(code=2 * F, code_activation="relu", bias=True), data - data.amin()
    initialize(net, "identity")
    for row in x:
        net.zero_grad()
        (net(row) - row).square().sum().backward()
        assert not any(p.grad.any() for p in net.parameters())
    w, v = matrices(net)
    assert torch.equal(v @ w, torch.eye(F, dtype=torch.float64))
    (net(x + 0.1) - x).square().sum().backward()  # denoising does
    assert net.encoder[0].weight.grad.any()


@pytest.mark.parametrize("tied", [False, True])
def test_the_least_error_is_that_of_the_truncated_svd(data, best, tied):
    """O18, O21: Eckart and Young; the decoder spans the first right singular vectors."""
    _, singular, right = svd(data)
    net = best[tied]
    w, v = matrices(net)
    assert error(net, data) == pytest.approx(float(singular[K:].square().sum()), rel=1e-6)
    projector = right[:K].T @ right[:K]
    assert_close(v @ w, projector, atol=1e-4, rtol=0)
    assert_close(w @ v, torch.eye(K, dtype=torch.float64), atol=1e-4, rtol=0)  # O19
    assert_close(w, pinv(v), atol=1e-4, rtol=0)
    if tied:
        assert_close(v.T @ v, torch.eye(K, dtype=torch.float64), atol=1e-4, rtol=0)
        assert_close(v @ v.T, projector, atol=1e-4, rtol=0)
    else:
        assert not torch.allclose(v.T @ v, torch.eye(K, dtype=torch.float64), atol=0.1)  # not orthonormal of itself


def test_codes_of_new_rows(data):
    """Q3: X V (V^T V)^-1 for rows that were not trained on."""
    net = trained(linear(), data[:20])
    _, v = matrices(net)
    assert_close(net.encode(data[20:]), data[20:] @ v @ torch.linalg.inv(v.T @ v), atol=1e-3, rtol=1e-3)


def test_with_biases_it_is_principal_component_analysis(data):
    """O19: biases take the mean out, as centring the columns does."""
    pca = PCA(K).fit(data)
    rebuilt = torch.from_numpy(pca.inverse_transform(pca.transform(data)))
    net = trained(linear(bias=True), data)
    assert error(net, data) == pytest.approx(float((rebuilt - data).square().sum()), rel=1e-6)
    assert_close(net(data).detach(), rebuilt, atol=1e-3, rtol=0)
    assert error(net, data) < 0.9 * error(trained(linear(), data), data)


def test_the_best_encoder_of_any_decoder_is_stationary(data):
    """O20, exercise 2.14: D^T D (W^T V^T V - V) = 0 for W = (V^T V)^-1 V^T."""
    net = linear()
    w, v = net.encoder[0].weight, net.decoder[0].weight
    w.data = torch.linalg.inv(v.T @ v).detach() @ v.detach().T
    (net(data) - data).square().sum().backward()
    assert w.grad.abs().max() < 1e-10
    assert v.grad.abs().max() > 1
    assert_close(data.T @ data @ (w.T @ v.T @ v - v), torch.zeros(F, K, dtype=torch.float64), atol=1e-10, rtol=0)


def test_tied_layers_have_the_sum_of_both_gradients(data):
    """O22, by the derivatives written out: of ||D W^T W - D||^2."""
    net = linear(tied=True)
    (net(data) - data).square().sum().backward()
    w, _ = matrices(net)
    residual = data @ w.T @ w - data
    assert_close(net.encoder[0].weight.grad, 2 * (w @ residual.T @ data + w @ data.T @ residual))


def test_with_a_sigmoid_the_encoder_is_no_pseudoinverse(data):
    """Q7."""
    net = trained(linear(code_activation="sigmoid"), data / 10, steps=100)
    w, v = matrices(net)
    assert (w @ v - torch.eye(K, dtype=torch.float64)).norm() > 1


def test_an_overcomplete_one_loses_nothing_and_does_not_copy(data):
    """Q13: V W is the identity, although neither V nor W is one."""
    net = trained(linear(code=F + 4), data)
    w, v = matrices(net)
    assert error(net, data) < 1e-6 * float(data.square().sum())
    assert_close(v @ w, torch.eye(F, dtype=torch.float64), atol=1e-2, rtol=0)
    assert not torch.allclose(w[:F], torch.eye(F, dtype=torch.float64), atol=0.1)


def test_the_log_loss_makes_it_logistic_factorization(data):
    """Q6, O26: -[b log p + (1 - b) log(1 - p)] with p = sigmoid(D W^T V^T), for fractions b too."""
    b = (data - data.amin()) / (data.amax() - data.amin())
    net, loss = linear(), BinaryCrossEntropy()
    u, (_, v) = b @ net.encoder[0].weight.detach().T, matrices(net)
    p = (u @ v.T).sigmoid()
    value = loss(net(b), b)
    assert_close(value, -(b * p.log() + (1 - b) * (1 - p).log()).sum(1))
    assert_close(loss.expected(net(b)), p)
    value.sum().backward()
    assert_close(net.decoder[0].weight.grad, (p - b).T @ u)


@pytest.mark.parametrize("noise", ["gaussian", "masking"])
def test_noise_acts_as_a_penalty_on_a_linear_one(data, noise):
    """Exercise 4.7: E||x - V W (x + e)||^2 = ||x - V W x||^2 + lambda ||V W||^2; and the same for masking.

    With a share f masked it is ||x - (1 - f) V W x||^2 + f (1 - f) sum_j x_j^2 ||column j of V W||^2.
    """
    net, strength = linear(), 0.4
    corruption = Corruption(noise=noise, strength=strength)
    w, v = matrices(net)
    m = v @ w
    if noise == "gaussian":
        expected = (data - data @ m.T).square().sum() + N * strength**2 * m.square().sum()
    else:
        spread = strength * (1 - strength) * (data.square() @ m.square().sum(0)).sum()
        expected = (data - (1 - strength) * data @ m.T).square().sum() + spread
    torch.manual_seed(0)
    noisy = corruption(data.expand(4000, N, F))
    found = (data - net(noisy)).square().sum((1, 2)).detach()
    assert abs(found.mean() - expected) < 4 * found.std() / 4000**0.5
    assert abs((data - net(data)).square().sum() - expected) > 20 * found.std() / 4000**0.5
