"""The learning-rate range test against a loop in NumPy, on a quadratic loss of known curvature."""

import csv
import random
import shlex
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.callbacks.range_test import RangeTest
from nnzoo.errors import UserError
from nnzoo.tasks.random_state import random_state
from nnzoo.training.lr_find import steepest

from tests.support.built import built
from tests.support.commands import exit_code
from tests.support.runs import TINY, assert_same_outcome, same, train

LEAST_SQUARES = (
    "model=linear_regression",
    "data=array",
    "data.task=regression",
    "data.val=0",
    "data.standardize_target=false",
    "loader.batch_size=64",
    "optimizer=sgd",
    "trainer.precision=64-true",
    "seed=3",
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two correlated inputs of mean 0 and standard deviation 1 in the training rows."""
    x = np.tile([[1.0, 1.0], [-1.0, -1.0], [1.0, -0.5], [-1.0, 0.5]], (16, 1))
    x /= x.std(0)
    y = x @ [1.0, -2.0] + 0.3 + 0.1 * np.random.default_rng(0).normal(size=64)
    np.savez(tmp_path / "table.npz", x=x, y=y, x_test=x[:8], y_test=y[:8])
    return tmp_path / "table.npz"


def gradient_descent(
    table: Path, weight: np.ndarray, bias: float, rates: list[float], clip: float | None
) -> tuple[list[float], float]:
    """Return the loss before each step, and the largest curvature of the loss."""
    with np.load(table) as file:
        x, y = np.c_[file["x"], np.ones(64)], file["y"]
    w, losses = np.append(weight, bias), []
    for rate in rates:
        residual = x @ w - y
        losses.append((residual**2).mean())
        gradient = 2 * x.T @ residual / len(y)
        norm = np.linalg.norm(gradient)
        w = w - rate * gradient * min(1.0, clip / (norm + 1e-6) if clip else 1.0)  # torch adds 1e-6
    return losses, float(np.linalg.eigvalsh(2 * x.T @ x / len(y)).max())


@pytest.mark.parametrize("clip", [None, 0.5])
def test_quadratic_blows_up_beyond_the_largest_stable_rate(table: Path, tmp_path: Path, clip: float | None) -> None:
    settings = (*LEAST_SQUARES, f"data.path={table}", f"trainer.gradient_clip_val={clip}".replace("None", "null"))
    torch.manual_seed(3)
    net = built(*settings).net.model
    weight, bias = (parameter.detach().double().numpy()[0] for parameter in net.parameters())
    found = api.lr_find(*settings, low=1e-3, high=100, steps=60, output_dir=tmp_path)
    assert np.allclose(found.rates, np.geomspace(1e-3, 100, 60)[: len(found.rates)], rtol=1e-12)
    losses, curvature = gradient_descent(table, weight, bias, found.rates, clip)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-6)  # the data is in float32
    assert found.diverged
    stable = 2 / curvature
    if clip is None:
        assert found.suggestion < stable < found.rates[-1]
        stages = list(zip(found.rates, pairwise(found.losses), strict=False))
        assert all(after < before for rate, (before, after) in stages if rate < stable / 2)
        assert found.losses[-1] > 100 * min(found.losses)


def test_smoothing_and_stop() -> None:
    group = {"lr": 0.4, "params": []}
    optimizer = SimpleNamespace(param_groups=[group, {"lr": 0.1, "params": []}])
    buffer: list[Any] = []
    task = SimpleNamespace(
        optimizer_list=lambda: [optimizer], after_step=[], accumulators={"train": SimpleNamespace(buffer=buffer)}
    )
    trainer = SimpleNamespace(should_stop=False)
    test = RangeTest(rates=[1.0, 2.0, 4.0, 8.0, 16.0], base=0.1)
    test.on_train_start(trainer, task)
    assert [g["lr"] for g in optimizer.param_groups] == pytest.approx([4.0, 1.0])
    losses = [3.0, 1.0, 2.0, 60.0]
    for number, loss in enumerate(losses):
        assert not trainer.should_stop
        assert optimizer.param_groups[1]["lr"] == pytest.approx(2.0**number)
        halves = [
            SimpleNamespace(step=SimpleNamespace(loss=torch.tensor(loss + d)), weight=1 + (d < 0)) for d in (2, -1)
        ]
        buffer[:] = halves
        task.after_step[0]()
    assert trainer.should_stop
    assert test.diverged
    assert test.losses == pytest.approx(losses)
    for n in range(1, 5):  # the weighted mean with weights 0.9^k
        weights = [0.9**k for k in reversed(range(n))]
        assert test.smoothed[n - 1] == pytest.approx(np.average(losses[:n], weights=weights))


def test_steepest() -> None:
    rates = [float(k) for k in range(40)]
    smoothed = [5.0] * 15 + [5 - 0.1 * k for k in range(5)] + [4.0, 3.0, 2.9, 2.95, 3.0, 6.0, 4.0, 1.0, 9.0]
    assert smoothed[20:22] == [4.0, 3.0]  # the drop after the rise is larger, but beyond the minimum
    smoothed[-2] = 3.5
    assert steepest(rates, smoothed) == 20
    assert steepest(rates, [1.0 + 0.1 * k for k in range(30)]) is None
    assert steepest(rates, [2.0, 1.0]) is None


def test_leaves_no_trace_in_a_process(tmp_path: Path) -> None:
    before = train(tmp_path / "before", "model.dropout=0.3")
    random.random()
    state = random_state()
    found = api.lr_find(*TINY, "model.dropout=0.3", "scheduler=cosine", steps=40, output_dir=tmp_path / "found")
    assert same(state, random_state())
    assert_same_outcome(before.directory, train(tmp_path / "after", "model.dropout=0.3").directory)
    assert list((tmp_path / "found").glob("*/*/*")) == [found.directory]
    assert found.directory.parent == tmp_path / "found" / "lr_find" / "digits"
    names = {path.name for path in found.directory.iterdir()}
    assert names == {"config.yaml", "overrides.yaml", "env.json", "status.json", "lr_find.csv", "lr_find.png"}
    with (found.directory / "lr_find.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == found.losses
    assert [float(row["optimizer.lr"]) for row in rows] == found.rates
    assert api.rerun(found.directory, "trainer.max_epochs=0").status == "done"


def test_steps_of_several_batches(tmp_path: Path) -> None:
    precise = ("trainer.precision=64-true", "optimizer=sgd")
    small = api.lr_find(*TINY, *precise, "trainer.accumulate_grad_batches=4", steps=20, output_dir=tmp_path)
    large = api.lr_find(*TINY, *precise, "loader.batch_size=200", steps=20, output_dir=tmp_path)
    np.testing.assert_allclose(small.losses, large.losses, rtol=1e-9)
    assert len(small.losses) == 20  # over three epochs


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = (*TINY, "optimizer.lr=0.5", f"output_dir={tmp_path}")
    assert exit_code("lr_find", *settings, "low=1e-4", "high=10", "steps=50") == 0
    first, second = capsys.readouterr().out.splitlines()[-2:]
    rate = first.partition(";")[0]
    others = [line for line in settings if line != "optimizer.lr=0.5"]
    assert shlex.split(first.partition("; train with: ")[2]) == ["nnzoo", "train", *others, rate]
    assert 1e-4 < float(rate.removeprefix("optimizer.lr=")) < 10
    assert second.startswith(f"figure       {tmp_path}/lr_find/digits/mlp-")
    assert Path(second.split()[1]).is_file()


def test_no_suggestion(tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = (*LEAST_SQUARES, f"data.path={table}", f"output_dir={tmp_path}")
    assert exit_code("lr_find", *settings, "low=5", "high=50") == 1
    assert "no suggestion: the loss grows up to optimizer.lr=" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["model=fisher", "data=iris"], "task 'fisher' takes no gradient steps, so it has no learning rate"),
        (["model=ridge", "data=sines"], "task 'ridge' takes no gradient steps, so it has no learning rate"),
        (
            ["optimizer.lr=0"],
            "optimizer.lr is 0; it must be above 0, since it sets the ratio of the parameter groups",
        ),
        (["low=0"], "low is 0.0; it must be above 0 and finite"),
        (["high=inf"], "high is inf; it must be above 0 and finite"),
        (["low=1", "high=0.1"], "low is 1.0 and high is 0.1; low must be below high"),
        (["steps=5"], "steps is 5; it must be at least 20"),
        (["steps=x"], "steps is 'x'; it takes an integer"),
        (["stepz=50"], "unknown argument 'stepz'; did you mean 'steps'?"),
        (["model=mlp", "model.hiden=[3]"], "unknown key 'model.hiden'; did you mean 'model.hidden'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], args: list[str], message: str) -> None:
    assert exit_code("lr_find", *args, f"output_dir={tmp_path}") == 2
    assert capsys.readouterr().err == f"nnzoo: {message}\n"
    assert not list(tmp_path.iterdir())


def test_data_from_python(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(40, 2))
    settings = [line for line in LEAST_SQUARES if not line.startswith(("trainer", "data="))]
    with pytest.raises(UserError, match=r"^train/loss is inf in epoch 1 with optimizer.lr=1e-06, the smallest"):
        api.lr_find(*settings, data=(x, 1e30 * x[:, 0]), output_dir=tmp_path)
    assert not list(tmp_path.iterdir())
    found = api.lr_find(*settings, data=(x, x[:, 0]), output_dir=tmp_path)
    assert str(found) == f"optimizer.lr={found.suggestion:.2g}"  # no command has the data
