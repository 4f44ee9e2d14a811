"""Captured steps on the CPU, where a recorder that takes the step again stands in for a CUDA graph."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from nnzoo.data.loader import Loader
from nnzoo.errors import UserError
from nnzoo.losses import CrossEntropy
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.captured_steps import (
    WARM_UP,
    CapturedSteps,
    make_capturable,
    portable_state,
    why_not_capturable,
)
from nnzoo.tasks.step import Step
from torch import nn
from torch.optim import SGD, Adagrad, Adam, Optimizer, RMSprop
from torch.testing import assert_close

from tests.support.tasks import make

SPEC = DataSpec("real", (5,), "classes", 3)


class Again:
    """Record a step as a graph does: without an effect, into memory that each replay overwrites."""

    def __init__(self, net: nn.Module, optimizer: Optimizer) -> None:
        self.net, self.optimizer = net, optimizer
        self.warm, self.records, self.replays = 0, 0, 0

    def warm_up(self, take: Callable[[], Step]) -> Step:
        self.warm += 1
        return take()

    def record(self, take: Callable[[], Step]) -> tuple[Step, Callable[[], object]]:
        self.records += 1
        before = deepcopy((self.net.state_dict(), self.optimizer.state_dict()))
        step = take()
        self.net.load_state_dict(before[0])
        self.optimizer.load_state_dict(before[1])
        constant = deepcopy(self.optimizer.state_dict()["param_groups"])

        def replay() -> None:
            self.replays += 1
            now = self.optimizer.state_dict()["param_groups"]
            assert now == constant, "a graph has its settings as constants"
            again = take()
            step.loss.copy_(again.loss)
            step.output.copy_(again.output)

        return step, replay


def net() -> nn.Module:
    torch.manual_seed(0)

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))

        def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
            return self.layers(x)

    return Net().double()


def batches(n: int = 43) -> Loader:
    x = torch.randn(n, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return Loader(Batch(x, x.argmax(1) % 3), batch_size=8, shuffle=True)


def pair(optimizer: Any = SGD, **settings: Any) -> tuple[Any, Any, Again]:
    """Return two equal tasks with their optimizers, and the captured steps of the second."""
    settings = {"engine": "autograd", "optimizer": lambda p: optimizer(p, lr=0.1)} | settings
    tasks = [make(Task, net(), CrossEntropy(), SPEC, **settings) for _ in "ab"]
    (one,), (other,) = (task.make_optimizers() for task in tasks)
    recorder = Again(tasks[1].net, other)
    return (
        (tasks[0], one),
        (tasks[1], other, CapturedSteps(tasks[1].update, tasks[1].net, [other], recorder=recorder)),
        recorder,
    )


def take(captured: CapturedSteps, optimizer: Optimizer) -> None:
    """Take the steps of an epoch."""
    for batch in batches().epoch(0):
        captured(batch, optimizer)


@pytest.mark.parametrize("clip", [None, 0.1], ids=["", "clipped"])
def test_equals_steps_that_are_not_captured(clip: float | None) -> None:
    """Value and weights at each step, with smaller batches and a change of the learning rate in between."""
    (plain, one), (task, other, captured), recorder = pair(clip_value=clip)
    kept = []
    for epoch in range(3):
        for optimizer in (one, other):
            optimizer.param_groups[0]["lr"] = 0.1 / (1 + epoch)
        for batch in batches().epoch(epoch):
            expected, found = plain.update(batch, one), captured(batch, other)
            assert_close((found.loss, found.output, found.target), (expected.loss, expected.output, batch.y))
            kept.append((found, expected))
            for p, q in zip(task.net.parameters(), plain.net.parameters(), strict=True):
                assert_close(p, q)
    for found, expected in kept:  # a later replay does not change an earlier result
        assert_close((found.loss, found.output), (expected.loss, expected.output))
    assert recorder.warm == WARM_UP
    assert recorder.records == 3  # one for each learning rate
    assert recorder.replays == 3 * 5 - WARM_UP


def test_only_the_first_form_of_batches_is_captured() -> None:
    _, (_, other, captured), recorder = pair()
    x = torch.randn(20, 5, dtype=torch.float64)
    for size in (6, 4, 6, 4, 6, 4, 6, 4, 6):  # the fourth batch of 6 examples comes before that of 4
        captured(Batch(x[:size], torch.zeros(size, dtype=torch.long)), other)
    assert (recorder.records, recorder.replays) == (1, 2)


def test_gradients_are_those_of_the_last_step() -> None:
    """A smaller batch leaves gradients of its own; those of the graph come back with its next step."""
    _, (task, other, captured), recorder = pair()
    x = torch.randn(8, 5, dtype=torch.float64)
    full, part = (Batch(x[:n], torch.zeros(n, dtype=torch.long)) for n in (8, 3))
    for _ in range(WARM_UP + 1):
        captured(full, other)
    recorded = captured.recording.grads
    recorder.record = None  # type: ignore[method-assign,assignment]  # not recorded again
    captured(part, other)
    assert all(p.grad is not grad for p, grad in zip(task.net.parameters(), recorded, strict=True))
    captured(full, other)
    assert all(p.grad is grad for p, grad in zip(task.net.parameters(), recorded, strict=True))


def test_an_error_of_the_device_is_one_line() -> None:
    _, (_, other, captured), recorder = pair()

    def fail(take: Callable[[], Step]) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing\nand much more")

    recorder.record = fail  # type: ignore[method-assign]
    reason = (
        r"trainer.cuda_graphs=true: the step cannot be captured \(operation not permitted .* capturing\); leave it out"
    )
    with pytest.raises(UserError, match=f"^{reason}$"):
        take(captured, other)


def test_a_network_that_replaces_a_buffer_is_refused() -> None:
    """A replayed step would read the old tensor again and again."""
    _, (task, other, captured), recorder = pair()
    task.net.register_buffer("count", torch.zeros(1))

    def record(take: Callable[[], Step]) -> Any:
        step = take()
        task.net.count = task.net.count + 1
        return step, lambda: None

    recorder.record = record  # type: ignore[method-assign]
    with pytest.raises(UserError, match="it replaces 'count' of the network by a new tensor"):
        take(captured, other)


@pytest.mark.parametrize("kind", [Adam, RMSprop, SGD])
def test_the_state_of_an_optimizer_is_as_if_nothing_had_been_captured(kind: Any) -> None:
    parameter = nn.Parameter(torch.ones(2))
    optimizer = kind([parameter], lr=0.1)
    parameter.grad = torch.ones(2)
    optimizer.step()
    before = deepcopy(optimizer.state_dict())
    make_capturable(optimizer)
    assert [group.get("capturable", True) for group in optimizer.param_groups] == [True]
    found = portable_state(optimizer.state_dict())
    assert found["param_groups"] == before["param_groups"]
    assert_close(found["state"], before["state"])


def test_optimizers_whose_steps_cannot_be_captured() -> None:
    parameters = [nn.Parameter(torch.ones(2))]
    assert why_not_capturable(SGD(parameters, lr=0.1)) is None
    assert why_not_capturable(Adam(parameters)) is None
    assert why_not_capturable(Adagrad(parameters)) == "the steps of optimizer Adagrad cannot be captured"
