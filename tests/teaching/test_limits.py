"""Settings that are refused before training, and the runs of a comparison."""

from typing import Any

import pytest
from nnzoo.errors import UserError
from nnzoo.teaching.limits import check_counts, check_online, check_traced, runs_of, with_perceptron

TRAINER = {"max_epochs": 5, "max_steps": -1, "engine": "auto", "compile": False}
ONE = {"accumulate_grad_batches": 1, "truncated_bptt_steps": None}


def config(**trainer: Any) -> dict[str, Any]:
    return {"task": None, "trainer": TRAINER | ONE | trainer}


@pytest.mark.parametrize(
    ("trainer", "message"),
    [
        ({"max_steps": 0}, "trainer.max_steps=0 takes no optimizer steps"),
        ({"max_epochs": 0}, "trainer.max_epochs=0 takes no optimizer steps"),
        ({"engine": "direct"}, "trainer.engine=direct computes no gradients"),
        ({"compile": True}, "trainer.compile=true cannot be traced"),
        ({"accumulate_grad_batches": 2}, "trainer.accumulate_grad_batches=2 cannot be traced"),
        ({"truncated_bptt_steps": 5}, "trainer.truncated_bptt_steps=5 cannot be traced"),
    ],
)
def test_runs_that_cannot_be_traced(trainer: dict[str, Any], message: str) -> None:
    check_traced(config(), 1)
    check_traced(config(max_epochs=1, max_steps=1, truncated_bptt_steps=1), 1, 1)
    with pytest.raises(UserError, match=message):
        check_traced(config(**trainer), 1)


@pytest.mark.parametrize(("steps", "numbers", "name"), [(0, 1, "steps"), (1, 0, "max_numbers")])
def test_counts_are_at_least_one(steps: int, numbers: int, name: str) -> None:
    with pytest.raises(UserError, match=f"{name} is 0; it must be at least 1"):
        check_traced(config(), steps, numbers)
    check_counts(a=1, b=2)
    with pytest.raises(UserError, match="b is -1"):
        check_counts(a=1, b=-1)


def test_one_example_at_a_time() -> None:
    check_online({"loader": {"batch_size": 1}})
    with pytest.raises(UserError, match=r"loader.batch_size is 2"):
        check_online({"loader": {"batch_size": 2}})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["model=perceptron", "loader.batch_size=1"]),
        (["data=xor"], ["model=perceptron", "data=xor", "loader.batch_size=1"]),
        (["model=pocket"], ["model=pocket", "loader.batch_size=1"]),
        (["experiment=a"], ["experiment=a", "loader.batch_size=1"]),
        (["loader.batch_size=3"], ["model=perceptron", "loader.batch_size=3"]),
    ],
)
def test_perceptron_is_the_default(given: list[str], expected: list[str]) -> None:
    assert with_perceptron(given) == expected


def test_a_run_for_each_network_and_seed() -> None:
    assert runs_of(["trainer.lr=a=b", "seed=5"], ["rnn", "gru"], 2) == {
        model: [[f"model={model}", "data=latch", "trainer.lr=a=b", f"seed={seed}"] for seed in (5, 6)]
        for model in ("rnn", "gru")
    }
    for chosen in ("data=xor", "experiment=b"):
        assert runs_of([chosen], ("rnn",), 1) == {"rnn": [["model=rnn", chosen, "seed=0"]]}


@pytest.mark.parametrize(
    ("overrides", "models", "message"),
    [
        ([], "rnn", "models is 'rnn'; it takes a list of networks"),
        ([], [], r"models is \[\]; it takes a list of networks, such as \['rnn', 'lstm', 'gru'\]"),
        ([], ["rnn", "gru", "rnn"], "models has rnn, gru, rnn; each network can be there once"),
        (["model=gru"], ["rnn"], "model=gru: models=.* chooses the networks"),
        (["seed=-1"], ["rnn"], "seed is '-1'; it takes an integer, the first of seeds=3"),
    ],
)
def test_runs_that_are_refused(overrides: list[str], models: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        runs_of(overrides, models, 3)
