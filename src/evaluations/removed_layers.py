"""Accuracy of a network without one of its layers."""

from collections.abc import Sequence
from typing import ClassVar

import torch

from ..analysis.layers.removal import removable_layers, removed, used_layers
from ..data.base import Data
from ..errors import UserError
from ..tasks.base import Task
from ..tasks.modes import evaluation_mode
from .base import Evaluation


class RemovedLayers(Evaluation):
    """How much accuracy a network loses if one of its layers is left out: acc_drop.

    acc_drop: its accuracy, minus the mean accuracy of the networks that each lack one of the layers; see `removed`.
    layers: their names, null for all residual blocks whose output has the shape of their input or, without blocks, all
    such convolutions. Raises UserError for unknown names, layers that cannot be left out, networks without such layers,
    layers that predictions do not use, and data other than vectors or images with classes. Aggarwal 8.4.5; Veit et al.
    2016.
    """

    names: ClassVar[tuple[str, ...]] = ("acc_drop",)

    def __init__(self, *, layers: Sequence[str] | None = None) -> None:
        if layers is not None and not layers:
            raise UserError("evaluations.removed_layers.layers is []; it takes names of layers, or null")
        self.layers = layers

    def check(self, task: Task, data: Data) -> None:
        """Raise UserError without classes, and for layers that cannot be left out."""
        if data.spec.target != "classes" or data.spec.form not in ("vector", "image"):
            raise UserError(f"removed layers need vectors or images with classes; the data gives {data.spec}")
        x = data.spec.fake_batch(2, torch.Generator().manual_seed(0)).x.to(task.device)
        with evaluation_mode(task), torch.no_grad():
            names = self.left_out(task, x)
            try:
                for name in names:
                    with removed(task.net.model, [name]):  # type: ignore[arg-type]
                        task.net(x)
            except ValueError as error:
                raise UserError(f"evaluations.removed_layers: {error}") from error
            used = used_layers(task.net.model, names, lambda: task.net(x))  # type: ignore[arg-type]
        if unused := [name for name in names if name not in used]:
            raise UserError(f"evaluations.removed_layers: predictions do not use layer {unused[0]}; leave it out")
        if not names:
            who = type(task.net.model).__name__
            raise UserError(f"removed layers: {who} has no block or convolution that keeps the shape; set layers")

    def left_out(self, task: Task, x: torch.Tensor) -> Sequence[str]:
        """Return the names of the layers. x: inputs of the data."""
        if self.layers is not None:
            return self.layers
        return removable_layers(task.net.model, task.net.adapter(x, None))  # type: ignore[arg-type, operator]

    def compute(self, task: Task, data: Data, split: str) -> dict[str, float]:
        """Return acc_drop."""
        x = next(iter(data.eval_loader(split))).to(task.device).x
        names = self.left_out(task, x[:1])
        right, total = correct(task, data, split)
        lost = 0
        for name in names:
            with removed(task.net.model, [name]):  # type: ignore[arg-type]
                lost += right - correct(task, data, split)[0]
        return {"acc_drop": lost / (len(names) * total)}  # of whole numbers, so that no loss is exactly 0


def correct(task: Task, data: Data, split: str) -> tuple[int, int]:
    """Return the number of correct predictions of a split, and of all."""
    right = total = 0
    for batch in data.eval_loader(split):
        batch = batch.to(task.device)
        predicted = task.predictions(task.net(batch.x, batch.mask))
        right += int((predicted == task.actual(batch.y)).sum())
        total += batch.y.numel()
    return right, total
