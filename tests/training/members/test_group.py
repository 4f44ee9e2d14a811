"""Groups of small members, against plain loops and their own networks."""

import csv
import math
import signal
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.runs.signals import Interrupted, Signals
from nnzoo.training.fit import DIRECT
from nnzoo.training.members import group as module
from nnzoo.training.members.group import Group, evaluate_members, write_logs
from nnzoo.training.members.member import Member
from torch import nn
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from tests.support.members import begun

STEPS = 3  # 40, 40 and 28 examples
SGD = ("optimizer=momentum", "optimizer.lr=0.5", "optimizer.momentum=0.5")


def group(folder: Path, *overrides: str, number: int = 2) -> Group:
    return Group(begun(folder, *SGD, *overrides, number=number), Signals(deferred=True))


def by_hand(member: Member, epochs: list[list[int]], *, order: int | None = None, clip: float | None = None) -> Any:
    """Return a copy of the network of a member after the steps with these numbers in each epoch, and their losses.

    order: the epoch whose order counts, None for each its own.
    """
    net, losses = deepcopy(member.task.net), []
    for p in net.parameters():
        p.data, p.grad = p.data.clone(), None
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.5)
    for epoch, numbers in enumerate(epochs):
        batches = [*member.plan.train_loader().epoch(epoch if order is None else order)]
        for number in numbers:
            loss = cross_entropy(net(batches[number].x), batches[number].y)
            optimizer.zero_grad()
            loss.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimizer.step()
            losses.append((loss.item(), len(batches[number].y)))
    return net, losses


def mean(losses: list[tuple[float, int]]) -> float:
    return sum(loss * n for loss, n in losses) / sum(n for _, n in losses)


def test_two_epochs_of_steps(tmp_path: Path) -> None:
    made = group(tmp_path, "trainer.gradient_clip_val=0.05")
    expected = [by_hand(member, [[0, 1, 2], [0, 1, 2]], clip=0.05) for member in made.members]
    for _ in range(2):
        assert not list(made.run_epoch())
    assert (made.epoch, made.done) == (2, 0)
    for member, (net, losses) in zip(made.members, expected, strict=True):
        assert_close(member.task.net.state_dict(), net.state_dict())
        assert member.trainer.metrics["train/loss"] == pytest.approx(mean(losses[3:]), rel=1e-4)
        assert (member.trainer.current_epoch, member.trainer.global_step) == (2, 2 * STEPS)
        batch = member.plan.data.splits["val"].batch()
        loss = cross_entropy(net(batch.x), batch.y).item()
        assert member.trainer.metrics["val/loss"] == pytest.approx(loss, rel=1e-4)
    first, second = (member.trainer.metrics["train/loss"] for member in made.members)
    assert first != pytest.approx(second, rel=1e-3)


def test_the_same_batches_in_every_epoch(tmp_path: Path) -> None:
    made = group(tmp_path, "trainer.overfit_batches=2")
    expected = [by_hand(member, [[0, 1], [0, 1]], order=0)[0] for member in made.members]
    for _ in range(2):
        assert not list(made.run_epoch())
    for member, net in zip(made.members, expected, strict=True):
        assert_close(member.task.net.state_dict(), net.state_dict())
        assert member.trainer.global_step == 4


def test_the_rest_of_an_epoch(tmp_path: Path) -> None:
    """Its metrics are added to those of the steps before."""
    made = group(tmp_path)
    made.done = 2
    for member in made.members:
        member.task.cursor.steps_done = 2  # type: ignore[union-attr]
    made.metrics.losses, made.metrics.examples = np.array([80.0, 160.0]), np.array([80.0, 80.0])
    expected = [by_hand(member, [[2]]) for member in made.members]
    assert not list(made.run_epoch())
    for row, (member, (net, losses)) in enumerate(zip(made.members, expected, strict=True)):
        assert_close(member.task.net.state_dict(), net.state_dict())
        assert member.trainer.global_step == 1
        assert member.trainer.metrics["train/loss"] == pytest.approx((80 * (row + 1) + 28 * losses[0][0]) / 108)


def test_the_last_epoch_is_cut_by_the_number_of_steps(tmp_path: Path) -> None:
    """It has no validation."""
    made = group(tmp_path, "trainer.max_steps=4")
    members = made.members
    expected = [by_hand(member, [[0, 1, 2], [0]])[0] for member in members]
    first = list(made.run_epoch())
    validated = [member.trainer.metrics["val/loss"] for member in members]
    assert [*first, *made.train()] == []
    assert made.ended == members
    assert made.members == []
    for member, net, loss in zip(members, expected, validated, strict=True):
        assert_close(member.task.net.state_dict(), net.state_dict())
        assert member.trainer.global_step == 4
        assert member.trainer.metrics["val/loss"] == loss
        assert "val/loss" not in member.task.metric_log.latest
        assert member.files.stored(member.directory.checkpoint("last")) is not None


def test_rates_of_a_schedule_by_step(tmp_path: Path) -> None:
    schedule = ("scheduler=step", "scheduler.interval=step", "scheduler.step_size=2", "scheduler.gamma=0.1")
    made = group(tmp_path, *schedule)
    seen: list[Any] = []
    step = made.updates.step
    made.updates.step = lambda: (seen.append(made.updates.lr), step())[1]  # type: ignore[attr-defined, method-assign]
    assert not list(made.run_epoch())
    assert seen == pytest.approx([0.5, 0.5, 0.05])
    assert [member.task.lr for member in made.members] == pytest.approx([0.05, 0.05])  # of the last step
    assert [member.optimizers[0].param_groups[0]["lr"] for member in made.members] == pytest.approx([0.05, 0.05])


def test_actions_after_a_step(tmp_path: Path) -> None:
    made = group(tmp_path)
    seen: list[int] = []
    for number, member in enumerate(made.members):
        member.task.after_step = [lambda number=number: seen.append(number)]  # type: ignore[misc]
    made.assemble()
    assert not list(made.run_epoch())
    assert seen == [0, 1] * STEPS


def test_each_gradient_is_clipped_by_itself(tmp_path: Path) -> None:
    made = group(tmp_path, "trainer.gradient_clip_val=2.0", "trainer.gradient_clip_algorithm=value")
    made.stack.gradients[0], made.stack.gradients[1] = 1.0, -5.0
    made.clip()
    assert made.stack.gradients.unique(dim=1).tolist() == [[1.0], [-2.0]]


def test_a_member_that_diverges_in_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With slices of one step it leaves after the first; the others take their remaining steps."""
    monkeypatch.setattr(module, "SLICE_SECONDS", 0.0)
    made = group(tmp_path, number=3)
    members = made.members
    made.stack.weights[1] = math.nan
    expected = {row: by_hand(members[row], [[0, 1, 2]]) for row in (0, 2)}
    assert list(made.run_epoch()) == [members[1]]
    assert members[1].result is not None
    assert members[1].result.status == "diverged"
    assert "train/loss is nan in epoch 1" in members[1].result.message
    assert members[1].trainer.global_step == 1
    assert made.members == [members[0], members[2]]
    assert made.ended == []
    for row, (net, losses) in expected.items():
        assert_close(members[row].task.net.state_dict(), net.state_dict())
        assert members[row].trainer.metrics["train/loss"] == pytest.approx(mean(losses), rel=1e-4)
        assert members[row].trainer.global_step == STEPS


def test_a_member_that_diverges_in_validation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = group(tmp_path, number=3)
    members = made.members
    found = [{"loss": float(row), "acc": 0.5} for row in range(3)]
    monkeypatch.setattr(made, "evaluate", lambda split, loaders: (found, [None, math.inf, None]))
    for member in members:
        member.start_epoch()
    assert list(made.validate()) == [members[1]]
    assert "val/loss is inf in epoch 1" in str(members[1].result)
    assert made.members == [members[0], members[2]]
    assert [member.trainer.metrics.get("val/loss") for member in members] == [0.0, None, 2.0]
    made.leave([0, 1])
    assert made.ended == []
    assert len(made.stack) == 2


def test_all_members_diverge(tmp_path: Path) -> None:
    made = group(tmp_path)
    members = made.members
    made.stack.weights.fill_(math.nan)
    assert list(made.train()) == members
    assert made.members == made.ended == []


def test_losses_of_an_evaluation(tmp_path: Path) -> None:
    """The first loss that is not finite counts."""
    made = group(tmp_path)
    made.stack.weights[1] = math.nan
    found, losses = made.evaluate("val", [member.plan.validation() for member in made.members])
    assert losses[0] is None
    assert math.isnan(losses[1] or 0)
    batch = made.members[0].plan.data.splits["val"].batch()
    assert found[0]["loss"] == pytest.approx(cross_entropy(made.members[0].task.net(batch.x), batch.y).item())
    assert made.members[0].task.net.training


def test_the_number_of_validation_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not limit a test."""
    made = group(tmp_path, "trainer.limit_val_batches=1")
    limits: list[Any] = []

    def batches(loaders: Any, limit: Any) -> Iterator[Any]:
        limits.append(limit)
        return original(loaders, limit)

    original = module.evaluation_batches
    monkeypatch.setattr(module, "evaluation_batches", batches)
    for split in ("val", "test"):
        made.evaluate(split, [member.plan.data.eval_loader(split) for member in made.members])
    assert limits == [1, None]


def test_epochs_with_validation(tmp_path: Path) -> None:
    made = group(tmp_path, "trainer.check_val_every_n_epoch=3")
    found = []
    for made.epoch in range(6):
        found.append(made.validates)
    assert found == [False, False, True] * 2
    assert not group(tmp_path, "trainer.limit_val_batches=0").validates


@pytest.mark.parametrize(
    ("every", "end", "expected"),
    [(5.0, 100.01, 105.01), (5.0, 101.0, 151.0), (0.0, 100.01, 100.51)],
)
def test_checkpoints_take_little_of_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: float, end: float, expected: float
) -> None:
    """At most 2 %: 1 second in 50."""
    made = group(tmp_path, f"callbacks.last.every_seconds={every}")
    assert made.every_seconds == every
    made.save_at = 99.0
    clock = iter([98.0, 99.0, 100.0, end])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    made.save_if_due()
    files = [member.directory.checkpoint("last") for member in made.members]
    assert not any(file.is_file() for file in files)
    made.save_if_due()
    assert all(file.is_file() for file in files)
    assert made.save_at == pytest.approx(expected)


def test_metrics_are_written_without_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = group(tmp_path, "~callbacks.last")
    assert made.every_seconds is None
    list(made.run_epoch())
    made.save_at = 99.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 99.0))
    made.save_if_due()
    assert made.save_at == 99.0 + module.LOG_SECONDS
    for member in made.members:
        assert not member.directory.checkpoint("last").is_file()
        assert epochs(member) == ["1"]


def epochs(member: Member) -> list[str]:
    with member.directory.metrics_file.open(newline="") as file:
        return [row["epoch"] for row in csv.DictReader(file)]


@pytest.mark.parametrize("setting", ["callbacks.last.every_seconds=100", "~callbacks.last"])
def test_a_signal_ends_the_group_with_its_logs(tmp_path: Path, setting: str) -> None:
    made = group(tmp_path, setting)
    list(made.run_epoch())
    made.signals.received = signal.SIGTERM
    with pytest.raises(Interrupted) as error:
        made.save_if_due()
    assert error.value.number == signal.SIGTERM
    for member in made.members:
        assert member.directory.checkpoint("last").is_file() == ("~" not in setting)
        assert epochs(member) == ["1"]


def test_what_a_checkpoint_reads_is_stored(tmp_path: Path) -> None:
    made = group(tmp_path, "~callbacks.best")
    list(made.run_epoch())
    assert [member.task.accumulators["train"].weight for member in made.members] == [0, 0]
    made.members[1].store()
    assert [member.task.accumulators["train"].weight for member in made.members] == [0, 108]
    assert [bool(member.optimizers[0].state) for member in made.members] == [False, True]


def test_checkpoints_within_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each slice except the last one, which validation follows."""
    monkeypatch.setattr(module, "SLICE_SECONDS", 0.0)
    made = group(tmp_path)
    seen: list[Any] = []
    made.save_if_due = lambda: seen.append([each.task.cursor.steps_done for each in made.members])  # type: ignore
    list(made.run_epoch())
    assert seen == [[1, 1], [2, 2]]
    assert made.done == 0


def test_logs_are_written(tmp_path: Path) -> None:
    made = group(tmp_path)
    list(made.run_epoch())
    assert not any(member.directory.metrics_file.exists() for member in made.members)
    write_logs(made.members)
    assert [epochs(member) for member in made.members] == [["1"], ["1"]]
    assert not any(member.task.metric_log.unwritten for member in made.members)
    assert all([*member.directory.path.glob("events*")] for member in made.members)


def test_results_of_the_last_and_the_best_weights(tmp_path: Path) -> None:
    made = group(tmp_path, "evaluate=[test,val]", number=2)
    members = made.members
    assert not list(made.train())
    best = members[1].best
    assert best is not None
    changed = {name: value + 1.0 for name, value in best.items()}
    members[1].files.pending[members[1].directory.checkpoint("best").absolute()]["state_dict"] = changed
    members[0].files.pending.pop(members[0].directory.checkpoint("best").absolute())
    last = [deepcopy(member.task.state_dict()) for member in members]
    evaluate_members(made.ended, Signals(deferred=True))
    for row, member in enumerate(members):
        assert_close(member.task.state_dict(), last[row])
        assert member.result is not None
        assert member.result.status == "done"
        assert member.result.engine == DIRECT
        assert [*member.result.metrics] == ["test/last", "val/last", *(["test/best", "val/best"] if row else [])]
        assert member.directory.results() == member.result.metrics
        for which, state in (("last", last[row]), ("best", changed if row else None)):
            if state is None:
                continue
            member.task.load_state_dict(state)
            for split in ("test", "val"):
                batch = member.plan.data.splits[split].batch()
                output = member.task.net(batch.x)
                found = member.result.metrics[f"{split}/{which}"]
                assert found["loss"] == pytest.approx(cross_entropy(output, batch.y).item(), rel=1e-4)
                assert found["acc"] == pytest.approx((output.argmax(1) == batch.y).float().mean().item())
