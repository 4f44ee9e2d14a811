"""Every module and loss against automatic differentiation."""

import numpy as np
import pytest
import torch
from nnzoo import backprop as bp

RNG = np.random.default_rng(0)
B = 7


def tensor(array):
    return torch.tensor(array, requires_grad=True)


MODULES = {
    "linear": (bp.Linear(inputs=4, outputs=3, rng=RNG), None),
    "identity": (bp.Identity(), lambda u: u),
    "sigmoid": (bp.Sigmoid(), torch.sigmoid),
    "tanh": (bp.Tanh(), torch.tanh),
    "relu": (bp.ReLU(), torch.relu),
    "hard_tanh": (bp.HardTanh(), torch.nn.functional.hardtanh),
    "softmax": (bp.SoftMax(), lambda u: u.softmax(0)),
    "maximum": (bp.Maximum(), lambda u: u.max(0, keepdim=True).values),
}
MODULES["linear"] = (MODULES["linear"][0], lambda u: affine(MODULES["linear"][0].weights, u))


def affine(weights, u):
    return torch.as_tensor(weights["W"]).T @ u + torch.as_tensor(weights["W0"])


def test_every_module_is_tested():
    kinds = {kind for kind in vars(bp).values() if isinstance(kind, type) and issubclass(kind, bp.Module)}
    assert {type(module) for module, _ in MODULES.values()} == kinds - {bp.Module}


@pytest.mark.parametrize("name", MODULES)
def test_forward_and_backward(name):
    module, function = MODULES[name]
    u = RNG.normal(size=(4, B))
    expected = function(tensor_u := tensor(u))
    v = module.forward(u)
    np.testing.assert_allclose(v, expected.detach(), rtol=1e-12)
    dv = RNG.normal(size=v.shape)
    (du,) = torch.autograd.grad(expected, tensor_u, torch.tensor(dv))
    np.testing.assert_allclose(module.backward(u, v, dv), du, rtol=1e-10, atol=1e-14)


def test_weight_gradient_of_the_linear_module():
    module = bp.Linear(inputs=4, outputs=3, rng=RNG)
    u, dv = RNG.normal(size=(4, B)), RNG.normal(size=(3, B))
    weights = {name: tensor(w) for name, w in module.weights.items()}
    z = weights["W"].T @ torch.tensor(u) + weights["W0"]
    expected = torch.autograd.grad(z, list(weights.values()), torch.tensor(dv))
    found = module.weight_gradient(u, dv)
    for name, gradient in zip(weights, expected, strict=True):
        np.testing.assert_allclose(found[name], gradient, rtol=1e-12)


def test_initial_weights_of_linear():
    module = bp.Linear(inputs=400, outputs=500, rng=np.random.default_rng(0))
    assert module.weights["W"].std() == pytest.approx(1 / 20, rel=0.01)
    assert module.weights["W0"].std() == pytest.approx(1, rel=0.1)


def test_sigmoid_and_softmax_do_not_overflow():
    u = np.array([[1000.0], [-1000.0]])
    assert bp.Sigmoid().forward(u).tolist() == [[1], [0]]
    assert bp.SoftMax().forward(u).tolist() == [[1], [0]]


def test_gradient_of_maximum_goes_to_the_first_largest():
    u = np.array([[1.0], [2.0], [2.0]])
    module = bp.Maximum()
    assert module.backward(u, module.forward(u), np.array([[5.0]])).tolist() == [[0], [5], [0]]


CROSS = torch.nn.functional
LOSSES = {
    bp.Squared: lambda a, y: (a - y).square().sum(),
    bp.NLL: lambda a, y: CROSS.binary_cross_entropy(a, y, reduction="sum"),
    bp.NLLM: lambda a, y: -(y * a.log()).sum(),
    bp.Hinge: lambda a, y: (1 - y * a).clamp(min=0).sum(),
}


def targets(kind):
    bits = RNG.integers(2, size=(3, B)).astype(float)
    return {bp.Squared: RNG.normal(size=(3, B)), bp.NLL: bits, bp.Hinge: 2 * bits - 1}.get(
        kind, np.eye(3)[:, [0, 2, 1, 1, 0, 2, 2]]
    )


@pytest.mark.parametrize("kind", LOSSES)
def test_losses(kind):
    a, y = RNG.uniform(0.1, 0.9, (3, B)), targets(kind)
    leaf = tensor(a)
    expected = LOSSES[kind](leaf, torch.tensor(y))
    assert kind().forward(a, y) == pytest.approx(expected.item(), rel=1e-12)
    expected.backward()
    np.testing.assert_allclose(kind().backward(a, y), leaf.grad, rtol=1e-12)


@pytest.mark.parametrize(("module", "loss"), [(bp.SoftMax(), bp.NLLM()), (bp.Sigmoid(), bp.NLL())])
def test_matching_loss_and_activation_have_gradient_output_minus_target(module, loss):
    u, y = RNG.normal(size=(3, B)), np.eye(3)[:, [0, 2, 1, 1, 0, 2, 2]]
    a = module.forward(u)
    np.testing.assert_allclose(module.backward(u, a, loss.backward(a, y)), a - y, atol=1e-14)


def test_slopes_at_kinks_are_zero():
    """Aggarwal table 3.1; the derivative does not exist there."""
    for module, kinks in ((bp.ReLU(), [0.0]), (bp.HardTanh(), [-1.0, 1.0])):
        u = np.array([kinks])
        assert module.backward(u, module.forward(u), np.ones_like(u)).tolist() == [[0.0] * len(kinks)]
    assert bp.Hinge().backward(np.array([[1.0, -1.0]]), np.array([[1.0, -1.0]])).tolist() == [[0.0, 0.0]]
