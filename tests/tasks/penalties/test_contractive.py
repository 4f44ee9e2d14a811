"""The contractive penalty against the printed updates, Jacobians by torch.func, and weight decay. Aggarwal 4.10.3."""

import pytest
import torch
from nnzoo.builders.adapters import Network, flatten, identity
from nnzoo.errors import UserError
from nnzoo.models.autoencoder import Autoencoder
from nnzoo.models.mlp import MLP
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.penalties import ContractivePenalty
from torch import Tensor
from torch.func import jacrev, vmap
from torch.testing import assert_close

from tests.support.gradients import assert_close_with_gradients, numerical_gradient

F, K, N, LAMBDA = 5, 4, 7, 0.7
SPEC = DataSpec("real", (F,), "input", F)
STEPS = DataSpec("real", (F,), "input", F, sequence=True, per_step=True)


@pytest.fixture
def x() -> Tensor:
    torch.manual_seed(1)
    return torch.randn(N, F, dtype=torch.float64)


def made(**settings: object) -> Autoencoder:
    torch.manual_seed(0)
    defaults: dict[str, object] = {"hidden": (), "code": K, "code_activation": "sigmoid"}
    return Autoencoder(in_features=F, **(defaults | settings)).double()  # type: ignore[arg-type]


def bound(net: Autoencoder, spec: DataSpec = SPEC) -> ContractivePenalty:
    penalty = ContractivePenalty(weight=LAMBDA)
    penalty.bind(Network(net, identity, masked=spec.per_step), spec)
    return penalty


def by_jacobian(net: Autoencoder, x: Tensor) -> Tensor:
    """Return lambda / 2 times the squared Frobenius norm of the Jacobian of each example, averaged."""
    return LAMBDA / 2 * vmap(jacrev(net.encode))(x).square().sum() / len(x)


def test_values_of_the_printed_updates(x: Tensor) -> None:
    """The loss, and the terms added to the gradients of pre-activations and weights, of sigmoid units."""
    net = made()
    w = net.encoder[0].weight
    value = bound(net).value(Batch(x, x)) * N
    h = net.encode(x).detach()
    squares = w.detach().square().sum(1)
    assert_close(value, LAMBDA / 2 * (squares * (h * (1 - h)).square()).sum())
    pre_activation = LAMBDA * h.square() * (1 - h).square() * (1 - 2 * h) * squares  # (N, K)
    of_weight = LAMBDA * w.detach() * (h * (1 - h)).square().sum(0)[:, None]
    value.backward()
    assert_close(w.grad, pre_activation.T @ x + of_weight)
    assert_close(net.encoder[0].bias.grad, pre_activation.sum(0))


def test_of_relu_units_only_the_weights_of_active_ones_shrink(x: Tensor) -> None:
    """Exercise 4.5: lambda w_ij for each example in which unit j is active, nothing through the pre-activation."""
    net = made(code_activation="relu")
    w = net.encoder[0].weight
    (bound(net).value(Batch(x, x)) * N).backward()
    active = (net.encode(x) > 0).double().sum(0)
    assert 0 < active.min() < N
    assert_close(w.grad, LAMBDA * w.detach() * active[:, None])
    assert net.encoder[0].bias.grad is None or not net.encoder[0].bias.grad.any()


def test_a_linear_one_has_weight_decay(x: Tensor) -> None:
    """Equation 4.15: lambda / 2 ||W||^2."""
    net = made(code_activation="identity")
    w = net.encoder[0].weight
    assert_close_with_gradients(bound(net).value(Batch(x, x)), LAMBDA / 2 * w.square().sum(), [w])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"code_activation": "tanh"},
        {"code_activation": "softmax"},
        {"hidden": (6, 3), "activation": "tanh"},
        {"hidden": (6,), "activation": "softplus", "code_activation": "identity"},
        {"code_activation": "tanh", "top_r": 2},
        {"code_activation": "tanh", "tied": True},
    ],
)
def test_value_and_gradient_by_jacobians(x: Tensor, settings: dict[str, object]) -> None:
    net = made(**settings)
    found, expected = bound(net).value(Batch(x, x)), by_jacobian(net, x)
    assert_close_with_gradients(found, expected, [p for p in net.encoder.parameters() if p.ndim == 2])


def test_closed_form_equals_autograd(x: Tensor) -> None:
    net = made(code_activation="tanh")
    both = bound(net), bound(net)
    assert both[0].layer is net.encoder[0]
    both[1].layer = None
    values = [penalty.value(Batch(x, x)) for penalty in both]
    assert_close_with_gradients(*values, list(net.encoder.parameters()))


def test_gradient_by_finite_differences(x: Tensor) -> None:
    """Of a deep encoder, also where gradients are switched off."""
    net = made(hidden=(3,), activation="sigmoid")
    penalty, weight = bound(net), net.encoder[0].weight
    penalty.value(Batch(x, x)).backward()

    def value(entries: Tensor) -> Tensor:
        old = weight.data
        weight.data = entries
        found = penalty.value(Batch(x, x))
        weight.data = old
        return found

    assert_close(weight.grad, numerical_gradient(value, weight), atol=1e-8, rtol=1e-5)


@pytest.mark.parametrize("hidden", [(), (3,)])
def test_steps_and_images(x: Tensor, hidden: tuple[int, ...]) -> None:
    """Padding does not count; images are flattened."""
    net = made(hidden=hidden)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    steps = torch.full((2, 3, F), 9.0, dtype=torch.float64)
    steps[mask] = x[:4]
    assert_close(bound(net, STEPS).value(Batch(steps, steps, mask)), by_jacobian(net, x[:4]))
    assert_close(bound(net, STEPS).value(Batch(x[:6].view(2, 3, F), x)), by_jacobian(net, x[:6]))
    penalty = ContractivePenalty(weight=LAMBDA)
    penalty.bind(Network(net, flatten, masked=False), DataSpec("real", (1, 1, F), "input", F))
    assert_close(penalty.value(Batch(x.view(N, 1, 1, F), x)), by_jacobian(net, x))


def test_what_has_no_derivatives_is_refused(x: Tensor) -> None:
    with pytest.raises(UserError, match=r"^contractive penalty: MLP has no codes; choose an autoencoder, for example$"):
        ContractivePenalty().bind(MLP(in_features=3, out_features=2), DataSpec("real", (3,), "classes", 2))
    for settings in ({"hidden": ()}, {"hidden": (3,)}):
        with pytest.raises(UserError, match=r"^contractive penalty: the code has no derivatives; choose another code_"):
            bound(made(**settings, code_activation="step")).value(Batch(x, x))
    with pytest.raises(UserError, match=r"^ContractivePenalty: weight is -1; it must be at least 0 and finite$"):
        ContractivePenalty(weight=-1)
