"""Backpropagation in a network of single units, which may be any acyclic graph. Aggarwal 1.3, 3.2.3-3.2.4, 3.2.7.

Notation: a_h the pre-activation of a unit h, and h = f(a_h) its activation. Shapes: B examples.
"""

from collections.abc import Mapping
from graphlib import TopologicalSorter

import numpy as np
from jaxtyping import Float

from .modules import Module
from .paths import Edges, accumulate, path_sum

Array = np.ndarray
Values = Mapping[str, Float[Array, "B"]]
Gradients = dict[tuple[str, str], float]


class Units:
    """A network of single units.

    weights: weights[h][i] is the weight of the connection from i to h, where i is a unit or an input; activations: an
    elementwise module for each unit. A bias is the weight of an input that is always 1.
    The three methods for the gradient take the activations of all nodes, and the direct derivatives of the loss with
    respect to the activations of output or hidden units. They return dL/dw of every connection (i, h), summed over the
    examples. Raises ValueError if the graph has a cycle.
    """

    def __init__(self, *, weights: Mapping[str, Mapping[str, float]], activations: Mapping[str, Module]) -> None:
        self.weights = weights
        self.activations = activations
        graph = TopologicalSorter({unit: tuple(inputs) for unit, inputs in weights.items()})
        self.order = [node for node in graph.static_order() if node in weights]

    def forward(self, inputs: Values) -> dict[str, Float[Array, "B"]]:
        """Return the values of the inputs and the activations of all units."""
        values = dict(inputs)
        for unit in self.order:
            values[unit] = self.activations[unit].forward(self._pre_activation(unit, values))
        return values

    def edges(self, values: Values) -> Edges:
        """Return dh/di = f'(a_h) w_ih of every connection, for `paths` and `accumulate`."""
        edges: dict[str, dict[str, Array]] = {node: {} for node in values}
        for h in self.order:
            for i, weight in self.weights[h].items():
                edges[i][h] = self._slope(h, values) * weight
        return edges

    def by_post_activation(self, values: Values, seeds: Values) -> Gradients:
        """Return dL/dw_ih = Delta(h) f'(a_h) i with Delta(i) = sum_h f'(a_h) w_ih Delta(h). Aggarwal eq. 1.24-1.27."""
        delta = accumulate(self.edges(values), seeds)
        return self._gradients(values, {h: delta[h] * self._slope(h, values) for h in self.order})

    def by_pre_activation(self, values: Values, seeds: Values) -> Gradients:
        """Return dL/dw_ih = delta(h) i with delta(i) = f'(a_i) sum_h w_ih delta(h).

        Aggarwal eq. 1.29-1.31, 3.25-3.26.
        """
        slopes = {h: self._slope(h, values) for h in self.order}
        edges: dict[str, dict[str, Array]] = {h: {} for h in self.order}
        for h in self.order:
            for i, weight in self.weights[h].items():
                if i in slopes:
                    edges[i][h] = slopes[i] * weight
        delta = accumulate(edges, {h: slopes[h] * seed for h, seed in seeds.items()})
        return self._gradients(values, delta)

    def by_paths(self, values: Values, seeds: Values) -> Gradients:
        """Return dL/dw from the sums over all paths from each unit to each seed. Aggarwal eq. 1.23."""
        edges = self.edges(values)
        slopes = {h: self._slope(h, values) for h in self.order}
        total = {h: sum(seed * path_sum(edges, h, end) for end, seed in seeds.items()) for h in self.order}
        return self._gradients(values, {h: slopes[h] * total[h] for h in self.order})

    def _pre_activation(self, unit: str, values: Values) -> Float[Array, "B"]:
        """Return the pre-activation of a unit."""
        return np.sum([weight * values[i] for i, weight in self.weights[unit].items()], axis=0)

    def _slope(self, unit: str, values: Values) -> Float[Array, "B"]:
        """Return f'(a) of a unit."""
        a = self._pre_activation(unit, values)
        return self.activations[unit].backward(a, values[unit], np.ones_like(a))

    def _gradients(self, values: Values, delta: Mapping[str, Float[Array, "B"]]) -> Gradients:
        """Return dL/dw = delta(h) i of every connection; delta is dL/da_h."""
        return {(i, h): float((delta[h] * values[i]).sum()) for h in self.order for i in self.weights[h]}
