"""The updates of a perceptron, or of another linear classifier, one example after the other.

Shapes: N examples, F features.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytorch_lightning as pl
from matplotlib.figure import Figure

from ..config.compose import compose
from ..errors import UserError
from ..figures.classes.updates import Line, Update, plot_updates
from ..files.paths import expand_path
from ..formatting import format_count, format_number
from ..tasks.base import Task
from ..tasks.learners.rule import only_linear
from ..training.request import read_settings
from ..training.saved import plain
from .limits import MAX_STEPS, check_online, check_traced, with_perceptron
from .observed import train_observed
from .recorder import Recorder
from .steps import TracedStep
from .trace import TRACED

if TYPE_CHECKING:
    import pandas as pd

PANELS = 6  # of a picture
ROWS = 30  # of the printed table; in a longer one only the updates
DPI = 200  # of a frame


@dataclass(frozen=True)
class PerceptronUpdates:
    """The steps of a linear classifier, and its training examples.

    steps: the numbers of each step; x (N, F), classes (N,): the examples; labels: names of the classes; weight, bias:
    names of the parameters, bias is None without one; converged: whether no step of the last epoch changed the weights.
    """

    steps: list[TracedStep]
    x: np.ndarray
    classes: np.ndarray
    labels: tuple[str, ...]
    weight: str
    bias: str | None
    converged: bool

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row per step: step, epoch, example, x1 ..., target, output, prediction, mistake, updated, w1 ..., b.

        The weights are those after the step; with the pocket algorithm, pocket_w1 ... are those in the pocket. With
        several outputs their number follows the name: w1_0.
        """
        import pandas as pd

        return pd.DataFrame([self._row(step) for step in self.steps])

    @property
    def updates(self) -> "pd.DataFrame":
        """The rows of the table whose step changes the weights."""
        return self.table[self.table.updated].reset_index(drop=True)

    @property
    def average(self) -> dict[str, float]:
        """The mean of the weights after all steps, those of the averaged perceptron (Freund, Schapire 1999)."""
        columns = self._columns("", self.steps[0].weight(self.weight).after, self._bias(self.steps[0]))
        return {name: float(self.table[name].mean()) for name in columns}

    def _row(self, step: TracedStep) -> dict[str, Any]:
        output = step.layers[-1].output[0]
        weight = step.weight(self.weight)
        row: dict[str, Any] = {"step": step.step, "epoch": step.epoch, "example": step.examples[0]}
        row |= {f"x{k + 1}": float(value) for k, value in enumerate(step.inputs[0].ravel())}
        row["target"] = step.target[0]
        row |= {"output" if len(output) == 1 else f"output_{k}": float(z) for k, z in enumerate(output)}
        row |= {"prediction": step.prediction[0], "mistake": is_mistake(step), "updated": is_updated(step)}
        row |= self._columns("", weight.after, self._bias(step))
        if "pocket" in weight.state:
            bias = None if self.bias is None else step.weight(self.bias).state["pocket"]
            row |= self._columns("pocket_", weight.state["pocket"], bias)
        return row

    def _bias(self, step: TracedStep) -> np.ndarray | None:
        return None if self.bias is None else step.weight(self.bias).after

    def _columns(self, prefix: str, weight: np.ndarray, bias: np.ndarray | None) -> dict[str, float]:
        """Return the weights (K, F) and biases (K,) of K outputs by their names."""
        found: dict[str, float] = {}
        for k, row in enumerate(weight):
            end = "" if len(weight) == 1 else f"_{k}"
            found |= {f"{prefix}w{i + 1}{end}": float(value) for i, value in enumerate(row)}
            if bias is not None:
                found[f"{prefix}b{end}"] = float(bias[k])
        return found

    def plot(self, panels: int = PANELS) -> Figure:
        """Draw the updates in numbered panels: the example, the boundary before and after, the weights as an arrow.

        panels: at most this many, the first and the last update. Raises UserError unless there are two features and two
        classes with one output, and if no step changes the weights.
        """
        if panels < 1:
            raise UserError(f"panels is {panels}; it must be at least 1")
        found = self._drawn()
        shown = found if len(found) <= panels else [*found[: panels - 1], found[-1]]
        count = format_count(len(found), "update")
        title = count if len(shown) == len(found) else f"{len(shown)} of {count}"
        return plot_updates(self.x, self.classes, shown, f"{title}, {self.outcome}", self.labels)

    def frames(self, folder: str | Path) -> list[Path]:
        """Draw each update into a file of its own, update_01.png and so on, and return the files.

        Raises UserError as `plot` does, and if a file cannot be written.
        """
        found = self._drawn()
        directory = expand_path(folder)
        files = [directory / f"update_{k + 1:0{len(str(len(found)))}}.png" for k in range(len(found))]
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for k, (update, file) in enumerate(zip(found, files, strict=True)):
                title = f"update {k + 1} of {len(found)}"
                plot_updates(self.x, self.classes, [update], title, self.labels).savefig(file, dpi=DPI)
        except OSError as error:
            raise UserError(f"cannot write to {folder}: {error.strerror or error}") from error
        return files

    @property
    def outcome(self) -> str:
        """How the training ended."""
        last = self.steps[-1]
        return (
            f"no update in epoch {last.epoch}" if self.converged else f"stopped after {format_count(last.step, 'step')}"
        )

    def _drawn(self) -> list[Update]:
        weight = self.steps[0].weight(self.weight).after
        if self.x.shape[1] != 2 or len(weight) != 1:
            raise UserError(
                f"the picture is for two features and two classes; there are {self.x.shape[1]} features and "
                f"{format_count(len(weight), 'output')}"
            )
        found = [self._update(step) for step in self.steps if is_updated(step)]
        if not found:
            raise UserError("no step changes the weights, so there is nothing to draw")
        return found

    def _update(self, step: TracedStep) -> Update:
        weight = step.weight(self.weight)
        before, after = (
            Line(w[0], 0.0 if self.bias is None else float(getattr(step.weight(self.bias), name)[0]))
            for name, w in (("before", weight.before), ("after", weight.after))
        )
        numbers = ", ".join(format_number(float(f"{value:.3g}")) for value in after.w)
        bias = "" if self.bias is None else f", b = {format_number(float(f'{after.b:.3g}'))}"
        title = f"step {step.step}, example {step.examples[0]}\nw = ({numbers}){bias}"
        return Update(title, step.inputs[0].ravel(), before, after)

    def __str__(self) -> str:
        shown = self.table if len(self.table) <= ROWS else self.updates
        text = shown[:ROWS].to_string(index=False, float_format=lambda value: f"{value:.4g}")
        if len(shown) > ROWS:
            text += f"\n... {len(shown) - ROWS} more updates"
        mistakes = int(self.table.mistake.sum())
        counts = {"step": len(self.steps), "mistake": mistakes, "update": len(self.updates)}
        summary = ", ".join(format_count(count, name) for name, count in counts.items())
        return f"{text}\n\n{summary}, {self.outcome}"

    def __repr__(self) -> str:
        counts = f"{format_count(len(self.steps), 'step')}, {format_count(len(self.updates), 'update')}"
        return f"PerceptronUpdates({counts}, {self.outcome})"

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return str(self.table.to_html(index=False))


class StopWithoutUpdates(pl.Callback):
    """Stop after an epoch in which no step changes the weights."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.converged = False

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Stop if the epoch is complete and changed nothing."""
        steps = [step for step in self.recorder.steps if step.epoch == trainer.current_epoch + 1]
        assert task.cursor is not None
        if task.cursor.finished and not any(map(is_updated, steps)):
            self.converged = trainer.should_stop = True


def perceptron_updates(
    *overrides: str,
    steps: int = MAX_STEPS,
    shuffle: bool = True,
    data: Any = None,
    target: str | int | Sequence[str | int] | None = None,
    **settings: Any,
) -> PerceptronUpdates:
    """Train a perceptron one example after the other, and return its updates as a table and as a picture.

    The model is the perceptron, or another network with one linear layer: margin_perceptron, pocket, adaline ... The
    steps are those of `nnzoo train` with loader.batch_size=1, until an epoch changes nothing.
    steps: at most this many examples; shuffle: False takes the examples in the order of the data, as a text does;
    overrides, data, target, settings: see `train`. Raises UserError for another network, and as `train` does.
    """
    given, source = read_settings(overrides, data, target, settings)
    config = plain(compose(with_perceptron(given if source is None else [*given, "data.path=null"])))
    return updates_of(config, steps=steps, shuffle=shuffle, source=source)


def updates_of(config: dict[str, Any], *, steps: int, shuffle: bool, source: Any = None) -> PerceptronUpdates:
    """Return the updates of a resolved config, see `perceptron_updates`."""
    check_traced(config, steps)
    check_online(config)
    recorder = Recorder(expected=steps, limit=None, tasks=TRACED)
    stop = StopWithoutUpdates(recorder)
    task = train_observed(config, recorder, stop, steps=steps, source=source, shuffle=shuffle, check_task=check_linear)
    layer = only_linear(task.net)
    assert layer is not None
    assert task.cursor is not None
    loader: Any = task.cursor.loader
    batch = loader.take(slice(None))
    model: Any = task.net.model
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return PerceptronUpdates(
        recorder.steps,
        task.net.adapter(batch.x, batch.mask).double().cpu().numpy(),  # type: ignore[operator]
        batch.y.cpu().numpy(),
        task.spec.labels,
        names[id(layer.weight)],
        None if layer.bias is None else names[id(layer.bias)],
        stop.converged,
    )


def check_linear(task: Task) -> None:
    """Raise UserError unless a task classifies by one linear layer."""
    if only_linear(task.net) is None:
        raise UserError(
            f"perceptron_updates is for networks with one linear layer, such as perceptron, margin_perceptron, pocket "
            f"and adaline; {type(task.net.model).__name__} has others"
        )
    if task.spec.target != "classes" or task.spec.per_step:
        raise UserError(f"perceptron_updates is for classes; the target of the data is {task.spec.target}")


def is_mistake(step: TracedStep) -> bool:
    """Return whether the prediction before the step is wrong."""
    return bool(step.prediction[0] != step.target[0])


def is_updated(step: TracedStep) -> bool:
    """Return whether the step changes the weights."""
    return any(bool(weight.update.any()) for weight in step.weights)
