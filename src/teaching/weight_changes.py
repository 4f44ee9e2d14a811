"""The weights of a run before and after training.

Shapes: R rows, C columns of a picture.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import ceil, prod, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytorch_lightning as pl
from matplotlib.figure import Figure

from ..errors import UserError, unknown
from ..figures.values.weight_changes import Change, plot_weight_changes
from ..files.paths import expand_path
from ..formatting import format_number, format_table
from ..runs.checkpoint import Checkpoint
from ..runs.directory import RunDirectory
from ..spec import DataSpec
from ..tasks.base import Task
from ..training.saved import plain, set_locations, validated
from .observed import train_observed
from .recorder import to_numpy

if TYPE_CHECKING:
    import pandas as pd

PARAMETERS = 2  # in a picture without a choice
PLANES = 25  # filters or units in a picture
ROWS = 100  # of a matrix in a picture, such as the vectors of the first words


@dataclass(frozen=True)
class WeightChanges:
    """The weights of a run by name, before and after training; spec: of its data; weights: which, best or last."""

    before: dict[str, np.ndarray]
    after: dict[str, np.ndarray]
    spec: DataSpec
    weights: str

    @property
    def table(self) -> "pd.DataFrame":
        """One row per parameter: shape, mean and standard deviation before and after, norm of the change.

        relative: the norm of the change divided by that of the weights before, NaN if they are 0.
        """
        import pandas as pd

        rows = []
        for name, before in self.before.items():
            after = self.after[name]
            change, norm = float(np.linalg.norm(after - before)), float(np.linalg.norm(before))
            rows.append(
                {
                    "parameter": name,
                    "shape": "x".join(map(str, before.shape)) or "1",
                    "mean_before": float(before.mean()),
                    "mean_after": float(after.mean()),
                    "std_before": float(before.std()),
                    "std_after": float(after.std()),
                    "change": change,
                    "relative": change / norm if norm else np.nan,
                }
            )
        return pd.DataFrame(rows)

    def plot(self, *parameters: str) -> Figure:
        """Draw weights before and after training on the same scale, and their histograms.

        parameters: names, by default the first two that are no vectors. Filters, and units that see a whole image,
        are drawn as images, at most 25; of a matrix at most the first 100 rows. Raises UserError for an unknown name.
        """
        if wrong := next((name for name in parameters if name not in self.before), None):
            raise unknown("parameter", wrong, self.before)
        larger = [name for name, values in self.before.items() if is_matrix(values)]
        names = parameters or (larger or list(self.before))[:PARAMETERS]
        changes = {
            name: Change(before, after, picture(before, self.spec), picture(after, self.spec))
            for name, before, after in ((name, self.before[name], self.after[name]) for name in names)
        }
        return plot_weight_changes(changes, f"weights before and after training ({self.weights} weights)")

    def __str__(self) -> str:
        rows = [
            [str(value) if isinstance(value, str) else format_number(value) for value in row]
            for row in self.table.fillna(np.inf).itertuples(index=False)
        ]
        return format_table([list(self.table.columns), *rows]).replace("  inf", "  -")

    def __repr__(self) -> str:
        return f"WeightChanges({', '.join(self.before)})"

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return str(self.table.to_html(index=False))


class CapturedError(Exception):
    """The initial weights are known, and the training ends."""


class CaptureWeights(pl.Callback):
    """Copy the weights before the first step, after a rule or the data has set them, and stop."""

    def __init__(self) -> None:
        self.weights: dict[str, np.ndarray] = {}

    def on_fit_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Copy the weights, in case nothing is trained."""
        self.weights = parameters_of(task)

    def on_train_epoch_start(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Copy the weights."""
        self.weights = parameters_of(task)
        raise CapturedError


def parameters_of(task: Task) -> dict[str, np.ndarray]:
    """Return copies of the parameters of a network by name."""
    model: Any = getattr(task.net, "model", task.net)
    return {name: to_numpy(parameter) for name, parameter in model.named_parameters()}


def weight_changes(
    run: str | Path, *, checkpoint: str = "last", data: Any = None, allow: Sequence[str] = ()
) -> WeightChanges:
    """Return the weights of a run before and after training.

    The initial weights are built again from the config, the seed and the data of the run. checkpoint: last or best;
    data: the same object again if the data of the run came from Python; allow: further packages whose classes the
    config may name. Raises UserError if it is not a run, or its data is missing.
    """
    if checkpoint not in ("last", "best"):
        raise unknown("checkpoint", checkpoint, ("last", "best"))
    directory = RunDirectory(expand_path(run))
    config = plain(validated(directory.config(), allow))
    set_locations(directory, config, [], data)
    saved = Checkpoint.read(directory.checkpoint(checkpoint))
    capture = CaptureWeights()
    with suppress(CapturedError):
        train_observed(config | {"trainer": config["trainer"] | {"devices": 1}}, capture, steps=1, source=data)
    after = {name.removeprefix("model."): to_numpy(values) for name, values in saved.weights.items()}
    before = {name: values for name, values in capture.weights.items() if name in after}
    if not before:
        raise UserError(f"the network of {run} has no weights")
    return WeightChanges(before, {name: after[name] for name in before}, saved.spec, checkpoint)


def picture(weight: np.ndarray, spec: DataSpec) -> np.ndarray:
    """Return weights as a picture (R, C)."""
    if weight.ndim == 2 and spec.form == "image" and spec.shape[0] == 1 and weight.shape[1] == prod(spec.shape):
        return montage(weight.reshape(-1, *spec.shape[1:]))
    if weight.ndim == 4 and prod(weight.shape[2:]) > 1:
        return montage(weight.reshape(-1, *weight.shape[2:]))
    return np.atleast_2d(weight.reshape(weight.shape[0], -1) if weight.ndim > 1 else weight)[:ROWS]


def montage(planes: np.ndarray) -> np.ndarray:
    """Return the first planes (N, H, W) as one picture, with a line of NaN between them."""
    shown = planes[:PLANES]
    columns = ceil(sqrt(len(shown)))
    rows = ceil(len(shown) / columns)
    height, width = shown.shape[1] + 1, shown.shape[2] + 1
    found = np.full((rows * height - 1, columns * width - 1), np.nan)
    for k, plane in enumerate(shown):
        top, left = k // columns * height, k % columns * width
        found[top : top + height - 1, left : left + width - 1] = plane
    return found


def is_matrix(weight: np.ndarray) -> bool:
    """Return whether a parameter is a matrix with several rows and columns, or has more dimensions."""
    return weight.ndim > 2 or (weight.ndim == 2 and min(weight.shape) > 1)
