"""Worked numbers and equivalences of dense networks and backpropagation: Aggarwal 1.2-1.5, 3.2, and exercises."""

from itertools import combinations, pairwise
from math import cos, exp, sin, tanh

import numpy as np
import pytest
import torch
from nnzoo import backprop as bp
from nnzoo.analysis.layers.depth import gradient_norms_by_layer
from nnzoo.layers.activations import activation
from nnzoo.models.mlp import MLP


def mlp(*weights, activation="relu", biases=()):
    """A network in float64 with given weights, one row for each unit."""
    sizes = [len(w) for w in weights]
    net = MLP(
        in_features=len(weights[0][0]),
        out_features=sizes[-1],
        hidden=sizes[:-1],
        activation=activation,
        bias=bool(biases),
    ).double()
    values = weights if not biases else [v for pair in zip(weights, biases, strict=True) for v in pair]
    for parameter, value in zip(net.parameters(), values, strict=True):
        parameter.data = torch.tensor(value, dtype=torch.float64)
    return net


def rows(*values):
    return torch.tensor(values, dtype=torch.float64)


V = torch.linspace(-6, 6, 241, dtype=torch.float64)


def test_o13_identities_of_activations():
    sigmoid, tanh_, hard_tanh = (activation(name) for name in ("sigmoid", "tanh", "hard_tanh"))
    torch.testing.assert_close(tanh_(V), 2 * sigmoid(2 * V) - 1)  # exercise 1.3
    torch.testing.assert_close(sigmoid(-V), 1 - sigmoid(V))  # exercise 1.2
    torch.testing.assert_close(tanh_(-V), -tanh_(V))
    torch.testing.assert_close(hard_tanh(-V), -hard_tanh(V))


@pytest.mark.parametrize(("name", "most"), [("sigmoid", 0.25), ("tanh", 1.0)])
def test_n11_largest_derivatives(name, most):
    v = V.clone().requires_grad_()
    (slope,) = torch.autograd.grad(activation(name)(v).sum(), v)
    assert slope.max().item() == pytest.approx(most)
    assert v[slope.argmax()].item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", ["identity", "sign", "sigmoid", "tanh", "relu", "hard_tanh"])
def test_activations_of_figure_1_8_are_monotonic(name):
    assert (activation(name)(V).diff() >= 0).all()


def test_n3_three_points():
    net = mlp([[1, 0], [-1, 0]], [[1, 1]])
    x = rows([1, 1], [-1, 1], [0, 1])
    assert net.layers[:2](x).tolist() == [[1, 0], [0, 1], [0, 0]]
    assert net(x).flatten().tolist() == [1, 1, 0]


XOR = rows([0, 0], [1, 1], [1, 0], [0, 1])


def test_n4_exclusive_or_with_biases():
    net = mlp([[1, 1], [-1, -1]], [[1, 1]], biases=[[-1, 1], [0]])
    assert net.layers[:2](XOR).tolist() == [[0, 1], [1, 0], [0, 0], [0, 0]]
    assert net(XOR).flatten().tolist() == [1, 1, 0, 0]


def test_e6_exclusive_or_without_biases():
    assert mlp([[1, -1], [-1, 1]], [[1, 1]])(XOR).flatten().tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(("depth", "pieces"), [(1, 2), (2, 4), (3, 8), (5, 32), (10, 1024)])
def test_n5_two_units_a_layer_double_the_linear_pieces(depth, pieces):
    tent = [[2, -4], [2, -4]]
    net = mlp([[1], [1]], *[tent] * (depth - 1), [[2, -4]], biases=[*[[0, -0.5]] * depth, [0]])
    x = torch.linspace(0, 1, 4 * pieces + 1, dtype=torch.float64)[:, None]
    slopes = net(x).flatten().diff() * 4 * pieces
    assert slopes.abs().tolist() == [2.0**depth] * (4 * pieces)
    assert 1 + (slopes.sign().diff() != 0).sum().item() == pieces


def test_n5_paths_through_ten_layers_of_two_units():
    layers = [["x"], *([f"{i}a", f"{i}b"] for i in range(10)), ["o"]]
    edges = {u: dict.fromkeys(above, 1.0) for here, above in pairwise(layers) for u in here}
    assert bp.path_sum(edges, "x", "o") == bp.accumulate(edges, {"o": 1.0})["x"] == 1024


@pytest.mark.parametrize(
    ("name", "medians"),
    [("sigmoid", (3.6e-5, 1.1e-9, 9.5e-19)), ("tanh", (1.9e-2, 8.1e-4, 1.4e-6)), ("relu", (0, 0, 0))],
)
def test_n7_gradients_vanish_along_a_chain(name, medians):
    """The numbers are medians of 2000 chains, which lie in 99.9 % of the cases between these two of their quantiles."""
    spread = 3.3 * 0.5 / 2000**0.5
    for depth, median in zip((5, 10, 20), medians, strict=True):
        slopes = gradient_norms_by_layer(name, depth, networks=50_000)[0]
        low, high = slopes.quantile(torch.tensor([0.5 - spread, 0.5 + spread], dtype=slopes.dtype)).tolist()
        assert 0.99 * low <= median <= 1.01 * high  # of two digits
        if name == "sigmoid":
            assert (slopes == 0).sum() == 0


@pytest.mark.parametrize("depth", [5, 10, 20])
def test_n7_n14_sigmoid_chains_are_bounded_by_their_weights(depth):
    """|do/dx| < 0.25^r for |w| = 1: 9.54e-7 for r = 10, 9.09e-13 for r = 20."""
    chain = mlp(*[[[1.0]]] * depth, [[1.0]], activation="sigmoid")
    x = V[:, None].clone().requires_grad_()
    (slope,) = torch.autograd.grad(chain(x).sum(), x)
    assert 0 < slope.max() < 0.25**depth
    assert {10: 9.54e-7, 20: 9.09e-13}.get(depth, 0.25**depth) == pytest.approx(0.25**depth, rel=1e-3)


N8 = [
    ((0, 0), 1.08457649, 1.27681431),
    ((1, 0), 1.72028779, 0.20530307),
    ((0.5, -0.25), 1.35947485, 0.90992802),
    ((1, 1), 1.81477445, 0.03740632),
    ((-1, -1), 0, 0),
]


@pytest.mark.parametrize(("x", "output", "slope"), N8)
def test_n8_a_network_of_sigmoid_and_tanh_units(x, output, slope):
    """Exercises 1.9 and 1.10: layers of one sigmoid and one tanh unit, all weights 1, and a ReLU."""
    first, second = ("s1", "t1"), ("s2", "t2")
    net = bp.Units(
        weights={
            **{h: {"x1": 1.0, "x2": 1.0} for h in first},
            **{h: dict.fromkeys(first, 1.0) for h in second},
            "o": dict.fromkeys(second, 1.0),
        },
        activations={"s1": bp.Sigmoid(), "t1": bp.Tanh(), "s2": bp.Sigmoid(), "t2": bp.Tanh(), "o": bp.ReLU()},
    )
    values = net.forward({"x1": np.array([x[0]]), "x2": np.array([x[1]])})

    def g(s):
        return 1 / (1 + exp(-s)) + tanh(s)

    assert values["o"].item() == pytest.approx(output, abs=1e-8)
    assert values["o"].item() == pytest.approx(max(g(g(x[0] + x[1])), 0))
    edges = net.edges(values)
    assert np.sum(bp.path_sum(edges, "x1", "o")) == pytest.approx(slope, abs=1e-8)
    assert np.sum(bp.accumulate(edges, {"o": 1.0})["x1"]) == pytest.approx(slope, abs=1e-8)


def test_o12_layers_of_linear_units_are_one_matrix():
    w1, w2, w3 = torch.randn(5, 4), torch.randn(6, 5), torch.randn(3, 6)
    net = mlp(w1.tolist(), w2.tolist(), w3.tolist(), activation="identity")
    x = torch.randn(7, 4, dtype=torch.float64)
    torch.testing.assert_close(net(x), x @ (w3.double() @ w2.double() @ w1.double()).T)  # theorem 1.5.1


def test_o14_every_way_to_the_gradient():
    """A 3-2-2-1 network: post-activations, pre-activations, all paths, differences and automatic differentiation."""
    rng = np.random.default_rng(0)
    layers = [["x0", "x1", "x2"], ["h0", "h1"], ["k0", "k1"], ["o"]]
    weights = {h: {i: rng.normal() for i in below} for below, here in pairwise(layers) for h in here}
    net = bp.Units(weights=weights, activations={h: bp.Tanh() if h != "o" else bp.Identity() for h in weights})
    inputs = {name: rng.normal(size=1) for name in layers[0]}
    values = net.forward(inputs)
    seeds = {"o": values["o"] - 1}
    post = net.by_post_activation(values, seeds)
    assert post == pytest.approx(net.by_pre_activation(values, seeds), rel=1e-12)
    assert post == pytest.approx(net.by_paths(values, seeds), rel=1e-12)
    for (i, h), gradient in post.items():
        losses = []
        for step in (1e-6, -1e-6):
            moved = {unit: dict(row) for unit, row in weights.items()}
            moved[h][i] += step
            output = bp.Units(weights=moved, activations=net.activations).forward(inputs)["o"].item()
            losses.append(0.5 * (output - 1) ** 2)
        assert gradient == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-6)
    twin = mlp(*[[list(weights[h].values()) for h in here] for here in layers[1:]], activation="tanh")
    (0.5 * (twin(rows([v.item() for v in inputs.values()])) - 1).square().sum()).backward()
    flat = torch.cat([p.grad.flatten() for p in twin.parameters()])
    assert list(post.values()) == pytest.approx(flat.tolist(), rel=1e-12)


W = 0.8


def test_t2_sum_over_two_paths():
    """O = cos(w^2) + sin(w^2): Aggarwal figure 3.3; with the cosine alone figure 3.1."""
    edges = {"w": {"y": 2 * W}, "y": {"p": -sin(W**2), "q": cos(W**2)}, "p": {"o": 1.0}, "q": {"o": 1.0}}
    assert bp.path_sum(edges, "w", "p") == pytest.approx(-2 * W * sin(W**2))
    assert bp.path_sum(edges, "w", "o") == pytest.approx(2 * W * (cos(W**2) - sin(W**2)))


def test_t3_each_of_32_paths_has_the_same_product():
    """Figure 3.4: five layers of two units, each the product of the two before; O = w^32."""
    edges = {"w": {"1a": 1.0, "1b": 1.0}}
    for layer in range(1, 6):
        above = [f"{layer + 1}a", f"{layer + 1}b"] if layer < 5 else ["o"]
        edges |= {f"{layer}{unit}": dict.fromkeys(above, W**2 ** (layer - 1)) for unit in "ab"}
    paths = list(bp.paths(edges, "w", "o"))
    assert len(paths) == 32
    for path in paths:
        assert np.prod([edges[i][j] for i, j in pairwise(path)]) == pytest.approx(W**31)
    assert bp.path_sum(edges, "w", "o") == pytest.approx(32 * W**31)
    assert bp.accumulate(edges, {"o": 1.0})["w"] == pytest.approx(32 * W**31)


def test_exercises_3_2_to_3_4_products_and_their_maximum():
    assert bp.accumulate({"x1": {"o": 3.0}, "x2": {"o": 2.0}}, {"o": 5.0}) == {"o": 5, "x1": 15, "x2": 10}
    x = (1.0, 2.0, 3.0, 4.0)
    pairs = list(combinations(range(4), 2))
    products = {
        f"{i}": {f"{i}*{j}": x[j] for j in range(4) if j > i} | {f"{j}*{i}": x[j] for j in range(i)} for i in range(4)
    }
    total = products | {f"{i}*{j}": {"o": 1.0} for i, j in pairs}
    largest = products | {f"{i}*{j}": {"o": float((i, j) == (2, 3))} for i, j in pairs}
    assert [bp.accumulate(total, {"o": 2.0})[f"{i}"] for i in range(4)] == [18, 16, 14, 12]
    assert [bp.accumulate(largest, {"o": 2.0})[f"{i}"] for i in range(4)] == [0, 0, 8, 6]
