"""Numbers that are read in training: on a GPU, each read waits for all work in progress."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.kernels import scans
from nnzoo.losses import BinaryCrossEntropy, Squared
from nnzoo.losses.domain import check_classes
from nnzoo.tasks.base import Task
from nnzoo.tasks.batch_cursor import BatchCursor
from nnzoo.tasks.heads.base import mean_of_known, weighted_mean_of_known
from nnzoo.tasks.metrics import accumulator
from torch import Tensor
from torch.overrides import TorchFunctionMode

READS = {
    Tensor.item,
    Tensor.tolist,
    Tensor.__bool__,
    Tensor.__int__,
    Tensor.__float__,
    Tensor.__index__,
    Tensor.nonzero,
    Tensor.cpu,
    Tensor.numpy,
    Tensor.masked_select,
    Tensor.unique,
    torch.nonzero,
    torch.masked_select,
    torch.unique,
    Tensor.new_tensor,
    torch.equal,
}
CASES = {
    "classes": ("model=mlp", "data=digits"),
    "real": ("model=linear_regression", "data=sines"),
    "labels": ("model=lstm", "model.hidden=3", "data=reber"),
    "classes of steps": ("model=rnn", "model.hidden=3", "data=three_ones"),
    "images": ("model=lenet5", "data=digits"),
    "itself": ("model=autoencoder", "data=digits"),
    "vae": ("model=vae", "data=digits", "loss=bce"),
    "ratings": ("model=matrix_factorization", "data=toy_ratings"),
    "sequences": ("model=seq2seq", "model.cell.hidden=3", "data=reverse"),
    "penalty": ("model=mlp", "data=digits", "penalties=activation"),
}


class Reads(TorchFunctionMode):
    """Collects the functions that read numbers, or select by a mask, which reads how many there are."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        index = args[1] if func is Tensor.__getitem__ else None
        parts = index if isinstance(index, tuple) else (index,)
        masked = any(isinstance(part, Tensor) and part.dtype == torch.bool for part in parts)
        if func in READS or masked:
            self.found.append(func.__name__)
        return func(*args, **(kwargs or {}))


def made(name: str) -> tuple[Task, Callable[[int], BatchCursor]]:
    """Return a task, and a function that returns so many small batches for it."""
    config = plain(compose([*CASES[name], "optimizer=sgd"]))
    data = build_data(config)
    task = build_task(config, data)
    return task, lambda n: BatchCursor(data.train_loader(batch_size=4), limit=n)


def reads(task: Task, cursor: BatchCursor, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Return what is read in the steps on all batches, and when the metrics are updated, except what `read` reads."""
    (optimizer,) = task.make_optimizers()
    columns = []
    monkeypatch.setattr(accumulator, "read", lambda given: columns.append(given) or [[1.0] * len(c) for c in given])
    with Reads() as steps:
        for (batch,) in cursor.consume():
            task.accumulators["train"].add(task.update(batch, optimizer), batch.mask)
    with Reads() as metrics:
        task.flush("train")
    assert len(columns) == 1
    return steps.found, metrics.found


@pytest.mark.parametrize("name", CASES)
def test_steps_read_as_much_as_one_step(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of an epoch and the lengths of its sequences are read once, whatever the number of batches."""
    monkeypatch.setattr(scans, "installed", lambda: False)  # the steps of a GPU
    task, batches = made(name)
    few, many = (reads(task, batches(n), monkeypatch)[0] for n in (2, 6))
    assert len(few) == len(many), many


def test_classes_are_checked_without_a_read_on_a_gpu() -> None:
    """On the CPU, a hinge loss reads the smallest and the largest class of each batch."""

    class OnGpu(Tensor):
        is_cuda = True  # type: ignore[assignment]

    target = torch.tensor([0, 3]).as_subclass(OnGpu)
    with Reads() as reads:
        check_classes(target, 4)
    assert not reads.found
    with pytest.raises(RuntimeError, match="a target is no class from 0 to 2"):
        check_classes(target, 3)


@pytest.mark.parametrize("name", ["classes", "labels", "images", "penalty", "ratings", "classes of steps"])
def test_metrics_read_nothing_further(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses, weights and notes are read together; the sums of the metrics stay where they are until they are asked."""
    task, batches = made(name)
    assert not reads(task, batches(3), monkeypatch)[1]


def test_known_entries_without_picking_them() -> None:
    """Equal in value and gradient to the mean over the entries that are picked."""
    target = torch.randn(4, 5, dtype=torch.float64)
    target[torch.rand(4, 5) < 0.5] = torch.nan
    for loss, y in ((Squared(), target), (BinaryCrossEntropy(), target.sign().clamp(min=0))):
        outputs = [torch.linspace(-2, 2, 20, dtype=torch.float64).view(4, 5).requires_grad_() for _ in "ab"]
        known = ~y.isnan()
        picked = mean_of_known(loss, outputs[0], y, known)
        weighted = weighted_mean_of_known(loss, outputs[1], y, known)
        torch.testing.assert_close(weighted, picked)
        picked.backward()
        weighted.backward()
        torch.testing.assert_close(outputs[1].grad, outputs[0].grad)


def test_columns_are_read_together_on_a_gpu() -> None:
    class OnGpu(Tensor):
        is_cuda = True  # type: ignore[assignment]

    losses = [torch.tensor(value).as_subclass(OnGpu) for value in (0.5, 0.25)]
    counts = [torch.tensor(n).as_subclass(OnGpu) for n in (7, (1 << 24) + 1)]  # more than float32 holds
    with Reads() as found:
        assert accumulator.read([losses, counts]) == [[0.5, 0.25], [7, (1 << 24) + 1]]
    assert found.found == ["tolist"]
