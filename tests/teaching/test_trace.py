"""Traced steps against backpropagation by hand in NumPy, and against the training run."""

import io
import json
import re
from pathlib import Path

import nnzoo
import numpy as np
import pandas as pd
import pytest
import torch
from nnzoo.backprop import NLLM, Linear, Sequential, Sigmoid, SoftMax
from nnzoo.errors import UserError
from nnzoo.runs.checkpoint import read
from nnzoo.teaching.network_picture import short
from nnzoo.teaching.steps import TracedStep
from nnzoo.teaching.text import format_value
from nnzoo.teaching.trace import Trace

from tests.figures.checks import check_figure
from tests.support.commands import command, exit_code

XOR = (
    "model=mlp",
    "model.hidden=[2]",
    "model.activation=sigmoid",
    "data=xor",
    "optimizer=momentum",
    "trainer.precision=64-true",
    "trainer.accelerator=cpu",
)
X = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=float)
Y = np.array([[1, 0, 0, 1], [0, 1, 1, 0]], dtype=float)


@pytest.fixture(scope="module")
def traced() -> Trace:
    return nnzoo.trace(*XOR, steps=3, seed=1)


def by_hand(step: TracedStep) -> Sequential:
    """Return the network of nnzoo.backprop with the weights before a step; examples are its columns."""
    rng = np.random.default_rng(0)
    modules = [Linear(inputs=2, outputs=2, rng=rng), Sigmoid(), Linear(inputs=2, outputs=2, rng=rng), SoftMax()]
    for module, name in ((modules[0], "layers.0"), (modules[2], "layers.2")):
        module.weights["W"] = step.weight(f"{name}.weight").before.T
        module.weights["W0"] = step.weight(f"{name}.bias").before[:, None]
    return Sequential(modules, NLLM())


def test_every_number_is_that_of_backpropagation_by_hand(traced):
    velocity = {}
    for step in traced.steps:
        assert np.array_equal(step.inputs.T, X)
        net = by_hand(step)
        values = net.activations(X)
        for layer, expected in zip(step.layers, values[1:4], strict=True):
            np.testing.assert_allclose(layer.output.T, expected, rtol=1e-12)
        assert step.loss == pytest.approx(net.objective(X, Y) / 4, rel=1e-12)
        np.testing.assert_allclose(step.losses, -np.log((values[-1] * Y).sum(0)), rtol=1e-12)
        delta = (values[-1] - Y) / 4  # of softmax and cross-entropy, Aggarwal 3.2.5
        np.testing.assert_allclose(step.layers[2].gradient.T, delta, rtol=1e-10)
        hidden = net.modules[2].backward(values[2], values[3], delta)
        np.testing.assert_allclose(step.layers[1].gradient.T, hidden, rtol=1e-10)
        np.testing.assert_allclose(step.layers[0].gradient.T, hidden * values[2] * (1 - values[2]), rtol=1e-10)
        for name, gradients in zip(("layers.0", "layers.2"), net.gradients(X, Y)[:3:2], strict=True):
            for part, gradient in (("weight", gradients["W"].T), ("bias", gradients["W0"][:, 0])):
                weight = step.weight(f"{name}.{part}")
                np.testing.assert_allclose(weight.gradient, gradient / 4, rtol=1e-10)
                velocity[weight.name] = 0.9 * velocity.get(weight.name, 0) + gradient / 4
                np.testing.assert_allclose(weight.state["momentum_buffer"], velocity[weight.name], rtol=1e-10)
                np.testing.assert_allclose(weight.after, weight.before - 0.05 * velocity[weight.name], rtol=1e-12)


def test_the_steps_are_those_of_the_run(tmp_path: Path) -> None:  # shuffled batches, dropout, a schedule, Adam
    settings = ("model=mlp", "model.hidden=[3]", "model.dropout=0.3", "data=xor", "data.n=3", "scheduler=linear")
    settings += ("loader.batch_size=3", "trainer.max_epochs=2", "trainer.accelerator=cpu", "seed=3")
    traced = nnzoo.trace(*settings, steps=6)
    fast = ("~callbacks.figures", "evaluate=[]", "trainer.limit_val_batches=0", "trainer.engine=autograd")
    run = nnzoo.train(*settings, *fast, output_dir=tmp_path)
    saved = read(run.directory / "checkpoints" / "last.ckpt")["state_dict"]
    assert [step.epoch for step in traced.steps] == [1, 1, 1, 2, 2, 2]
    assert sorted(example for step in traced.steps[:3] for example in step.examples) == list(range(8))
    for weight in traced.steps[-1].weights:
        assert torch.equal(torch.tensor(weight.after).float(), saved[f"net.model.{weight.name}"])
        assert set(weight.state) == {"exp_avg", "exp_avg_sq"}
    for step in traced.steps:
        assert np.array_equal(step.inputs, [[e >> 2 & 1, e >> 1 & 1, e & 1] for e in step.examples])
    for before, after in zip(traced.steps, traced.steps[1:], strict=False):
        assert all(np.array_equal(a.after, b.before) for a, b in zip(before.weights, after.weights, strict=True))


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_schedule_is_that_of_the_default_number_of_epochs(schedule: str) -> None:
    settings = ("model=linear", "data=iris", f"scheduler={schedule}")
    default = nnzoo.trace(*settings, steps=5, max_numbers=3000)
    whole = nnzoo.trace(*settings, "trainer.max_epochs=500", steps=5, max_numbers=3000)
    assert [step.lr for step in default.steps] == [step.lr for step in whole.steps]
    assert default.steps[-1].lr < 0.001


def test_learning_rate_is_that_of_the_step() -> None:  # not that to which the schedule then changes it
    settings = ("optimizer=sgd", "scheduler=step", "scheduler.interval=step", "scheduler.step_size=1")
    traced = nnzoo.trace(
        "model=linear", "data=xor", *settings, "optimizer.lr=0.8", "trainer.precision=64-true", steps=3
    )
    assert [step.lr for step in traced.steps] == pytest.approx([0.8, 0.4, 0.2])
    for step in traced.steps:
        for weight in step.weights:
            np.testing.assert_allclose(weight.update, -step.lr * weight.gradient, rtol=1e-9, atol=1e-12)


def test_rule_shows_the_error_in_place_of_the_gradient():
    traced = nnzoo.trace("model=perceptron", "data=sign_product", "seed=0")
    assert "-error linear" in str(traced)
    step = traced.steps[0]
    x, y = step.inputs[0], 1 if step.target == ["plus"] else -1
    assert step.layers[-1].gradient == -y  # the output 0 counts as an error
    np.testing.assert_allclose(step.weight("linear.weight").after[0], step.lr * y * x)


def test_contrastive_divergence_shows_the_statistics_of_the_data_and_of_the_chain():  # Aggarwal 6.4
    step = nnzoo.trace("model=rbm", "model.hidden=2", "data=xor", "trainer.precision=64-true", max_numbers=10**4).steps[
        0
    ]
    weight, v = step.weight("hidden.weight"), step.inputs
    hidden = 1 / (1 + np.exp(-(v @ weight.before.T + step.weight("hidden.bias").before)))
    chain = step.layers[-1]  # pre-activations of the hidden units at the end of the chain
    assert [layer.gradient is None for layer in step.layers[-2:]] == [False, False]
    np.testing.assert_allclose(step.layers[-2].gradient, -hidden / 4, rtol=1e-5)
    np.testing.assert_allclose(chain.gradient, 1 / (1 + np.exp(-chain.output)) / 4, rtol=1e-5)
    bias = (1 / (1 + np.exp(-chain.output)) - hidden).mean(0)
    np.testing.assert_allclose(step.weight("hidden.bias").gradient, bias, rtol=1e-4)


def test_online_rule_takes_one_example_after_the_other(tmp_path: Path) -> None:
    settings = ("model=perceptron", "rule.online=true", "data=xor", "loader.batch_size=4", "init=one")
    steps = nnzoo.trace(*settings, steps=4).steps
    assert [len(step.examples) for step in steps] == [1, 1, 1, 1]
    weight = np.array([1.0, 1.0, 0.0])
    for step in steps:
        x, y = np.append(step.inputs[0], 1), 1 if step.target == ["odd"] else -1
        weight = weight + step.lr * y * x * (y * (weight @ x) <= 0)
        found = [*step.weight("linear.weight").after[0], *step.weight("linear.bias").after]
        np.testing.assert_allclose(found, weight)


def test_network_that_is_no_chain_shows_the_outputs_of_its_layers():
    step = nnzoo.trace("model=matrix_factorization", "data=toy_ratings", max_numbers=10**4).steps[0]
    user, item = (layer for layer in step.layers if layer.name.endswith("vectors"))
    error = step.layers[-1].gradient.item()  # of the bias, so of the prediction
    np.testing.assert_allclose(user.gradient, error * item.output, rtol=1e-6)
    np.testing.assert_allclose(item.gradient, error * user.output, rtol=1e-6)


def test_table_has_every_number(traced):
    table = traced.table
    assert len(table) == sum(step.size for step in traced.steps) - 2 * 4 * 3 + 5 * 3  # the losses; no predictions
    found = table[(table.step == 2) & (table.quantity == "gradient") & (table.name == "layers.2.weight")]
    np.testing.assert_array_equal(found.value, traced.steps[1].weight("layers.2.weight").gradient.ravel())
    assert list(found["index"]) == ["[0,0]", "[0,1]", "[1,0]", "[1,1]"]
    wide = traced.weights
    np.testing.assert_allclose(wide.after, wide.before + wide["update"])
    assert len(wide) == 3 * 12


def test_text_has_aligned_columns_that_fit_a_screen(traced):
    text = str(traced)
    first, *_ = text.split("\n\nstep 2")
    assert len(first.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= 80
    weights = first.split("\n\n")[-1].splitlines()
    assert weights[0].split() == ["weight", "before", "gradient", "momentum", "update", "after"]
    assert len({len(line) for line in weights}) == 1
    assert f"{traced.steps[0].weight('layers.2.bias').after[1]:.4f}" in weights[-1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, "0"),
        (-1.0, "-1"),
        (999_999.0, "999999"),
        (-1e6, "-1.0e+06"),
        (0.12345, "0.1235"),
        (-1.5e-5, "-1.5e-05"),
        (1e6, "1.0e+06"),
        (3e7, "3.0e+07"),
        (0.001, "0.0010"),
        (0.00099951, "0.0010"),
        (0.00099949, "1.0e-03"),
        (99_999.5, "99999.5000"),
        (100_000.5, "1.0e+05"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_short(value, text):
    assert format_value(value) == text


def test_command_prints_text_json_and_csv():
    given = ("trace", *XOR, "seed=1", "steps=3")
    traced = nnzoo.trace(*XOR, steps=3, seed=1)
    assert command(*given) == f"{traced}\n"
    plain = json.loads(command(*given, "--json"))
    assert plain[2]["weights"]["layers.2.bias"]["after"] == traced.steps[2].weight("layers.2.bias").after.tolist()
    table = pd.read_csv(io.StringIO(command(*given, "--csv")))
    np.testing.assert_array_equal(table.value, traced.table.value)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("model=mlp", "data=xor"), "5,932 numbers, .* model.hidden=.2. .* max_numbers=5932 shows"),
        ((*XOR, "steps=0"), "steps is 0; it must be at least 1"),
        ((*XOR, "step=3"), "unknown argument 'step'.*steps"),
        ((*XOR, "trainer.engine=direct"), "trainer.engine=direct"),
        ((*XOR, "trainer.max_epochs=0"), "trainer.max_epochs=0 takes no optimizer steps"),
        ((*XOR, "trainer.accumulate_grad_batches=2"), "accumulate_grad_batches=2 cannot be traced"),
        (("model=ridge", "data=redundant"), "task .* takes no gradient steps"),
        ((*XOR, "output=x.jpg"), "output is 'x.jpg'; a picture is a file .png"),
        ((*XOR, "output=x.png", "--csv"), "leave out --csv"),
        (("model=linear_regression", "data=redundant", "optimizer.lr=1e30", "steps=9"), "train/loss is .*optimizer.lr"),
        (("model=vae", "data=xor"), "VAE is not trained through its forward pass"),
        (("model=logistic_regression", "task=newton", "data=xor"), "task .* gradient step"),
    ],
)
def test_unsuitable_arguments_are_one_line(args, message, capsys):
    assert exit_code("trace", *args) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert re.search(message, error), error


def test_picture_has_the_numbers_of_one_example():
    traced = nnzoo.trace(*XOR, "optimizer.lr=5", steps=2)  # the weights change in the first decimals
    figure = check_figure(traced.plot(step=2, example=1), width=450)
    texts = [text.get_text() for text in figure.axes[0].texts]
    step = traced.steps[1]
    hidden, delta = step.layers[1].output[1], step.layers[0].gradient[1]
    for unit in range(2):
        assert short(hidden[unit]) in texts
        assert f"a = {short(step.layers[0].output[1, unit])}\ndL/da = {short(delta[unit])}" in texts
    weights = [f"{w:.2f}" for name in ("layers.0", "layers.2") for w in step.weight(f"{name}.weight").before.ravel()]
    assert all(weight in texts for weight in weights)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("model=matrix_factorization", "data=toy_ratings"), "the picture is for dense layers"),
        (("model=mlp", "model.hidden=[9]", "data=xor"), "at most 4 layers of 6 units; the network has 2, 9, 2"),
        (("model=skip_mlp", "model.hidden=[2]", "data=xor"), "chain of dense layers"),
    ],
)
def test_other_networks_have_no_picture(settings, message):
    with pytest.raises(UserError, match=message):
        nnzoo.trace(*settings, max_numbers=10**5).plot()


def test_plot_of_a_missing_step_is_refused(traced):
    with pytest.raises(UserError, match="step is 4; the trace has steps 1 to 3"):
        traced.plot(4)


def test_data_from_python() -> None:
    frame = pd.DataFrame({"a": np.arange(30.0), "b": np.tile([1.0, 3.0, 4.0], 10), "kind": ["p", "q"] * 15})
    traced = nnzoo.trace("model=linear", data=frame, target="kind", max_numbers=10**4)
    (step,) = traced.steps  # by default one
    assert set(step.target) == {"p", "q"}
    assert step.inputs.shape == (len(step.target), 2)
    with pytest.raises(UserError, match="more than max_numbers=9"):
        nnzoo.trace("model=linear", data=frame, target="kind", max_numbers=9)
    with pytest.raises(UserError, match="max_numbers is 0; it must be at least 1"):
        nnzoo.trace("model=linear", data=frame, target="kind", max_numbers=0)
    found = nnzoo.perceptron_updates(data=frame, target="kind", steps=7)
    assert len(found.steps) == 7
    assert set(found.labels) == {"p", "q"}


def test_a_run_may_have_fewer_steps() -> None:
    assert len(nnzoo.trace(*XOR, "trainer.max_steps=2", steps=4).steps) == 2
    assert len(nnzoo.trace(*XOR, "trainer.max_epochs=3", steps=4).steps) == 3
    with pytest.raises(UserError, match=r"trainer.devices=2 has no effect here"):
        nnzoo.trace(*XOR, "trainer.devices=2")
