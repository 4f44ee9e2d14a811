from functools import partial
from typing import Any

import pytest
import torch
from nnzoo.builders.optimizers import build_schedule, check_optimizer, make_optimizer
from nnzoo.errors import UserError
from nnzoo.tasks.components import Schedule
from torch.optim import SGD, lr_scheduler

from tests.support.built import built


@pytest.mark.parametrize(
    ("overrides", "optimizer", "lr"),
    [
        (["model=linear", "rule=perceptron"], "SGD", 0.1),
        (["model=linear", "rule=margin_perceptron"], "SGD", 0.1),
        (["model=linear", "rule=widrow_hoff"], "SGD", 0.0003),
        (["model=perceptron", "rule=widrow_hoff"], "SGD", 0.0003),
        (["model=mlp", "rule=perceptron", "optimizer.lr=0.5"], "SGD", 0.5),
        (["model=linear", "rule=widrow_hoff", "optimizer=adam"], "Adam", 0.001),
        (["optimizer=adam", "model=perceptron"], "Adam", 0.001),
        (["model=winnow"], "ExponentiatedGradient", 0.693),
        (["model=linear"], "Adam", 0.001),
    ],
)
def test_rule_sets_the_default_optimizer(overrides, optimizer, lr):
    (found,), _ = built(*overrides, "data=iris").configure_optimizers()
    assert (type(found).__name__, found.param_groups[0]["lr"]) == (optimizer, lr)


def scheduled(**node: Any) -> Schedule | None:
    return build_schedule({"scheduler": node, "allow": []})


def test_a_schedule_has_its_interval_and_monitor_apart() -> None:
    assert scheduled() is None
    step = {"_target_": "torch.optim.lr_scheduler.StepLR", "_partial_": True, "step_size": 3}
    plain = scheduled(**step)
    assert (plain.interval, plain.monitor) == ("epoch", None)
    found = scheduled(**step, interval="step", monitor="val/acc")
    assert (found.interval, found.monitor) == ("step", "val/acc")
    made = found.make(SGD([torch.zeros(1, requires_grad=True)], lr=1))
    assert isinstance(made, lr_scheduler.StepLR)
    assert made.step_size == 3
    with pytest.raises(UserError, match=r"^scheduler\.step_size is 0; it must be at least 1"):
        scheduled(**{**step, "step_size": 0})


def of(weights: list[torch.Tensor], parameters: Any) -> SGD:
    """Return an optimizer of weights, whatever it is given."""
    return SGD(weights, lr=1)


def test_an_optimizer_has_the_weights_that_it_is_given() -> None:
    one, two, other = (torch.zeros(1, requires_grad=True) for _ in range(3))
    optimizer = make_optimizer(partial(SGD, lr=0.5), {}, iter([one, two]))
    (group,) = optimizer.param_groups
    assert [weight is each for weight, each in zip(group["params"], (one, two), strict=True)] == [True, True]
    optimizer = make_optimizer(partial(SGD, lr=0.5), {two: 4.0}, [one, two])
    assert [(group["lr"], len(group["params"])) for group in optimizer.param_groups] == [(0.5, 1), (2.0, 1)]
    make_optimizer(lambda own: SGD(own[:1], lr=1), {}, [one, two])  # some of them
    for others in ([other], [one, other]):
        with pytest.raises(
            UserError, match=r"^optimizer SGD has other weights than those that its function was given$"
        ):
            make_optimizer(partial(of, others), {}, [one, two])


class Closure(SGD):
    def step(self, closure: Any) -> None: ...  # type: ignore[override]


class Failing(SGD):
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        raise RuntimeError("no dense gradients")


@pytest.mark.parametrize(
    ("make", "schedule", "message"),
    [
        (partial(lambda parameters: 3), None, "^optimizer '.*lambda.*' returns 3; it must return a torch.optim.Opt"),
        (partial(Closure, lr=1), None, "^optimizer Closure evaluates the loss several times per step, which is not"),
        (partial(Failing, lr=1), None, "^optimizer Failing: no dense gradients$"),
        (partial(SGD, lr=1), partial(lambda optimizer: 3), "^scheduler '.*lambda.*' returns 3; it must return a sched"),
    ],
)
def test_optimizers_and_schedules_that_do_not_work(make: Any, schedule: Any, message: str) -> None:
    for _ in range(2):  # also the second time
        with pytest.raises(UserError, match=message):
            check_optimizer(make, None if schedule is None else Schedule(schedule))


def test_settings_are_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    monkeypatch.setattr(SGD, "step", lambda self, closure=None: steps.append(self.param_groups[0]["lr"]))
    halved = Schedule(partial(lr_scheduler.ExponentialLR, gamma=0.375))
    for lr, schedule in ((0.123, None), (0.123, None), (0.456, None), (0.123, halved), (0.123, halved)):
        check_optimizer(partial(SGD, lr=lr), schedule)
    assert steps == [0.123, 0.456, 0.123]
