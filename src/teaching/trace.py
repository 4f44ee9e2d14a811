"""Every number of the first training steps of a small network."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from ..config.compose import compose
from ..errors import UserError
from ..runs.atomic import nan_to_none
from ..tasks.base import Task
from ..tasks.learners.local_rule import LocalRuleTask
from ..tasks.learners.pocket import Pocket
from ..tasks.learners.rule import RuleTask
from ..training.request import read_settings
from ..training.saved import plain
from .limits import MAX_NUMBERS, check_traced
from .network_picture import draw_step
from .observed import train_observed
from .recorder import Recorder
from .steps import TracedStep, places
from .text import step_text

if TYPE_CHECKING:
    import pandas as pd

TRACED = (Task, RuleTask, Pocket, LocalRuleTask)  # tasks whose step is a gradient, or an error in its place


@dataclass(frozen=True)
class Trace:
    """The numbers of the first training steps: `steps`, each a TracedStep with arrays."""

    steps: list[TracedStep]

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row per number: step, epoch, quantity, name of the layer or parameter, index, example, value.

        quantity: input, output or gradient (of an output) of a layer, loss; of parameters: before, gradient, the state
        of the optimizer, update, after. index: in one example or in the parameter.
        """
        import pandas as pd

        return pd.DataFrame(
            [row for step in self.steps for row in rows(step)],
            columns=["step", "epoch", "quantity", "name", "index", "example", "value"],
        )

    @cached_property
    def weights(self) -> "pd.DataFrame":
        """One row per step and weight: before, gradient, the state of the optimizer, update, after."""
        import pandas as pd

        found = []
        for step in self.steps:
            for weight in step.weights:
                columns = {key: values.ravel() for key, values in weight.columns().items()}
                for k, place in enumerate(places(weight.before.shape)):
                    values = {key: column[k] for key, column in columns.items()}
                    found.append({"step": step.step, "weight": weight.name + place, **values})
        return pd.DataFrame(found)

    def to_json(self) -> str:
        """Return the steps as JSON, with nested lists for arrays and null for numbers that are not finite."""
        return json.dumps(nan_to_none([as_data(step) for step in self.steps]), indent=2)

    def to_csv(self) -> str:
        """Return the table as CSV."""
        return str(self.table.to_csv(index=False, lineterminator="\n"))

    def plot(self, step: int = 1, example: int = 0) -> Figure:
        """Draw the network of one step with the numbers of one example: activations, gradients, weights.

        example: its place in the batch. Raises UserError if the network is not a chain of small dense layers.
        """
        if not 1 <= step <= len(self.steps):
            raise UserError(f"step is {step}; the trace has steps 1 to {len(self.steps)}")
        return draw_step(self.steps[step - 1], example)

    def __str__(self) -> str:
        return "\n\n".join(step_text(step) for step in self.steps)

    def __repr__(self) -> str:
        return f"Trace({len(self.steps)} steps, {sum(step.size for step in self.steps)} numbers)"

    def _repr_html_(self) -> str:
        """Show the text in a notebook."""
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def trace(
    *overrides: str,
    steps: int = 1,
    max_numbers: int = MAX_NUMBERS,
    data: Any = None,
    target: str | int | Sequence[str | int] | None = None,
    **settings: Any,
) -> Trace:
    """Take the first training steps of a run and return all their numbers; print the result to read them.

    Each step has the inputs, the outputs of all layers, the loss, the gradients with respect to the outputs, and for
    each weight its value before, gradient, optimizer state, update and value after. They are those of `nnzoo train`
    with the same settings and trainer.engine=autograd; trainer.precision=64-true computes in float64.
    steps: number of optimizer steps; max_numbers: how many numbers the trace may have; overrides, data, target,
    settings: see `train`. Raises UserError if there are more numbers, for tasks without gradient steps or rule, and as
    `train` does.
    """
    given, source = read_settings(overrides, data, target, settings)
    return trace_config(
        plain(compose(given if source is None else [*given, "data.path=null"])),
        steps=steps,
        max_numbers=max_numbers,
        source=source,
    )


def trace_config(config: dict[str, Any], *, steps: int, max_numbers: int, source: Any = None) -> Trace:
    """Return the trace of a resolved config, see `trace`."""
    check_traced(config, steps, max_numbers)
    rule = config["rule"] or {}
    if rule.get("online"):  # an update after each example
        config = config | {"loader": config["loader"] | {"batch_size": 1}}
    recorder = Recorder(expected=steps, limit=max_numbers, tasks=TRACED)
    train_observed(config, recorder, steps=steps, source=source)
    if not recorder.steps:
        raise UserError(f"model '{config['choices']['model']}' has no weights to learn; there are no steps to trace")
    return Trace(recorder.steps)


def rows(step: TracedStep) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the table for a step."""

    def by_example(quantity: str, name: str, values: np.ndarray) -> Iterator[tuple[Any, ...]]:
        examples: Sequence[int | None] = step.examples if len(values) == len(step.examples) else [None]
        for example, row in zip(examples, values, strict=True):
            for place, value in zip(places(row.shape), row.ravel(), strict=True):
                yield step.step, step.epoch, quantity, name, place, example, value

    yield from by_example("input", "", step.inputs)
    for layer in step.layers:
        yield from by_example("output", layer.name, layer.output)
    if step.losses is not None:
        for example, value in zip(step.examples, step.losses.ravel(), strict=True):
            yield step.step, step.epoch, "loss", "", "", example, value
    yield step.step, step.epoch, "mean loss", "", "", None, step.loss
    for layer in reversed(step.layers):
        if layer.gradient is not None:
            yield from by_example("gradient", layer.name, layer.gradient)
    for weight in step.weights:
        for quantity, values in weight.columns().items():
            for place, value in zip(places(values.shape), values.ravel(), strict=True):
                yield step.step, step.epoch, quantity, weight.name, place, None, value


def as_data(step: TracedStep) -> dict[str, Any]:
    """Return a step as plain data."""
    return {
        "step": step.step,
        "epoch": step.epoch,
        "lr": step.lr,
        "examples": step.examples,
        "inputs": step.inputs.tolist(),
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "output": layer.output.tolist(),
                "gradient": None if layer.gradient is None else layer.gradient.tolist(),
            }
            for layer in step.layers
        ],
        "target": step.target,
        "prediction": step.prediction,
        "losses": None if step.losses is None else step.losses.tolist(),
        "loss": step.loss,
        "weights": {
            weight.name: {key: values.tolist() for key, values in weight.columns().items()} for weight in step.weights
        },
    }
