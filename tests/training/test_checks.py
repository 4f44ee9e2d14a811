"""Checks of a plan that need no run."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs import memory
from nnzoo.tasks.penalties import ActivationPenalty, WeightPenalty
from nnzoo.tasks.random_state import is_same_state, random_state
from nnzoo.training import checks
from nnzoo.training.checks import (
    check_distribution,
    check_evaluations,
    check_frozen,
    check_memory_of_batch,
    check_metrics,
    check_parts,
    check_rates,
    check_sizes,
)
from torch import nn

from tests.support.commands import exit_code
from tests.support.members import member
from tests.support.runs import TINY


@pytest.mark.parametrize(
    ("truncated", "values", "needed", "available", "advice"),
    [
        (None, 1000, 10 * 2 * 4 * 7 * 1000, 4.99 * 56_000, "use loader.batch_size=4"),
        (3, 1000, 10 * 2 * 4 * 3 * 1000, 24_000, "use loader.batch_size=1"),
        (None, 2000, 10 * 2 * 4 * 7 * 2000, 111_999, "a network that embeds tokens, such as model=gru, takes less"),
    ],
)
def test_batches_of_counts_that_do_not_fit_into_memory(
    truncated: int | None, values: int, needed: int, available: float, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float32, with one copy."""
    split = SimpleNamespace(base=SimpleNamespace(x=SimpleNamespace(shape=(50, 7))))
    plan: Any = SimpleNamespace(
        data=SimpleNamespace(step_values=values),
        train_loader=lambda: SimpleNamespace(batch_size=10, split=split),
        trainer=SimpleNamespace(truncated_bptt_steps=truncated),
    )
    monkeypatch.setattr(memory, "GIGABYTE", 1.0)  # so that all digits are in the message
    for module in (memory, checks):
        monkeypatch.setattr(module, "available_memory", lambda: available)
    with pytest.raises(UserError) as error:
        check_memory_of_batch(plan)
    steps = truncated or 7
    assert str(error.value).startswith(
        f"a batch of 10 sequences of {steps} steps, each read as {values} numbers, takes about {needed} GB"
    )
    assert str(error.value).endswith(f"; {advice}")
    for module in (memory, checks):
        monkeypatch.setattr(module, "available_memory", lambda: float(needed))
    check_memory_of_batch(plan)
    plan.data.step_values = 0
    monkeypatch.setattr(memory, "available_memory", lambda: 0.0)
    check_memory_of_batch(plan)


def test_two_callbacks_on_one_metric_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A checkpoint keeps the state of one of them only."""
    stop = "{_target_:pytorch_lightning.callbacks.EarlyStopping,monitor:val/loss}"
    given = ("callbacks=early_stopping", "callbacks.early_stopping.monitor=val/loss", f"+callbacks.second={stop}")
    assert exit_code("train", *TINY, *given, f"output_dir={tmp_path}") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "callbacks.second monitors the same metric as callbacks.early_stopping; set another monitor" in line


def task(net: nn.Module, **further: Any) -> Any:
    return SimpleNamespace(net=net, **further)


def test_networks_whose_weights_are_all_frozen() -> None:
    net = nn.Linear(2, 1)
    check_frozen(task(net))
    check_frozen(task(nn.ReLU()))
    net.weight.requires_grad_(False)
    check_frozen(task(net))
    net.bias.requires_grad_(False)
    with pytest.warns(
        DataWarning, match=r"^all 2 parameters of the network are frozen \(requires_grad=False\)"
    ) as warned:
        frozen(net)
    assert warned[0].filename == __file__  # of the caller of the check of a plan


def frozen(net: nn.Module) -> None:
    check_frozen(task(net))


@pytest.mark.parametrize(("factor", "fails"), [(1.0, False), (1 + 5e-7, False), (1 + 1.5e-6, True), (0.5, True)])
def test_schedules_that_change_the_ratio_of_rates(factor: float, fails: bool) -> None:
    """Rates of 0.1 and 0.05 become half of that, or the second one a little more."""

    class Schedule:
        def __init__(self, optimizer: Any) -> None:
            for group, rate in zip(optimizer.param_groups, (0.05, 0.025 * factor), strict=True):
                group["lr"] = rate

    def make() -> list[Any]:
        return [SimpleNamespace(param_groups=[{"lr": 0.1}, {"lr": 0.05}])]

    for factors, schedule in (([1], None), ([], SimpleNamespace(make=Schedule))):
        check_rates(task(nn.ReLU(), make_optimizers=make, schedule=schedule, config={"lr_factors": factors}))
    given = task(nn.ReLU(), make_optimizers=make, schedule=SimpleNamespace(make=Schedule), config={"lr_factors": [0.5]})
    if not fails:
        check_rates(given)
        return
    with pytest.raises(UserError, match=r"^scheduler Schedule sets the same learning rate for all parameters"):
        check_rates(given)


def test_the_first_batch_of_the_metrics_is_forgotten(tmp_path: Path) -> None:
    """And random numbers are as before."""
    plan = member(tmp_path, 0, "model.dropout=0.5").plan
    accumulator, before = plan.task.accumulators["val"], random_state()
    check_metrics(plan)
    assert (accumulator.weight, accumulator.loss, accumulator.buffer) == (0, 0, [])
    assert accumulator.metrics.total is None
    assert is_same_state(before, random_state())
    assert plan.task.net.training


def test_metrics_of_evaluations_have_names_of_their_own() -> None:
    checked: list[Any] = []
    names = {"one": ["a"], "two": ["b", "acc"]}
    made = {
        key: SimpleNamespace(names=names[key], check=lambda task, data: checked.append((task.name, data)))
        for key in names
    }
    metrics = SimpleNamespace(name="task", metric_names=lambda split: [f"{split}/loss", f"{split}/f1"])
    plan: Any = SimpleNamespace(task=metrics, data="data", evaluations=made)
    check_evaluations(plan)
    assert checked == [("task", "data")] * 2
    made["two"].names = ["b", "a"]
    with pytest.raises(UserError, match=r"^evaluations\.two: there is already a metric a; leave one of them out$"):
        check_evaluations(plan)
    made["one"].names = ["f1"]
    with pytest.raises(UserError, match=r"^evaluations\.one: there is already a metric f1"):
        check_evaluations(plan)


@pytest.mark.parametrize(
    ("split", "size", "message"),
    [
        ("val", 2, None),
        ("val", 1, "r2 needs at least 2 examples, but the val split has 1; increase data.val or set data.val=0"),
        ("test", 1, "r2 needs at least 2 examples, but the test split has 1; set evaluate=[]"),
    ],
)
def test_sizes_of_splits(split: str, size: int, message: str | None) -> None:
    metrics = SimpleNamespace(minimum=2, modes={"r2": "max", "mse": "min"})
    plan: Any = SimpleNamespace(
        task=SimpleNamespace(accumulators={"test": SimpleNamespace(metrics=metrics)}),
        data=SimpleNamespace(splits={"train": range(5), split: range(size)}),
        config={"data": {"val": 0.1}},
    )
    if message is None:
        check_sizes(plan, ["train", split])
        return
    with pytest.raises(UserError) as error:
        check_sizes(plan, ["train", split])
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("size", "graphs", "batch_size", "message"),
    [
        (2, False, 2, None),
        (3, False, 2, "trainer.devices=3: more processes than examples in a batch (loader.batch_size=2)"),
        (2, True, 2, "trainer.devices=2: trainer.cuda_graphs=true captures the steps of one device; leave it out"),
    ],
)
def test_processes_that_train_together(size: int, graphs: bool, batch_size: int, message: str | None) -> None:
    together = SimpleNamespace(
        net=nn.ReLU(), spec=SimpleNamespace(partial=False), penalties={}, why_not_distributed=lambda: None
    )
    plan: Any = SimpleNamespace(
        task=together,
        trainer=SimpleNamespace(cuda_graphs=graphs),
        train_loader=lambda: SimpleNamespace(batch_size=batch_size),
    )
    if message is None:
        check_distribution(plan, size)
        together.net = nn.BatchNorm1d(2)
        with pytest.warns(DataWarning, match=r"^trainer.devices=2: .* of the 1 examples or so .* not of all 2$"):
            check_distribution(plan, size)
        return
    with pytest.raises(UserError) as error:
        check_distribution(plan, size)
    assert str(error.value) == message


def test_penalties_of_activations_with_unknown_targets() -> None:
    """Their mean is over examples, that of the loss over known entries."""
    given = task(nn.ReLU(), spec=SimpleNamespace(partial=True), penalties={"some": WeightPenalty(weight=1.0)})
    check_parts(given, "a=1", None, "a part")
    given.penalties["other"] = ActivationPenalty(weight=1.0)
    with pytest.raises(UserError, match=r"^a=1: the loss is averaged over known entries, .*; leave it out$"):
        check_parts(given, "a=1", None, "a part")
    given.spec.partial = False
    check_parts(given, "a=1", None, "a part")
    with pytest.raises(UserError, match=r"^a=1: it cannot; leave it out$"):
        check_parts(given, "a=1", "it cannot", "a part")
