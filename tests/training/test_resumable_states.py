"""Which states of a checkpoint fit a task: each check by itself."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.callbacks.average import floating_tensors
from nnzoo.config.compose import compose
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.random_state import random_state
from nnzoo.training.plan import Plan
from nnzoo.training.resumable import (
    other_average,
    other_data,
    other_optimizers,
    other_position,
    other_recurrent_state,
    other_setting,
    other_shape,
    other_weights,
    shapes,
    weights_of,
    wrong_random_state,
)

from tests.support.built import built
from tests.support.ranks import rank_of

SPEC = DataSpec("real", (5,), "classes", 3, sequence=True, labels=("a", "b", "c"))


@pytest.fixture
def linear() -> Task:
    """A task with a weight (2, 2) and a bias (2,)."""
    return built("model=linear", "data=xor", "optimizer=adam", "scheduler=exponential")


@pytest.mark.parametrize(
    "change",
    [
        {"input": "onehot"},
        {"shape": (6,)},
        {"target": "multilabel"},
        {"target_size": 4},
        {"sequence": False},
        {"per_step": True},
        {"autoregressive": True},
        {"input": "ids", "shape": (1,), "sequence": False, "sizes": (5,)},
        {"target": "sequence", "target_len": 4},
    ],
)
def test_data_of_another_form(change: dict[str, Any]) -> None:
    reason = other_data(replace(SPEC, **change), SPEC)
    assert reason is not None
    assert reason.startswith("it was trained on other data (")
    assert reason.endswith(f"; now {SPEC})")
    assert other_data(replace(SPEC, labels=("x", "y", "z"), seq_len=3, low=0.0), SPEC) is None


def test_weights_of_another_network(linear: Task) -> None:
    saved = dict(linear.state_dict())
    assert other_weights(saved, linear) is None
    last = list(saved)[-1]
    fewer = {name: value for name, value in saved.items() if name != last}
    assert other_weights(fewer, linear) == f"it holds the weights of another network ({last})"
    assert other_weights({**saved, "more": torch.zeros(1)}, linear) == (
        "it holds the weights of another network (more)"
    )
    bias = next(name for name in saved if name.endswith("bias"))
    assert other_weights({**saved, bias: torch.zeros(3)}, linear) == (
        f"it holds the weights of another network ({bias}: (3,), now (2,))"
    )


def test_averaged_weights(linear: Task) -> None:
    weights = floating_tensors(linear.net)
    first, *_ = weights
    wrong = "AveragedWeights has the weights of another network"
    assert other_average({}, linear) is None
    for updates, found, expected in (
        (1, weights, None),
        (0, {}, None),
        (1, {}, wrong),
        (1, {**weights, "more": torch.zeros(1)}, wrong),
        (1, {**weights, first: torch.zeros(7)}, wrong),
    ):
        state = {"updates": updates, "weights": found}
        assert other_average({"EarlyStopping": {}, "AveragedWeights{}": state}, linear) == expected


def optimizer_state(task: Task) -> dict[str, Any]:
    """Return the state of the optimizer of a task after a step."""
    (optimizer,) = task.make_optimizers()
    for parameter in task.net.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    return dict(optimizer.state_dict())


def why_not(task: Task, *states: Any, steps: int = 1, schedules: Any = ()) -> str | None:
    return other_optimizers({"optimizer_states": list(states), "lr_schedulers": list(schedules)}, steps, task)


def test_optimizer_states(linear: Task) -> None:
    state = optimizer_state(linear)
    weight, bias = state["state"].values()
    (group,) = state["param_groups"]
    assert why_not(linear, state) is None
    assert why_not(linear, state, state) == "optimizer_states has 2 states; there are 1 optimizers"
    empty = {**state, "state": {}}
    assert why_not(linear, empty, steps=0) is None
    assert why_not(linear, empty) == "its optimizer has no step and no exp_avg and no exp_avg_sq, after 1 steps"
    more = {**state, "state": {0: weight, 2: bias}}
    assert why_not(linear, more) == "its optimizer has a state of parameter 2; there are 2"
    swapped = {**state, "state": {0: weight, 1: weight}}
    assert why_not(linear, swapped) == "the exp_avg of parameter 1 in its optimizer has another shape"
    assert why_not(linear, {**state, "param_groups": [{**group, "foreach": True}]}) is None  # now it is None
    split = {**state, "param_groups": [{**group, "params": [0]}, {**group, "params": [1]}]}
    assert why_not(linear, split) is None
    for params in ([0], [1, 0], [0, 1, 2]):
        wrong = f"its optimizer has {len(params)} parameters, now 2"
        assert why_not(linear, {**state, "param_groups": [{**group, "params": params}]}) == wrong
    second = {**group, "params": [1], "lr": "x"}
    assert why_not(linear, {**state, "param_groups": [{**group, "params": [0]}, second]}) == (
        "the lr of its optimizer is of another kind"
    )


def test_schedule_states(linear: Task) -> None:
    state = optimizer_state(linear)
    (_, (schedule,)) = linear.configure_optimizers()
    saved = schedule.state_dict()
    assert why_not(linear, state, schedules=[saved]) is None
    assert why_not(linear, state, schedules=[{**saved, "last_epoch": 3.0, "unknown": "x"}]) is None
    assert why_not(linear, state, schedules=[saved, {**saved, "gamma": "x"}]) == (
        "the gamma of its schedule is of another kind"
    )
    linear.schedule = None
    assert why_not(linear, state, schedules=[{**saved, "gamma": "x"}]) is None


def test_a_network_without_trainable_weights_has_no_optimizer(linear: Task) -> None:
    state = optimizer_state(linear)
    weight, _ = linear.net.parameters()
    weight.requires_grad_(False)
    assert why_not(linear) == "optimizer_states has 0 states; there are 1 optimizers"
    linear.net.requires_grad_(False)
    assert why_not(linear) is None
    assert why_not(linear, state) is None


def test_parameters_are_numbered_over_all_groups() -> None:
    one, two, three = (torch.zeros(size, requires_grad=True) for size in (1, 2, 3))
    optimizer = torch.optim.SGD([{"params": [three]}, {"params": [one, two]}], lr=1)
    assert [len(weight) for weight in weights_of(optimizer)] == [3, 1, 2]


@pytest.mark.parametrize(
    ("saved", "now", "fits"),
    [
        (1, 0.1, True),
        ("x", 0.1, False),
        (True, 0.1, False),
        ([0.9, 0.99], (0.9, 0.99), True),
        (0.9, (0.9, 0.99), False),
        (True, False, True),
        (1, False, False),
        (None, None, True),
        (True, None, True),
        (0.5, None, True),
        ("x", None, False),
        (torch.zeros(1), torch.ones(1), True),
        (0.1, torch.ones(1), True),
        (True, torch.ones(1), False),
        (torch.zeros(1), 0.1, False),
    ],
)
def test_settings_of_an_optimizer(saved: Any, now: Any, fits: bool) -> None:
    group = {"lr": 0.1, "setting": now, "params": []}
    assert other_setting({"lr": 1, "setting": saved, "params": "any"}, group) == (None if fits else "setting")
    assert other_setting({"initial_lr": 0.1}, group) is None  # of a schedule
    assert other_setting({"initial_lr": "x"}, group) == "initial_lr"


@pytest.mark.parametrize(
    ("entries", "wrong"),
    [
        ({"step": torch.tensor(3.0), "moment": torch.zeros(2, 3), "none": None, "more": "x"}, None),
        ({"step": torch.zeros(4), "moment": torch.zeros(2, 3)}, None),  # not of the shape of a parameter
        ({"moment": torch.zeros(2, 3)}, "step"),
        ({"step": 3.0, "moment": torch.zeros(2, 3)}, "step"),
        ({"step": torch.tensor(3.0)}, "moment"),
        ({"step": torch.tensor(3.0), "moment": torch.zeros(3, 2)}, "moment"),
        ({"step": torch.tensor(3.0), "moment": torch.zeros(1)}, "moment"),
        ({"step": torch.tensor(3.0), "moment": torch.zeros(2, 3), "none": torch.zeros(2, 3)}, "none"),
    ],
)
def test_entries_of_a_parameter(entries: dict[str, Any], wrong: str | None) -> None:
    expected = {"step": torch.tensor(1.0), "moment": torch.ones(1), "none": None}
    assert other_shape(entries, expected, torch.zeros(2, 3)) == wrong


def test_shapes_of_nested_states() -> None:
    assert shapes(((torch.zeros(2, 3), None), "x")) == (((2, 3), None), None)


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        (None, None, None),
        ("torch", torch.zeros(3, dtype=torch.uint8), "RuntimeError"),
        ("python", [2, [0] * 626, None], "ValueError"),
        ("python", 3, "TypeError"),
        ("numpy", ["MT19937", [1], 0, 0, 0.0], "AttributeError"),
        ("numpy", ["MT19937", torch.zeros(3), 0, 0, 0.0], "IndexError"),
        ("cuda", ["x"], "TypeError"),
        ("cuda", [torch.zeros(3)], None),
    ],
)
def test_states_of_random_generators(key: str | None, value: Any, error: str | None) -> None:
    before = random_state()
    state = before if key is None else {**before, key: value}
    assert wrong_random_state(state) == (None if error is None else f"nnzoo.random is damaged ({error})")
    if key is not None:
        without = {name: each for name, each in before.items() if name != key}
        assert wrong_random_state(without) == "nnzoo.random is damaged (KeyError)"


@pytest.fixture
def text(tmp_path: Path) -> Plan:
    """The plan of a language model whose network has 2 cells, on text in 2 parallel parts."""
    (tmp_path / "text.txt").write_text("the cat sat on the mat and the dog ate it all. " * 30)
    given = ["model=rnn", "model.hidden=2", "data=char_text", "loader.batch_size=2", "trainer.truncated_bptt_steps=20"]
    given += [f"data.path={tmp_path / 'text.txt'}", "trainer.accelerator=cpu"]
    config = api.plain(compose(given))
    data = build_data(config)
    return Plan(config, data, build_task(config, data))


def at(done: int, **ours: Any) -> Any:
    """Return what a checkpoint says after some steps of an epoch."""
    return SimpleNamespace(ours={"stream": {"epoch": 0, "done": done}, **ours})


def test_positions_in_an_epoch(text: Plan) -> None:
    steps = text.cursor().steps_in_epoch
    for done in (0, steps):
        assert other_position(at(done), text) is None
    expected = f"nnzoo.stream.done is {steps + 1}; an epoch has {steps} steps"
    assert other_position(at(steps + 1), text) == expected


def test_a_state_inside_a_text_must_fit(text: Plan) -> None:
    steps = text.cursor().steps_in_epoch
    batch = next(text.cursor().peek())
    _, state = text.task.net.run(batch.x, batch.mask, None)
    assert other_recurrent_state(at(1, state=state), text) is None
    assert str(other_recurrent_state(at(1, state="x"), text)).startswith("nnzoo.state does not fit (")
    for done in (0, steps):  # the next step begins an epoch, without a state
        assert other_recurrent_state(at(done, state="x"), text) is None


def test_each_process_checks_its_own_state(text: Plan) -> None:
    text.task.ranks = rank_of(1, 2)
    batch = text.task.ranks.part(next(text.cursor().peek()))
    assert len(batch.y) == 1
    _, state = text.task.net.run(batch.x, batch.mask, None)
    good, bad = {"state": state}, {"state": "x"}
    assert other_recurrent_state(at(1, ranks=[bad, good]), text) is None
    assert str(other_recurrent_state(at(1, ranks=[good, bad]), text)).startswith("nnzoo.state does not fit (")
    for ranks in ([bad], [bad] * 3, None):  # another number of processes, which has a message of its own
        assert other_recurrent_state(at(1, ranks=ranks), text) is None
