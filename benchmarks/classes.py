"""A training step by the number of classes: softmax, and hierarchical softmax by all outputs or on the way alone.

An MLP 64-128-K under plain gradient descent, 100 examples, classes as frequent as Zipf has it; one thread.
"""

import statistics
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.losses.base import Loss
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from nnzoo.models.mlp import MLP
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components
from nnzoo.tasks.learners.tree import Tree

CLASSES: tuple[int, ...] = (100, 1000, 10_000, 100_000)
INPUTS, HIDDEN, EXAMPLES = 64, 128, 100
WARM, REPEATS = 2, 21


class Side(NamedTuple):
    """A way of learning, and its loss."""

    task: type[Task]
    loss: Loss


def measured(classes: int, repeats: int) -> dict[str, Any]:
    """Return milliseconds of a step by side, and ratios to softmax; the sides take turns."""
    frequencies = 1 / torch.arange(1.0, classes + 1)
    sides = {
        "softmax": Side(Task, CrossEntropy()),
        "all outputs": Side(Task, HierarchicalSoftmax()),
        "random tree": Side(Tree, HierarchicalSoftmax()),
        "Huffman tree": Side(Tree, HierarchicalSoftmax(frequencies=frequencies.tolist())),
    }
    generator = torch.Generator().manual_seed(0)
    targets = frequencies.multinomial(EXAMPLES, replacement=True, generator=generator)
    batch = Batch(torch.randn(EXAMPLES, INPUTS, generator=generator), targets)
    steps = {name: stepping(side, classes) for name, side in sides.items()}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(WARM + repeats):
        for name, (task, optimizer) in steps.items():
            start = time.perf_counter()
            task.update(batch, optimizer)
            times[name].append(1000 * (time.perf_counter() - start))
    return {
        "classes": classes,
        "ms": {name: statistics.median(values[WARM:]) for name, values in times.items()},
        "ratios": {
            name: statistics.median(a / b for a, b in zip(values[WARM:], times["softmax"][WARM:], strict=True))
            for name, values in times.items()
        },
    }


def stepping(side: Side, classes: int) -> tuple[Task, torch.optim.Optimizer]:
    """Return a task and its optimizer."""
    model = MLP(in_features=INPUTS, out_features=side.loss.out_features(classes), hidden=[HIDDEN])
    components = Components(
        net=Network(model, identity, masked=False),
        loss=side.loss,
        optimizer=partial(torch.optim.SGD, lr=0.1),
        spec=DataSpec("real", (INPUTS,), "classes", classes),
        config={},
    )
    task = side.task(components=components)
    return task, task.make_optimizer(task.net.parameters())


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the results by number of classes."""
    torch.set_num_threads(1)
    for classes in CLASSES:
        yield measured(classes, repeats=REPEATS // 3 if classes > 10_000 else REPEATS)
