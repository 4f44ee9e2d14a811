"""Memory and time of an optimizer step, told before training."""

import warnings
from pathlib import Path

import pytest
from nnzoo import api
from nnzoo.builders import size_limit
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.errors import DataWarning, UserError
from nnzoo.runs import memory
from nnzoo.training import step_cost
from nnzoo.training.plan import Plan
from nnzoo.training.step_cost import check_step_cost, optimizer_states


def plan(*overrides: str) -> Plan:
    config = api.plain(compose([*overrides, "trainer.max_epochs=1"]))
    data = build_data(config)
    return Plan(config, data, build_task(config, data))


@pytest.mark.parametrize(
    ("optimizer", "states"),
    [("sgd", 0), ("momentum", 1), ("adam", 2), ("adam optimizer.amsgrad=true", 3)],
)
def test_numbers_that_an_optimizer_keeps_for_each_weight(optimizer: str, states: int) -> None:
    built = plan("model=linear", "data=iris", *f"optimizer={optimizer}".split())
    assert optimizer_states(built.task) == states
    built.task.make_optimizers()[0].step()  # not that of the trial
    assert all(parameter.grad is None for parameter in built.task.parameters())


@pytest.mark.parametrize(
    ("settings", "weights", "numbers"),
    [
        ("model=linear data=iris optimizer=sgd", 12, 2 * 12 + 32 * 3 * 3),
        ("model=linear data=iris loader.batch_size=200", 12, 4 * 12 + 108 * 3 * 3),  # 108 training examples
        ("model=mlp model.hidden=[10] data=iris", 70, 4 * 70 + 32 * 3 * (10 + 3)),
        ("model=rnn model.hidden=5 data=three_ones", 10, 4 * 10 + 20 * 20 * 3 * 2),  # two classes at each of 20 steps
    ],
)
def test_memory_of_dense_layers_and_their_outputs(
    settings: str, weights: int, numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "GIGABYTE", 1.0)  # so that all digits are in the message
    built = plan(*settings.split())
    monkeypatch.setattr(memory, "available_memory", lambda: 4.0 * numbers)
    check_step_cost(built)
    monkeypatch.setattr(memory, "available_memory", lambda: 4.0 * numbers - 1)
    reason = rf"^a step of \d+ examples with {weights} weights of dense layers takes about {4 * numbers} GB of memory"
    with pytest.raises(UserError, match=rf"{reason}.*; use loader\.batch_size=\d+$"):
        check_step_cost(built)


def test_a_smaller_batch_is_advised_only_where_it_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    built, single = (plan("model=mlp", "model.hidden=[100]", "data=iris", f"loader.batch_size={n}") for n in (2, 1))
    monkeypatch.setattr(step_cost, "OPERATIONS", 1e-9)
    with pytest.warns(DataWarning, match=r"; use loader\.batch_size=1, for example, to take less$"):
        check_step_cost(built)
    with pytest.warns(DataWarning, match="; use a smaller network, for example, to take less$"):
        check_step_cost(single)
    monkeypatch.setattr(step_cost, "MUCH", 0.0)  # 4 x 700 numbers of weights, 2 x 3 x 103 of the batch
    with pytest.warns(DataWarning, match="GB of memory; use a smaller network, for example, to take less$"):
        check_step_cost(built)
    monkeypatch.setattr(memory, "available_memory", lambda: 0.0)
    with pytest.raises(UserError, match=r"; use a smaller network$"):
        check_step_cost(built)


LENET = 24 * 24 * 6 * 25 + 8 * 8 * 16 * 150 + 256 * 120 + 120 * 84 + 84 * 10  # multiplications


def test_convolutions_take_time(monkeypatch: pytest.MonkeyPatch) -> None:
    built = plan("model=lenet5", "data=digits", "loader.batch_size=100")
    monkeypatch.setattr(step_cost, "OPERATIONS", 3 * 2 * 100 * LENET / 90)  # two operations each, three passes
    told = r"^a step of 100 examples with 44426 weights takes about 90 s; use loader\.batch_size=10,"
    with pytest.warns(DataWarning, match=told):
        check_step_cost(built)
    assert built.task.net.training


def test_maps_take_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The image, the activated maps, the pooled ones and the places of the largest pixels, which are int64."""
    monkeypatch.setattr(memory, "GIGABYTE", 1.0)
    built = plan("model=conv_pattern", "model.pattern=CRPF", "model.channels=2", "data=digits", "optimizer=sgd")
    numbers = 2 * (20 + 392 * 10 + 10) + 32 * (784 + 2 * 784 + 2 * 196 + 2 * 2 * 196)
    monkeypatch.setattr(memory, "available_memory", lambda: 4.0 * numbers - 1)
    with pytest.raises(UserError, match=rf"^a step of 32 examples with 3950 weights takes about {4 * numbers} GB"):
        check_step_cost(built)


def test_counts_of_words_take_memory_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "GIGABYTE", 1.0)
    built = plan("model=linear", "data=corpus")
    size, examples = len(built.data.spec.vocabulary), min(4096, len(built.data.splits["train"]))
    monkeypatch.setattr(memory, "available_memory", lambda: 0.0)
    with pytest.raises(UserError, match=f"takes about {4 * (4 * size**2 + examples * (size + 3 * size))} GB"):
        check_step_cost(built)


def test_a_long_step_is_told_with_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    built = plan("model=linear", "data=corpus", "data.min_count=1")
    size = len(built.data.spec.vocabulary)
    examples = min(4096, len(built.data.splits["train"]))
    monkeypatch.setattr(step_cost, "OPERATIONS", 6 * examples * size**2 / 90)
    told = rf"^a step of {examples} examples with {size**2} weights .* takes about 90 s; use data\.max_vocabulary=1000"
    with pytest.warns(DataWarning, match=told):
        check_step_cost(built)
    monkeypatch.setattr(step_cost, "MUCH", 0.0)
    with pytest.warns(DataWarning, match="takes about 90 s and about 0 GB of memory; use"):
        check_step_cost(built)


def test_the_errors_that_the_pocket_algorithm_counts_are_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    built = plan("model=pocket", "data=breast_cancer")
    examples, steps = len(built.data.splits["train"]), built.cursor().steps_in_epoch
    monkeypatch.setattr(step_cost, "OPERATIONS", steps * examples * 2 * 30 / 50)  # 30 weights
    told = (
        rf"^the pocket algorithm counts the errors on all {examples} training examples after each of {steps} steps, so "
        r"an epoch takes about 50 s; use loader\.batch_size=320,"
    )
    with pytest.warns(DataWarning, match=told):
        check_step_cost(built)


@pytest.mark.parametrize("model", ["ridge", "cbow"])
def test_tasks_that_take_other_steps_are_left_out(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    built = plan(f"model={model}", f"data={'iris' if model == 'ridge' else 'corpus'}")
    monkeypatch.setattr(step_cost, "OPERATIONS", 1e-9)
    monkeypatch.setattr(step_cost, "MUCH", 0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_step_cost(built)


def test_weights_that_do_not_fit_are_refused_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(size_limit, "available_memory", lambda: 16e9)
    reason = r"^the weights of model 'mlp' and their gradients take more than the 16 GB of memory that are available; "
    for data, advice in (("digits", "a smaller network"), ("word_text", r"data\.max_vocabulary=1000")):
        given = ["model=mlp", f"data={data}", "model.hidden=[100000,100000]", f"output_dir={tmp_path / 'outputs'}"]
        with pytest.raises(UserError, match=f"{reason}use {advice}$"):
            api.train(*given)
    assert not (tmp_path / "outputs").exists()
