"""Records all numbers of each training step.

Shapes: B examples; ... numbers of one example.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ..errors import UserError
from ..rules.base import Rule
from ..tasks.base import Task
from ..tasks.heads.base import Head
from ..tasks.learners.pocket import Pocket
from .steps import LayerValues, TracedStep, WeightValues


class Call:
    """A call of a layer in the forward pass: its output, and the gradient with respect to it once it is known."""

    def __init__(self, name: str, layer: nn.Module, output: Tensor) -> None:
        self.name = name
        self.layer = layer
        self.output = output.detach().clone()
        self.gradient: Tensor | None = None
        if output.requires_grad:
            output.register_hook(self.keep)

    def keep(self, gradient: Tensor) -> None:
        """Keep the gradient."""
        self.gradient = gradient.detach().clone()

    def values(self, batch: int) -> LayerValues:
        """Return the numbers by example."""
        gradient = None if self.gradient is None else by_example(self.gradient, batch)
        weighted = next(self.layer.parameters(recurse=False), None) is not None
        return LayerValues(self.name, type(self.layer).__name__, weighted, by_example(self.output, batch), gradient)


class Recorder(pl.Callback):
    """Record the numbers of each optimizer step, in `steps`.

    expected: number of steps to record; limit: numbers that may be recorded, None for any; tasks: classes whose steps
    can be recorded. Raises UserError for another task, and in the first step if there will be more numbers.
    """

    def __init__(self, *, expected: int, limit: int | None, tasks: Sequence[type[Task]]) -> None:
        self.expected = expected
        self.tasks = tasks
        self.limit = limit
        self.steps: list[TracedStep] = []
        self.calls: list[Call] = []
        self.hooks: list[RemovableHandle] = []
        self.inputs: Tensor | None = None
        self.lr: float | None = None
        self.before: dict[str, Tensor] = {}

    def on_train_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Register the hooks."""
        self.trainer, self.task = trainer, task
        if type(task).update not in [each.update for each in self.tasks]:
            raise UserError(
                f"task {type(task).__name__} takes no plain gradient step and no step of a rule; it cannot be traced"
            )
        model = getattr(task.net, "model", task.net)
        self.parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.hooks.append(model.register_forward_pre_hook(self.begin))
        for name, layer in model.named_modules():
            if not any(True for _ in layer.children()) and not isinstance(layer, nn.Identity):
                self.hooks.append(layer.register_forward_hook(self.call_hook(name)))
        task.after_step.append(self.record)

    def on_train_epoch_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Copy the initial weights, which a rule may have set when the training started."""
        if not self.before:
            self.before = self.weights()

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Remove the hooks."""
        for hook in self.hooks:
            hook.remove()

    def begin(self, _: nn.Module, args: tuple[Any, ...]) -> None:
        """Begin the forward pass of a step; passes in evaluation mode, such as those that count errors, are none."""
        if self.task.net.training:
            self.calls.clear()
            self.inputs = args[0].detach().clone()
            self.lr = self.learning_rate()  # that of the step, after which a schedule may change it

    def learning_rate(self) -> float | None:
        """Return the current learning rate of the first parameters, None if the optimizer has none."""
        groups = [group for optimizer in self.task.optimizer_list() for group in optimizer.param_groups]
        lr = groups[0].get("lr")
        return None if lr is None else float(lr)

    def call_hook(self, name: str) -> Any:
        """Return a hook that records the calls of a layer."""

        def record(layer: nn.Module, _: Any, output: Any) -> None:
            first = output[0] if isinstance(output, tuple) else output
            if self.task.net.training and isinstance(first, Tensor):
                self.calls.append(Call(name, layer, first))

        return record

    def weights(self) -> dict[str, Tensor]:
        """Return copies of the weights that the rule or the optimizer changes."""
        current = self.task.current_weights if isinstance(self.task, Pocket) else None
        tensors = self.parameters.values() if current is None else current
        return {name: p.detach().clone() for name, p in zip(self.parameters, tensors, strict=True)}

    def record(self) -> None:
        """Record a step after it is taken."""
        task = self.task
        assert task.cursor is not None
        step = task.accumulators["train"].buffer[-1].step
        if self.inputs is None:
            name = type(getattr(task.net, "model", task.net)).__name__
            raise UserError(f"{name} is not trained through its forward pass, so its steps cannot be traced")
        size = len(self.inputs)
        after = self.weights()
        found = TracedStep(
            step=len(self.steps) + 1,
            epoch=self.trainer.current_epoch + 1,
            lr=self.lr,
            examples=self.examples(size),
            inputs=by_example(self.inputs, size),
            layers=[call.values(size) for call in self.calls],
            target=named(task.actual(step.target), task.spec.labels) if step.target.numel() else [],
            prediction=named(task.predictions(step.output), task.spec.labels) if step.output.numel() else [],
            losses=self.losses(step.output, step.target),
            loss=float(step.loss),
            weights=[self.weight(name, parameter, after[name]) for name, parameter in self.parameters.items()],
            rule=isinstance(task.loss, Rule),
        )
        if not self.steps:
            self.check_size(found)
        self.steps.append(found)
        self.before = after
        self.calls.clear()

    def check_size(self, first: TracedStep) -> None:
        """Raise UserError if the trace will have more numbers than allowed."""
        total = first.size * self.expected
        if self.limit is not None and total > self.limit:
            smaller = "; a smaller network such as model.hidden=[2] has fewer" if "hidden" in self.model else ""
            each = f" ({first.size:,} in each of {self.expected} steps)" if self.expected > 1 else ""
            raise UserError(
                f"the trace has {total:,} numbers{each}, more than "
                f"max_numbers={self.limit}{smaller}; max_numbers={total} shows all of them"
            )

    @property
    def model(self) -> dict[str, Any]:
        """The settings of the network."""
        settings: dict[str, Any] = self.task.config["model"]
        return settings

    def examples(self, size: int) -> list[int]:
        """Return the index of each example in the training set; 0, 1, ... if the batches are not rows of it."""
        cursor = self.task.cursor
        assert cursor is not None
        loader: Any = cursor.loader
        first = (cursor.steps_done - 1) * loader.batch_size
        if not getattr(loader, "shuffle", False):
            return list(range(first, first + size))
        order: list[int] = loader.order(0 if cursor.overfit else cursor.epoch)[first : first + size].tolist()
        return order

    @torch.no_grad()
    def losses(self, output: Tensor, target: Tensor) -> np.ndarray | None:
        """Return the loss of each example."""
        task = self.task
        if type(task.head).step is not Head.step or task.spec.partial or not output.numel():
            return None
        losses = task.loss(output, target)
        return losses.double().cpu().numpy() if losses.shape == target.shape[:1] else None

    def weight(self, name: str, parameter: nn.Parameter, after: Tensor) -> WeightValues:
        """Return the numbers of a parameter."""
        state = {
            key: to_numpy(value)
            for optimizer in self.task.optimizer_list()
            for key, value in optimizer.state.get(parameter, {}).items()
            if isinstance(value, Tensor) and value.shape == parameter.shape and value.ndim
        }
        if isinstance(self.task, Pocket):
            state["pocket"] = to_numpy(parameter)
        gradient = None if parameter.grad is None else to_numpy(parameter.grad)
        return WeightValues(name, to_numpy(self.before[name]), gradient, state, to_numpy(after))


def to_numpy(values: Tensor) -> np.ndarray:
    """Return a copy in float64."""
    found: np.ndarray = values.detach().to_dense().double().cpu().numpy().copy()
    return found


def by_example(values: Tensor, batch: int) -> np.ndarray:
    """Return numbers of the shape (B, ...); of (1, ...) if the first dimension is not that of the examples."""
    found = to_numpy(values)
    return found if found.ndim and len(found) == batch else found[None]


def named(values: Tensor, labels: tuple[str, ...]) -> list[Any]:
    """Return targets or predictions with the names of the classes, if they are classes with names."""
    plain: list[Any] = values.tolist()
    if values.ndim == 1 and not values.is_floating_point() and labels:
        return [labels[k] if 0 <= k < len(labels) else k for k in plain]
    return plain
