"""Norms of the gradient through time of recurrent networks, before and after training.

Shapes: B sequences, T steps, S seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytorch_lightning as pl
import torch
from matplotlib.figure import Figure

from ..analysis.recurrent.steps import gradient_norms as norms_of
from ..config.compose import compose
from ..errors import UserError
from ..figures.recurrent.gradient_norms import plot_gradient_norms
from ..formatting import format_table
from ..layers.cells.base import Cell
from ..layers.recurrent import Recurrent
from ..spec import Batch
from ..tasks.base import Task
from ..tasks.modes import evaluation_mode
from ..training.request import read_settings
from ..training.saved import plain
from .limits import EXAMPLES, MODELS, SEEDS, STEPS, check_counts, check_trains, runs_of
from .observed import train_observed

if TYPE_CHECKING:
    import pandas as pd

BEFORE, AFTER = "before training", "after training"


@dataclass(frozen=True)
class GradientNorms:
    """The mean norms of dL/dh_t over the sequences, for the loss L of a sequence: moment -> network -> (S, T).

    NaN where no sequence has a step t.
    """

    norms: dict[str, dict[str, np.ndarray]]
    data: str
    steps: int

    @property
    def table(self) -> "pd.DataFrame":
        """One row per moment, model, seed and time step: the norm."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"weights": moment, "model": model, "seed": seed, "t": t + 1, "norm": float(norm)}
                for moment, models in self.norms.items()
                for model, values in models.items()
                for seed, row in enumerate(values)
                for t, norm in enumerate(row)
            ]
        )

    def plot(self) -> Figure:
        """Draw the norms by time step side by side: median and range over the seeds, on a logarithmic scale."""
        return plot_gradient_norms(self.norms, f"gradients through time, {self.data}")

    def __str__(self) -> str:
        rows = [["model", "weights", "first step", "last step", "first / last"]]
        for moment, models in self.norms.items():
            for model, values in models.items():
                medians = np.median(values[:, [0, -1]], 0)
                ratio = medians[0] / medians[1] if medians[1] else np.nan
                rows.append([model, moment, *(f"{value:.1e}" for value in (*medians, ratio))])
        seeds = len(next(iter(self.norms[BEFORE].values())))
        note = f"norm of dL/dh_t, median over {seeds} seed{'s' * (seeds != 1)}, {self.steps} steps of training"
        return f"{format_table(rows)}\n\n{note}"

    def __repr__(self) -> str:
        return f"GradientNorms({', '.join(self.norms[BEFORE])}; {self.data})"

    def _repr_html_(self) -> str:
        """Show the summary in a notebook."""
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


class MeasureNorms(pl.Callback):
    """Measure the gradient norms on the first training sequences before and after training: moment -> (T,)."""

    def __init__(self, examples: int) -> None:
        self.examples = examples
        self.found: dict[str, np.ndarray] = {}

    def on_train_epoch_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Measure before the first step."""
        if not self.found:
            self.found[BEFORE] = self.measure(trainer, task)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Measure after the last step."""
        self.found[AFTER] = self.measure(trainer, task)

    def measure(self, trainer: pl.Trainer, task: Task) -> np.ndarray:
        """Return the mean norms over the sequences."""
        assert task.cursor is not None
        loader: Any = task.cursor.loader
        batch = trainer.precision_plugin.convert_input(loader.take(slice(0, self.examples))).to(task.device)
        with evaluation_mode(task), torch.random.fork_rng([]), trainer.precision_plugin.forward_context():
            return mean_norms(task, batch)


def mean_norms(task: Task, batch: Batch) -> np.ndarray:
    """Return the mean norm of dL/dh_t over the sequences of a batch, where L is the loss of a sequence: (T,).

    h is the state of the last recurrent layer. NaN after the end of the longest sequence.
    """
    cell = last_cell(task)
    name = "h" if len(cell.state_names) > 1 else ""
    count = len(batch.x)  # the loss of the batch is the mean over its sequences
    found = norms_of({"cell": cell}, lambda: task.compute(batch).loss * count)
    norms = found[f"cell {name}".strip()].cpu()
    mask = batch.mask
    if mask is None or mask.shape != norms.shape:
        return norms.mean(0).numpy()
    real = mask.cpu()
    return ((norms * real).sum(0) / real.sum(0)).numpy()


def last_cell(task: Task) -> Cell:
    """Return the cell of the last recurrent layer. Raises UserError without one, and for bidirectional layers."""
    layers = [module for module in task.net.modules() if isinstance(module, Recurrent)]
    if not layers:
        raise UserError(f"model {type(task.net.model).__name__} has no recurrent layer, so no gradient through time")
    if layers[-1].directions != 1:
        raise UserError(f"model {type(task.net.model).__name__} is bidirectional; gradient_norms is for one direction")
    cell = layers[-1].cells[-1]
    assert isinstance(cell, Cell)
    return cell


def gradient_norms(
    *overrides: str,
    models: Sequence[str] = MODELS,
    seeds: int = SEEDS,
    steps: int = STEPS,
    examples: int = EXAMPLES,
    data: Any = None,
    target: str | int | Sequence[str | int] | None = None,
    **settings: Any,
) -> GradientNorms:
    """Train recurrent networks on the same sequences, and return the norms of the gradient through time.

    models: names of the networks, which all get the same settings; seeds: number of seeds, from `seed` on, which set
    the weights and the data; steps: optimizer steps; examples: number of training sequences for the mean of the norms;
    overrides, data, target, settings: see `train`; data is latch by default. Raises UserError for a network without a
    recurrent layer or with a bidirectional one, and as `train` does. Aggarwal 7.3; Zaki-Meira 26.
    """
    check_counts(seeds=seeds, steps=steps, examples=examples)
    given, source = read_settings(overrides, data, target, settings)
    runs = runs_of(given if source is None else [*given, "data.path=null"], models, seeds)
    configs = {model: [plain(compose(lines)) for lines in each] for model, each in runs.items()}
    return norms_of_configs(configs, steps=steps, examples=examples, source=source)


def norms_of_configs(
    configs: dict[str, list[dict[str, Any]]], *, steps: int, examples: int, source: Any = None
) -> GradientNorms:
    """Return the norms of resolved configs, one for each seed, by the name of the network."""
    norms: dict[str, dict[str, np.ndarray]] = {BEFORE: {}, AFTER: {}}
    for model, each in configs.items():
        found = []
        for config in each:
            check_trains(config)
            measure = MeasureNorms(examples)
            train_observed(config, measure, steps=steps, source=source, check_task=last_cell)
            found.append(measure.found)
        for moment, rows in norms.items():
            rows[model] = stacked([each[moment] for each in found])
    name = "data from Python" if source is not None else str(next(iter(configs.values()))[0]["choices"]["data"])
    return GradientNorms(norms, name, steps)


def stacked(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Return rows of different lengths as one array (S, T), with NaN at the end of the shorter ones."""
    found = np.full((len(rows), max(map(len, rows))), np.nan)
    for row, values in zip(found, rows, strict=True):
        row[: len(values)] = values
    return found
