"""Training time: ours against a plain PyTorch loop and a conventional Lightning setup, in the same process.

Each side trains the same network on the same data with the same optimizer and batch size. The plain loop holds its
batches in memory and logs nothing; ours logs as a run does by default; validation is off on both.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import plain_networks
import pytorch_lightning as pl
import torch
from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.data.base import Data
from nnzoo.layers.cells.base import Cell
from nnzoo.runs.directory import RunDirectory
from nnzoo.tasks.base import Task
from nnzoo.training import trainers
from nnzoo.training.plan import Plan
from nnzoo.training.schedules import run_length
from torch.utils.data import DataLoader, Dataset


@dataclass(frozen=True)
class Case:
    """One comparison: overrides of a run, epochs a repeat, and the ratio to stay under."""

    name: str
    overrides: tuple[str, ...]
    epochs: int
    target: float
    conventional: bool = False
    repeats: int = 5
    torchs: type[torch.nn.RNN | torch.nn.LSTM] | None = None  # layer of the plain loop
    plain: Callable[[], torch.nn.Module] | None = None  # network of the plain loop, if it is not ours


THREADS = torch.get_num_threads()
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
WARM = 1  # epochs before the clock starts
EXAMPLES = 40000  # of the 16-32-2 case; a fifth is not learned from
SMALL = Path(tempfile.gettempdir()) / "nnzoo-bench-small.npz"
CASES = [
    Case(
        "MLP 16-32-2, batch 32",
        ("model=mlp", "model.hidden=[32]", "data=array", f"data.path={SMALL}", "data.val=0", "optimizer=sgd"),
        epochs=3,
        target=0.4,
        conventional=True,
        repeats=7,
    ),
    Case(
        "P1: RNN of 4 units on Reber strings, full batch",
        (
            "model=rnn",
            "model.hidden=4",
            "data=reber",
            "data.val=0",
            "loader.batch_size=400",
            "optimizer=sgd",
            "optimizer.lr=1.0",
        ),
        epochs=200,
        target=0.5,
        repeats=9,
        torchs=torch.nn.RNN,
    ),
    Case(
        "P3: LSTM of 20 units on embedded Reber strings, full batch",
        (
            "model=lstm",
            "model.hidden=20",
            "data=embedded_reber",
            "data.val=0",
            "loader.batch_size=400",
            "optimizer=sgd",
            "optimizer.lr=1.0",
        ),
        epochs=30,
        target=1.15,
        torchs=torch.nn.LSTM,
    ),
    Case(
        "P6: MLP 784-120-84-10 on MNIST, batch 1000",
        (
            "model=mlp",
            "model.hidden=[120,84]",
            "data=mnist",
            "data.val=0",
            "loader.batch_size=1000",
            "optimizer=sgd",
            "optimizer.lr=0.5",
        ),
        epochs=2,
        target=1.0,
        conventional=True,
    ),
    Case(
        "softmax regression on MNIST, batch 100",
        ("model=softmax_regression", "data=mnist", "data.val=0", "loader.batch_size=100", "optimizer=sgd"),
        epochs=2,
        target=1.0,
    ),
    Case(
        "linear autoencoder 784-32-784 on MNIST, batch 1000",
        (
            "model=autoencoder",
            "model.hidden=[]",
            "data=mnist",
            "data.val=0",
            "loader.batch_size=1000",
            "optimizer=adam",
        ),
        epochs=2,
        target=1.1,
    ),
    Case(
        "autoencoder 784-128-32-128-784 on MNIST, batch 100",
        ("model=autoencoder", "data=mnist", "data.val=0", "loader.batch_size=100", "optimizer=adam"),
        epochs=1,
        target=1.1,
    ),
    Case(
        "P5: LeNet-5 on MNIST, batch 1000",
        ("model=lenet5", "data=mnist", "data.val=0", "loader.batch_size=1000", "optimizer=sgd", "optimizer.lr=0.2"),
        epochs=1,
        target=1.05,
        repeats=5,
    ),
    Case(
        "LeNet-5 on digits, batch 100",
        ("model=lenet5", "data=digits", "data.val=0", "loader.batch_size=100", "optimizer=momentum"),
        epochs=20,
        target=1.05,
        plain=plain_networks.lenet5,
    ),
    Case(
        "network like VGG on digits, batch 100",
        ("model=vgg_small", "data=digits", "data.val=0", "loader.batch_size=100", "optimizer=momentum"),
        epochs=1,
        target=1.05,
        plain=plain_networks.vgg,
    ),
    Case(
        "ResNet-20 on digits of 32x32 pixels, batch 100",
        (
            "model=resnet20",
            "data=digits",
            "data.size=32",
            "data.train=500",
            "data.val=0",
            "loader.batch_size=100",
            "optimizer=momentum",
        ),
        epochs=1,
        target=1.05,
        plain=plain_networks.resnet20,
    ),
]


class EpochTimes(pl.Callback):
    """When each training epoch started and training ended, so that logging between epochs counts."""

    def __init__(self) -> None:
        self.marks: list[float] = []

    def on_train_epoch_start(self, *_: Any) -> None:
        self.marks.append(time.perf_counter())

    def on_train_end(self, *_: Any) -> None:
        self.marks.append(time.perf_counter())


def config_of(case: Case) -> dict[str, Any]:
    return plain(compose([*case.overrides, "trainer.limit_val_batches=0", f"trainer.max_epochs={case.epochs + WARM}"]))


def batch_size(case: Case) -> int:
    size: int = config_of(case)["loader"]["batch_size"]
    return size


def ours(case: Case, data: Data) -> float:
    """Return seconds an epoch of a run as the command line makes it."""
    return trained(case, data)[0]


def trained(case: Case, data: Data, *callbacks: pl.Callback) -> tuple[float, Task]:
    """Return seconds an epoch of such a run, and what it has learned."""
    config = config_of(case)
    with tempfile.TemporaryDirectory() as directory, trainers.quiet_lightning():
        task = build_task(config, data)
        plan = Plan(config, data, task)
        task.cursor = plan.cursor()
        task.length = run_length(plan.trainer, task.cursor.steps_in_epoch)
        trainer = trainers.build(plan, RunDirectory(Path(directory)))
        times = EpochTimes()
        used: list[pl.Callback] = trainer.callbacks  # type: ignore[attr-defined]
        used[:] = [times, *(c for c in used if type(c).__name__ != "Figures"), *callbacks]  # figures: after training
        trainer.fit(task, task.cursor)
    return (times.marks[-1] - times.marks[WARM]) / case.epochs, task


def loop(case: Case, data: Data) -> float:
    """Return seconds an epoch of the plain loop."""
    task = build_task(config_of(case), data)
    net: torch.nn.Module = task.net
    if case.torchs is not None:
        first: Any = next(cell for cell in task.net.modules() if isinstance(cell, Cell))
        net = TorchRecurrent(case.torchs, first.in_features, first.hidden, data.spec.target_size)
    if case.plain is not None:
        net = case.plain()
        assert [p.numel() for p in net.parameters()] == [p.numel() for p in task.net.parameters()]
    net, split, size = net.to(DEVICE), data.splits["train"].batch().to(DEVICE), batch_size(case)
    x = split.x if data.transform is None else data.transform(split.x)
    optimizer, reconstructs = task.make_optimizer(net.parameters()), data.spec.target == "input"
    start = 0.0
    for epoch in range(WARM + case.epochs):
        if epoch == WARM:
            start = time.perf_counter()
        order = torch.randperm(len(x), device=DEVICE) if size < len(x) else None
        for begin in range(0, len(x), size):
            if order is None:
                batch, y, mask = x, split.y, split.mask
            else:
                rows = order[begin : begin + size]
                batch, y, mask = x[rows], split.y[rows], None
            optimizer.zero_grad()
            loss = plain_loss(net, batch, batch.flatten(1) if reconstructs else y, mask)
            loss.backward()
            optimizer.step()
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / case.epochs


class TorchRecurrent(torch.nn.Module):
    """A recurrent network of torch's own layers, as anybody would write it."""

    def __init__(self, layer: type[torch.nn.RNN | torch.nn.LSTM], inputs: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.layer = layer(inputs, hidden, batch_first=True)
        self.readout = torch.nn.Linear(hidden, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.readout(self.layer(x)[0])


def plain_loss(net: torch.nn.Module, x: torch.Tensor, y: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    output = net(x)
    if mask is None:
        loss = torch.nn.functional.mse_loss if y.shape == output.shape else torch.nn.functional.cross_entropy
        return loss(output, y)
    values = torch.nn.functional.binary_cross_entropy_with_logits(output, y, reduction="none").sum(-1)
    return (values * mask).sum() / mask.sum()


class Conventional(pl.LightningModule):
    """A Lightning module as tutorials write it."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.net, self.make = task.net, task.make_optimizer

    def training_step(self, batch: Any, _: int) -> torch.Tensor:
        x, y = batch
        output = self.net(x)
        loss = torch.nn.functional.cross_entropy(output, y)
        self.log("train/loss", loss)
        self.log("train/acc", (output.argmax(1) == y).float().mean())
        return loss

    def configure_optimizers(self) -> Any:
        return self.make(self.net.parameters())


class Items(Dataset[Any]):
    """A data set as tutorials write it: one example at a time, transformed as it is fetched."""

    def __init__(self, data: Data) -> None:
        self.split, self.transform = data.splits["train"].batch(), data.transform

    def __len__(self) -> int:
        return len(self.split.x)

    def __getitem__(self, index: int) -> Any:
        x = self.split.x[index]
        return (x if self.transform is None else self.transform(x)), self.split.y[index]


def conventional(case: Case, data: Data) -> float:
    """Return seconds an epoch of a default Trainer with a DataLoader and self.log at each step."""
    task = build_task(config_of(case), data)
    times = EpochTimes()
    with tempfile.TemporaryDirectory() as directory, trainers.quiet_lightning():
        trainer = pl.Trainer(
            default_root_dir=directory,
            max_epochs=1,
            callbacks=[times],
            accelerator=DEVICE.type,
            enable_model_summary=False,
        )
        trainer.fit(Conventional(task), DataLoader(Items(data), batch_size=batch_size(case), shuffle=True))
    return times.marks[-1] - times.marks[0]


def prepared(case: Case) -> tuple[Data, int]:
    """Return the data of a case, and how many threads it is given, which torch has now, too."""
    config = config_of(case)
    data = build_data(config)
    threads = trainers.num_threads(Plan(config, data, build_task(config, data)), THREADS)
    torch.set_num_threads(threads)
    return data, threads


def measure(case: Case) -> dict[str, Any]:
    """Return the medians of one case: the sides take turns, so that a slow moment hits all of them."""
    data, threads = prepared(case)
    sides: dict[str, Callable[[Case, Data], float]] = {"plain": loop, "ours": ours}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for name in sides:
        sides[name](case, data)  # warm up
    for _ in range(case.repeats):
        for name, side in sides.items():
            times[name].append(side(case, data))
    steps = -(-len(data.splits["train"]) // batch_size(case))
    medians = {name: statistics.median(values) for name, values in times.items()}
    ratios = [a / b for a, b in zip(times["ours"], times["plain"], strict=True)]
    result = {
        "case": case.name,
        "threads": threads,
        "steps": steps,
        "plain_us_per_step": 1e6 * medians["plain"] / steps,
        "ours_us_per_step": 1e6 * medians["ours"] / steps,
        "ratio": statistics.median(ratios),
        "target": case.target,
    }
    if case.conventional:
        slow = conventional(case, data)
        result |= {"lightning_us_per_step": 1e6 * slow / steps, "lightning_ratio": slow / medians["plain"]}
    return result


def small_data(path: Path, examples: int) -> None:
    """Write the data of a 16-32-2 case: random examples."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(examples, 16)).astype("float32")
    np.savez(path, x=x, y=(x[:, 0] * x[:, 1] > 0).astype("int64"))


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the results of all cases, as they come."""
    small_data(SMALL, EXAMPLES)
    try:
        for case in CASES:
            yield measure(case)
    finally:
        SMALL.unlink()
