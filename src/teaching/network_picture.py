"""The picture of a traced step: a network with the numbers of one example."""

from itertools import pairwise
from math import prod

import numpy as np
from matplotlib.figure import Figure

from ..errors import UserError
from ..figures.values.network import Column, plot_network
from .steps import LayerValues, TracedStep

MOST_UNITS = 6  # of a layer
MOST_LAYERS = 4


def draw_step(step: TracedStep, example: int) -> Figure:
    """Draw the network before a step. In each unit is its activation, below it its pre-activation and the gradient.

    Raises UserError if the network is not a chain of small dense layers, and for an example outside the batch.
    """
    if not 0 <= example < len(step.examples):
        raise UserError(f"example is {example}; the batch has examples 0 to {len(step.examples) - 1}")
    columns = [Column("input", [short(value) for value in step.inputs[example].ravel()], [""] * step.inputs[0].size)]
    weights = []
    groups = dense_groups(step)
    for k, (dense, activation) in enumerate(groups):
        assert dense.gradient is not None
        title = dense.name if k + 1 < len(groups) else "output"
        values = dense.output if activation is None else activation.output
        columns.append(
            Column(
                title if activation is None else f"{title}, {activation.kind}",
                [short(value) for value in values[example]],
                [
                    ("" if activation is None else f"a = {short(a)}\n")
                    + f"{'-error' if step.rule else 'dL/da'} = {short(delta)}"
                    for a, delta in zip(dense.output[example], dense.gradient[example], strict=True)
                ],
            )
        )
        weights.append(step.weight(f"{dense.name}.weight").before)
    target = f", target {step.target[example]}" if step.target else ""
    loss = "" if step.losses is None else f", loss {short(step.losses[example])}"
    return plot_network(columns, weights, f"step {step.step}, example {step.examples[example]}{target}{loss}")


def dense_groups(step: TracedStep) -> list[tuple[LayerValues, LayerValues | None]]:
    """Return the dense layers of a chain, each with the activation after it, None if it has none.

    Raises UserError for another network, and for one with too many units to be drawn.
    """
    groups: list[tuple[LayerValues, LayerValues | None]] = []
    for layer in step.layers:
        if layer.kind == "Linear":
            groups.append((layer, None))
        elif layer.weighted or not groups or groups[-1][0].output.shape != layer.output.shape:
            raise UserError(f"the picture is for dense layers and activations; layer {layer.name} is {layer.kind}")
        else:
            groups[-1] = (groups[-1][0], layer)
    sizes = [prod(step.inputs.shape[1:]), *(layer.output.shape[-1] for layer, _ in groups)]
    if not groups or any(layer.output.ndim != 2 for layer, _ in groups) or not is_chain(step, groups):
        raise UserError("the picture is for a chain of dense layers and activations")
    if max(sizes) > MOST_UNITS or len(groups) > MOST_LAYERS:
        raise UserError(
            f"the picture is for at most {MOST_LAYERS} layers of {MOST_UNITS} units; the network has "
            f"{', '.join(map(str, sizes))}"
        )
    return groups


def is_chain(step: TracedStep, groups: list[tuple[LayerValues, LayerValues | None]]) -> bool:
    """Return whether each layer computes its outputs from those of the one before, and all gradients are known."""
    values = [step.inputs.reshape(len(step.inputs), -1)]
    values += [dense.output if activation is None else activation.output for dense, activation in groups]
    for (x, _), (dense, _) in zip(pairwise(values), groups, strict=True):
        weight, bias = (
            next((found.before for found in step.weights if found.name == f"{dense.name}.{part}"), None)
            for part in ("weight", "bias")
        )
        if weight is None or weight.shape[1] != x.shape[1] or dense.gradient is None:
            return False
        if not np.allclose(x @ weight.T + (0 if bias is None else bias), dense.output, rtol=1e-3, atol=1e-5):
            return False
    return True


def short(value: float) -> str:
    """Return a number with two decimals, an integer without, a tiny one with an exponent."""
    if value == int(value):
        return str(int(value))
    return f"{value:.2f}" if abs(value) >= 0.005 else f"{value:.0e}"
