import numpy as np
import pytest
import torch
from nnzoo import backprop as bp


def network(rng, loss):
    return bp.Sequential(
        [
            bp.Linear(inputs=3, outputs=5, rng=rng),
            bp.Tanh(),
            bp.Linear(inputs=5, outputs=4, rng=rng),
            bp.ReLU(),
            bp.Linear(inputs=4, outputs=3, rng=rng),
            bp.SoftMax(),
        ],
        loss,
    )


def twin(net):
    """Return the same network in torch, where examples are rows."""
    layers = []
    for module in net.modules[::2]:
        layer = torch.nn.Linear(*module.weights["W"].shape).double()
        layer.weight.data = torch.tensor(module.weights["W"].T.copy())
        layer.bias.data = torch.tensor(module.weights["W0"][:, 0].copy())
        layers.append(layer)
    return torch.nn.Sequential(layers[0], torch.nn.Tanh(), layers[1], torch.nn.ReLU(), layers[2])


def test_gradients_equal_autograd():
    rng = np.random.default_rng(0)
    net = network(rng, bp.NLLM())
    x, classes = rng.normal(size=(3, 8)), rng.integers(3, size=8)
    other = twin(net)
    loss = torch.nn.functional.cross_entropy(other(torch.tensor(x.T)), torch.tensor(classes), reduction="sum")
    loss.backward()
    y = np.eye(3)[:, classes]
    assert net.objective(x, y) == pytest.approx(loss.item(), rel=1e-12)
    for found, layer in zip(net.gradients(x, y)[::2], other[::2], strict=True):
        np.testing.assert_allclose(found["W"], layer.weight.grad.T, rtol=1e-9)
        np.testing.assert_allclose(found["W0"][:, 0], layer.bias.grad, rtol=1e-9)


def test_sgd_equals_torch():
    rng = np.random.default_rng(1)
    net = network(rng, bp.NLLM())
    other = twin(net)
    x, classes = rng.normal(size=(3, 8)), rng.integers(3, size=8)
    losses = net.sgd(x, np.eye(3)[:, classes], steps=30, step_size=0.1, rng=np.random.default_rng(2))
    chosen, optimizer = np.random.default_rng(2), torch.optim.SGD(other.parameters(), 0.1)
    expected = []
    for _ in range(30):
        i = chosen.integers(8)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(other(torch.tensor(x[:, i])[None]), torch.tensor(classes[i : i + 1]))
        expected.append(loss.item())
        loss.backward()
        optimizer.step()
    assert losses == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(net.modules[0].weights["W"], other[0].weight.detach().T, rtol=1e-9)


def test_it_learns_exclusive_or():
    rng = np.random.default_rng(0)
    x, y = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]]), np.array([[0.0, 1, 1, 0]])
    layers = [bp.Linear(inputs=2, outputs=4, rng=rng), bp.Tanh(), bp.Linear(inputs=4, outputs=1, rng=rng), bp.Sigmoid()]
    net = bp.Sequential(layers, bp.NLL())
    before = net.objective(x, y)
    net.sgd(x, y, steps=2000, step_size=0.3, rng=rng)
    assert net.objective(x, y) < 0.1 * before
    assert ((net.predict(x) > 0.5) == y).all()


@pytest.mark.parametrize("loss", [bp.Squared(), bp.Hinge()])
def test_gradient_check_of_correct_and_wrong_gradients(loss):
    rng = np.random.default_rng(0)
    net = network(rng, loss)
    x, y = rng.normal(size=(3, 5)), 2.0 * rng.integers(2, size=(3, 5)) - 1
    for module, gradients in zip(net.modules, net.gradients(x, y), strict=True):
        for name, gradient in gradients.items():
            weights = module.weights[name]
            found = bp.check(lambda: net.objective(x, y), weights, gradient, range(weights.size))
            assert all(one.passed for one in found)
            wrong = bp.check(lambda: net.objective(x, y), weights, 1.001 * gradient, range(weights.size))
            assert not any(one.passed for one in wrong if abs(one.exact) > 1e-3)
