"""Learning curves: the metrics that a run has logged for each epoch."""

from math import isclose

from matplotlib.figure import Figure
from pytorch_lightning.callbacks import ModelCheckpoint

from ...figures.values.curves import plot_learning_curves
from ...figures.values.parts import plot_loss_parts
from .base import Picture
from .examples import Examples

SPLITS = {"train": "training", "val": "validation"}
Splits = dict[str, dict[int, float]]
METRIC_NAMES = {
    "acc": "accuracy",
    "f1": "F1",
    "mse": "mean squared error",
    "energy_distance": "energy distance",
    "bits": "bits per token",
}


def has_curves(examples: Examples) -> bool:
    """Return whether at least two epochs were logged."""
    return len(examples.logged.get("train/loss", ())) > 1


def draw_learning_curves(examples: Examples) -> Figure:
    """Draw the loss and the primary metric of both splits, and mark the epoch of the best weights."""
    curves = {
        METRIC_NAMES.get(metric, metric): {
            SPLITS[split]: examples.logged[f"{split}/{metric}"]
            for split in SPLITS
            if f"{split}/{metric}" in examples.logged
        }
        for metric in dict.fromkeys(("loss", examples.task.primary[0].partition("/")[2]))
    }
    loss, *further = curves
    further = [metric for metric in further if curves[metric] and not nearly_equal(curves[metric], curves[loss])]
    shown = {metric: curves[metric] for metric in (loss, *further)}
    epoch = best_epoch(examples)
    return plot_learning_curves(shown, None if epoch is None else ("best weights", epoch))


def loss_parts(examples: Examples) -> dict[str, dict[str, dict[int, float]]]:
    """Return the weighted parts of the training loss by split, part and epoch, for the splits that have all of them."""
    weights = examples.task.loss_parts
    return {
        word: {
            part_name(name, weight): {
                epoch: weight * value for epoch, value in examples.logged[f"{split}/{name}"].items()
            }
            for name, weight in weights.items()
        }
        for split, word in SPLITS.items()
        if weights and all(f"{split}/{name}" in examples.logged for name in weights)
    }


def part_name(name: str, weight: float) -> str:
    """Return the name of a part of the loss with its weight."""
    return name.replace("_", " ") if weight == 1 else f"{weight:g} x {name}"


def has_loss_parts(examples: Examples) -> bool:
    """Return whether the training loss is a sum, and at least two epochs were logged."""
    return has_curves(examples) and bool(loss_parts(examples))


def draw_loss_parts(examples: Examples) -> Figure:
    """Draw the parts of the training loss and their sum."""
    return plot_loss_parts(loss_parts(examples))


def nearly_equal(splits: Splits, others: Splits) -> bool:
    """Return whether two metrics are equal up to rounding, such as squared loss and mean squared error."""
    return splits.keys() == others.keys() and all(
        values.keys() == others[split].keys()
        and all(isclose(value, others[split][epoch], rel_tol=1e-4) for epoch, value in values.items())
        for split, values in splits.items()
    )


def best_epoch(examples: Examples) -> int | None:
    """Return the epoch of best.ckpt, counted from 1, or None if the checkpoint monitors no metric."""
    for callback in examples.trainer.checkpoint_callbacks:
        if isinstance(callback, ModelCheckpoint) and callback.monitor in examples.logged:
            values = examples.logged[callback.monitor]
            losses = examples.logged.get(f"{callback.monitor.partition('/')[0]}/loss", {})
            sign = 1 if callback.mode == "min" else -1
            return min(values, key=lambda epoch: (sign * values[epoch], losses.get(epoch, 0.0), epoch))
    return None


LEARNING_CURVES = Picture("learning_curves", has_curves, draw_learning_curves, "run")
LOSS_PARTS = Picture("loss_parts", has_loss_parts, draw_loss_parts, "run")
