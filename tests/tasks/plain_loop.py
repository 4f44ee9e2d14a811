"""A plain torch loop that shares nothing with the tasks but the batches."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from nnzoo.data.loader import Loader
from nnzoo.losses.base import Loss
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components, Schedule
from nnzoo.tasks.stream import Stream
from nnzoo.training.trainers import quiet
from torch import Tensor, nn

SGD = partial(torch.optim.SGD, lr=0.1, momentum=0.9)


class Steps(nn.Module):
    """A recurrent network: output at every step, or at the last real one."""

    def __init__(self, inputs: int, outputs: int, *, every: bool) -> None:
        super().__init__()
        self.cells = nn.RNN(inputs, 5, batch_first=True)
        self.out = nn.Linear(5, outputs)
        self.every = every

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        output: Tensor = self.out(self.cells(x)[0])
        if self.every:
            return output
        return output[:, -1] if mask is None else output[torch.arange(len(x)), mask.sum(1) - 1]


class Flat(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(inputs, 5), nn.Tanh(), nn.Linear(5, outputs))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.layers(x)


def make(
    kind: type[Task], net: nn.Module, loss: Loss, spec: DataSpec, *, schedule: Schedule | None = None, **further: Any
) -> Task:
    """Return the task; of further settings those that are no part of every task are its own."""
    own = {name: further.pop(name) for name in set(further) - {field.name for field in fields(Components)}}
    settings: dict[str, Any] = {"config": {"seed": 0}, **further}
    components = Components(net=net, loss=loss, optimizer=SGD, schedule=schedule, spec=spec, **settings)
    return kind(components=components, **own)


def loaders(spec: DataSpec) -> tuple[Loader, Loader]:
    """Return shuffled training batches, the last one smaller, and validation batches."""
    train, val = (spec.fake_batch(n, torch.Generator().manual_seed(n)) for n in (33, 20))
    every = spec.per_step
    return (
        Loader(train, batch_size=8, shuffle=True, seed=1, per_step=every),
        Loader(val, batch_size=8, per_step=every),
    )


def fit(task: Task, train: Loader, val: Loader, folder: Path, *, epochs: int = 3) -> list[dict[str, float]]:
    """Train as Lightning does; return what callbacks saw at the end of each epoch."""
    seen: list[dict[str, float]] = []

    class Watch(pl.Callback):
        def on_train_epoch_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
            pass

        def on_train_epoch_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
            self.note(trainer)

        def on_train_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
            self.note(trainer)

        def note(self, trainer: pl.Trainer) -> None:
            if trainer.callback_metrics:
                seen.append({name: float(value) for name, value in trainer.callback_metrics.items()})

    with quiet():
        trainer = pl.Trainer(
            default_root_dir=folder,
            max_epochs=epochs,
            accelerator="cpu",
            callbacks=[Watch()],
            logger=False,
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
            enable_checkpointing=False,
        )
        task.stream = Stream(train)
        trainer.fit(task, task.stream, val)
    return seen


def by_hand(
    net: nn.Module,
    train: Loader,
    mean_loss: Callable[[Tensor, Batch], Tensor],
    *,
    epochs: int = 3,
    clip: Callable[[Sequence[Tensor]], Any] = lambda _: None,
) -> list[list[tuple[float, Batch, Tensor]]]:
    """Train `net` by a loop; return loss, batch and output of every step of every epoch."""
    optimizer = SGD(net.parameters())
    history = []
    for epoch in range(epochs):
        steps = []
        for batch in train.epoch(epoch):
            output = net(batch.x, batch.mask)
            loss = mean_loss(output, batch)
            optimizer.zero_grad()
            loss.backward()
            clip(list(net.parameters()))
            optimizer.step()
            steps.append((loss.item(), batch, output.detach()))
        history.append(steps)
    return history
