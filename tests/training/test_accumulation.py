"""Runs whose steps use several batches equal runs with larger batches."""

from pathlib import Path

import pytest
from nnzoo import api
from nnzoo.errors import DataWarning, UserError
from nnzoo.spec import Batch
from nnzoo.tasks.base import Task
from nnzoo.tasks.learners.local_rule import LocalRuleTask
from nnzoo.tasks.step import Step
from torch.optim import Optimizer
from torch.testing import assert_close

from tests.support.commands import exit_code
from tests.support.runs import TINY, assert_same_outcome, checkpoint, only, rows, same, train, weights

PRECISE = ("trainer.precision=64-true", "optimizer=momentum", "optimizer.lr=0.05", "trainer.gradient_clip_val=0.5")
FOUR = ("loader.batch_size=50", "trainer.accumulate_grad_batches=4")  # 26 batches: six steps of four, one of two


@pytest.mark.parametrize(
    "further",
    [
        ("scheduler=warmup", "scheduler.total_iters=9"),
        ("scheduler=step", "scheduler.step_size=1", "callbacks=ema", "callbacks.ema.decay=0.8"),
        ("trainer.max_steps=10", "trainer.steps_per_slice=3", "penalties=weights"),
    ],
    ids=["schedule by step", "schedule by epoch, average", "max_steps"],
)
def test_equals_a_run_with_large_batches(tmp_path: Path, further: tuple[str, ...]) -> None:
    small = train(tmp_path / "small", *PRECISE, *FOUR, *further).directory
    large = train(tmp_path / "large", *PRECISE, "loader.batch_size=200", *further).directory
    steps = 10 if "trainer.max_steps=10" in further else 14
    assert checkpoint(small)["global_step"] == checkpoint(large)["global_step"] == steps
    assert same(checkpoint(small)["lr_schedulers"], checkpoint(large)["lr_schedulers"])
    assert_close(weights(small), weights(large), rtol=1e-9, atol=1e-12)
    assert len(rows(small)) == len(rows(large)) > 0
    for one, other in zip(rows(small), rows(large), strict=True):
        assert one.keys() == other.keys()
        assert_close([float(one[key] or "nan") for key in one], [float(other[key] or "nan") for key in other],
                     rtol=1e-6, atol=1e-9, equal_nan=True)  # fmt: skip


class Stop(Exception):
    pass


def test_stopped_between_two_batches_of_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = (*FOUR, "model.dropout=0.3", "trainer.steps_per_slice=1", "callbacks.last.every_seconds=0")
    settings += ("trainer.engine=autograd",)  # which takes the gradient of one batch after the other
    whole = train(tmp_path / "whole", *settings)
    gradient, calls = Task.gradient, []

    def stopping(self: Task, batch: Batch, share: float = 1.0) -> Step:
        calls.append(1)
        if len(calls) == 26 + 7:  # the third batch of the second step of the second epoch
            raise Stop
        return gradient(self, batch, share)

    with monkeypatch.context() as patch:
        patch.setattr(Task, "gradient", stopping)
        with pytest.raises(Stop):
            train(tmp_path / "half", *settings)
    half = only(tmp_path / "half")
    assert checkpoint(half)["global_step"] == 7 + 1
    with pytest.raises(UserError, match=r"accumulate_grad_batches=2': a resumed run can only change .* except"):
        api.resume(half, "trainer.accumulate_grad_batches=2")
    api.resume(half)
    assert_same_outcome(half, whole.directory)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("model=perceptron", "data=iris", "rule.online=true"), "rule.online=true takes a step after every example"),
        (("model=pocket", "data=iris"), "counts the training errors after every batch"),
        (("model=gan", "data=ring"), "takes steps of two networks on every batch"),
        (("model=ridge", "data=sines"), "a closed form uses all batches of an epoch"),
        (("model=skip_gram", "data=corpus"), "task 'word2vec' takes several steps in a batch"),
        (("model=linear", "data=digits", "task=tree"), "task 'tree' computes different rows for every batch"),
        (
            ("model=autoencoder", "data=toy_ratings", "data.layout=rows", "penalties=activation"),
            "the loss is averaged over known entries, but penalties.activation over examples",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: tuple[str, ...], reason: str
) -> None:
    more = "trainer.accumulate_grad_batches=2"
    assert exit_code("train", *settings, more, f"output_dir={tmp_path}", "trainer.max_epochs=1") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [0, -3])
def test_out_of_range(tmp_path: Path, value: int) -> None:
    with pytest.raises(UserError, match=f"accumulate_grad_batches is {value}; it must be at least 1"):
        train(tmp_path, f"trainer.accumulate_grad_batches={value}")


def test_batch_normalization_is_noted(tmp_path: Path) -> None:
    with pytest.warns(DataWarning, match=r"statistics of each batch of 50 examples, not of all 4 batches of a step"):
        train(tmp_path, *FOUR, "model.norm=batch", "trainer.max_epochs=1")


def test_a_local_rule_counts_its_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    accumulate = LocalRuleTask.accumulate

    def counting(self: LocalRuleTask, batches: list[Batch], *optimizers: Optimizer) -> list[Step]:
        steps = accumulate(self, batches, *optimizers)
        taken.append((self.steps_taken, len(batches)))
        return steps

    monkeypatch.setattr(LocalRuleTask, "accumulate", counting)
    settings = [line for line in TINY if not line.startswith("model")]
    settings += ["model=rbm", "trainer.max_epochs=1", "loader.batch_size=200", "trainer.accumulate_grad_batches=3"]
    api.train(*settings, output_dir=tmp_path)
    assert taken == [(1, 3), (2, 3)]  # the seventh batch is alone
    assert checkpoint(only(tmp_path))["global_step"] == 3
