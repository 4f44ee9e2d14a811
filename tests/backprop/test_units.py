import numpy as np
import pytest
import torch
from nnzoo.backprop import Identity, ReLU, Sigmoid, Tanh, Units

# Not layered: inputs enter every unit, and h1 is also connected directly to the output.
WEIGHTS = {
    "h1": {"x1": 0.7, "x2": -1.1, "1": 0.3},
    "h2": {"x1": -0.4, "h1": 1.3},
    "h3": {"h1": 0.9, "h2": -0.8, "x2": 0.2},
    "o": {"h1": 0.5, "h2": 1.7, "h3": -1.2, "1": 0.1},
}
ACTIVATIONS = {"h1": Tanh(), "h2": Sigmoid(), "h3": ReLU(), "o": Identity()}
INPUTS = {"x1": np.array([0.3, -0.8, 1.4]), "x2": np.array([1.0, 0.2, -0.6]), "1": np.ones(3)}
METHODS = [Units.by_post_activation, Units.by_pre_activation, Units.by_paths]


def by_autograd(loss):
    w = {
        (i, h): torch.tensor(v, dtype=torch.float64, requires_grad=True)
        for h, row in WEIGHTS.items()
        for i, v in row.items()
    }
    values = {name: torch.tensor(v) for name, v in INPUTS.items()}
    functions = {"h1": torch.tanh, "h2": torch.sigmoid, "h3": torch.relu, "o": lambda a: a}
    for h, row in WEIGHTS.items():
        values[h] = functions[h](sum(w[i, h] * values[i] for i in row))
    total = loss(values)
    return values, dict(zip(w, torch.autograd.grad(total, list(w.values())), strict=True))


@pytest.mark.parametrize("way", METHODS)
def test_all_methods_equal_autograd(way):
    net = Units(weights=WEIGHTS, activations=ACTIVATIONS)
    values = net.forward(INPUTS)
    expected, gradients = by_autograd(lambda v: 0.5 * (v["o"] - 1).square().sum())
    for name in WEIGHTS:
        np.testing.assert_allclose(values[name], expected[name].detach(), rtol=1e-12)
    found = way(net, values, {"o": values["o"] - 1})
    assert found == pytest.approx({k: g.item() for k, g in gradients.items()}, rel=1e-10)


@pytest.mark.parametrize("way", METHODS)
def test_losses_at_hidden_units(way):
    """The loss plus a penalty 0.1 h1^2 + 0.2 |h2|: Aggarwal eq. 3.25 and 3.26."""
    net = Units(weights=WEIGHTS, activations=ACTIVATIONS)
    values = net.forward(INPUTS)
    _, gradients = by_autograd(lambda v: (v["o"].sin() + 0.1 * v["h1"].square() + 0.2 * v["h2"].abs()).sum())
    seeds = {"o": np.cos(values["o"]), "h1": 0.2 * values["h1"], "h2": 0.2 * np.sign(values["h2"])}
    found = way(net, values, seeds)
    assert found == pytest.approx({k: g.item() for k, g in gradients.items()}, rel=1e-10)


def test_several_outputs():
    net = Units(weights=WEIGHTS, activations=ACTIVATIONS)
    values = net.forward(INPUTS)
    one, two, both = (
        net.by_pre_activation(values, s)
        for s in ({"o": np.ones(3)}, {"h3": np.ones(3)}, {"o": np.ones(3), "h3": np.ones(3)})
    )
    assert both == pytest.approx({k: one[k] + two[k] for k in one}, rel=1e-12)


def test_a_cycle_is_refused():
    with pytest.raises(ValueError, match="cycle"):
        Units(weights={"a": {"b": 1.0}, "b": {"a": 1.0}}, activations={"a": Tanh(), "b": Tanh()})
