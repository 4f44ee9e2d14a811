"""A training step as text with aligned columns."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from .steps import TracedStep, places

COLUMN = 10  # width of a column of numbers
EXAMPLES = 6  # side by side
Line = tuple[str, str, list[str]]  # quantity, index, numbers


def step_text(step: TracedStep) -> str:
    """Return all numbers of a step: forward and backward pass by example, then the weights."""
    lr = "" if step.lr is None else f", learning rate {step.lr:g}"
    mean = "" if len(step.examples) == 1 else f", the mean over {len(step.examples)} examples"
    head = f"step {step.step}, epoch {step.epoch}{lr}: loss L = {format_value(step.loss)}{mean}"
    blocks = [
        block(example_lines(step, slice(first, first + EXAMPLES))) for first in range(0, len(step.examples), EXAMPLES)
    ]
    return "\n\n".join([head, *blocks, block(weight_lines(step))])


def example_lines(step: TracedStep, part: slice) -> list[Line]:
    """Return the lines of the forward and the backward pass for some of the examples."""
    lines: list[Line] = [("example", "", [str(example) for example in step.examples[part]])]
    lines += unit_lines("input", step.inputs, step, part)
    for layer in step.layers:
        lines += unit_lines(f"{layer.name} {layer.kind}", layer.output, step, part)
    if step.target and not isinstance(step.target[0], list):
        lines.append(("target", "", [word(value) for value in step.target[part]]))
    if step.prediction and not isinstance(step.prediction[0], list):
        lines.append(("prediction", "", [word(value) for value in step.prediction[part]]))
    if step.losses is not None:
        lines.append(("loss", "", [format_value(value) for value in step.losses[part]]))
    for layer in reversed(step.layers):
        if layer.gradient is not None:
            lines += unit_lines(f"{step.symbol} {layer.name}", layer.gradient, step, part)
    return lines


def unit_lines(name: str, values: np.ndarray, step: TracedStep, part: slice) -> list[Line]:
    """Return one line for each unit; values: (B, ...), or (1, ...) if they are not those of the single examples."""
    shown = (values[part] if len(values) == len(step.examples) else values[:1]).reshape(-1, prod(values.shape[1:]))
    return [
        (name if k == 0 else "", place, [format_value(value) for value in shown[:, k]])
        for k, place in enumerate(places(values.shape[1:]))
    ]


def weight_lines(step: TracedStep) -> list[Line]:
    """Return one line for each weight: before, gradient, the state of the optimizer, update, after."""
    names = list(dict.fromkeys(key for weight in step.weights for key in weight.columns()))
    lines: list[Line] = [("weight", "", [name.removesuffix("_buffer") for name in names])]
    for weight in step.weights:
        columns = {key: values.ravel() for key, values in weight.columns().items()}
        for k, place in enumerate(places(weight.before.shape)):
            numbers = [format_value(columns[name][k]) if name in columns else "" for name in names]
            lines.append((weight.name if k == 0 else "", place, numbers))
    return lines


def block(lines: Sequence[Line]) -> str:
    """Return lines with aligned columns, the numbers to the right."""
    first = max(len(name) for name, _, _ in lines)
    second = max(len(place) for _, place, _ in lines)
    width = max(COLUMN, *(len(number) + 2 for _, _, numbers in lines for number in numbers))
    return "\n".join(
        f"{name:<{first}} {place:<{second}}{''.join(number.rjust(width) for number in numbers)}".rstrip()
        for name, place, numbers in lines
    )


def word(value: Any) -> str:
    """Return a target or a prediction."""
    return format_value(value) if isinstance(value, float) else str(value)


def format_value(value: float) -> str:
    """Return a number with four decimals, an exponent if it is tiny or huge, and no decimals if it is an integer."""
    if np.isfinite(value) and value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.4f}" if 9.995e-4 <= abs(value) < 1e5 else f"{value:.1e}"
