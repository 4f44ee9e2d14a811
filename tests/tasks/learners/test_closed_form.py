"""Closed-form solutions against scikit-learn on rows gathered one by one, against worked numbers, and as runs."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.data.loader import Loader
from nnzoo.data.splits import Split
from nnzoo.errors import UserError
from nnzoo.losses.base import Loss
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.learners.closed_form import Ridge, RidgeStart
from nnzoo.tasks.loop import Diverged
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.linear_model import Ridge as Sklearn
from torch import Tensor, nn

from tests.support.networks import Steps
from tests.support.runs import checkpoint, same, weights
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

NUMBERS = DataSpec("real", (4,), "real", 2)
CLASSES = DataSpec("real", (4,), "classes", 3)
TWO = DataSpec("real", (4,), "classes", 2)
LABELS = DataSpec("real", (4,), "multilabel", 3)
STEP_NUMBERS = DataSpec("real", (4,), "real", 2, sequence=True, per_step=True)
STEP_CLASSES = DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True)
SEQUENCE_NUMBERS = DataSpec("real", (4,), "real", 2, sequence=True)


class Plain(nn.Module):
    """One linear layer; with other features below it, where they are given."""

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True, below: nn.Module | None = None) -> None:
        super().__init__()
        self.below = below or nn.Identity()
        self.last = nn.Linear(inputs, outputs, bias=bias)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        output: Tensor = self.last(self.below(x))
        return output


def ridge(net: nn.Module, spec: DataSpec, loss: Loss, folder: Path, **settings: Any) -> list[dict[str, float]]:
    train, val = loaders(spec)
    return fit(make(Ridge, net, loss, spec, **settings), train, val, folder, epochs=1)


def whole(spec: DataSpec) -> Batch:
    return loaders(spec)[0].split.batch()


@pytest.mark.parametrize(("bias", "penalty"), [*product([True, False], [0.0, 0.3, 50.0])])
def test_regression_equals_scikit_learn(tmp_path: Path, bias: bool, penalty: float) -> None:
    net = Plain(4, 2, bias=bias)
    (seen,) = ridge(net, NUMBERS, Squared(), tmp_path, penalty=penalty)
    x, y = (t.double().numpy() + 0 for t in whole(NUMBERS)[:2])
    judge = Sklearn(penalty, fit_intercept=bias) if penalty else LinearRegression(fit_intercept=bias)
    judge.fit(x, y)
    np.testing.assert_allclose(net.last.weight.detach(), judge.coef_, rtol=1e-5, atol=1e-6)
    if bias:
        np.testing.assert_allclose(net.last.bias.detach(), judge.intercept_, rtol=1e-5, atol=1e-6)
    assert seen["train/mse"] == pytest.approx(np.square(judge.predict(x) - y).mean(), rel=1e-5)
    x, y = (t.double().numpy() for t in loaders(NUMBERS)[1].split.batch()[:2])
    assert seen["val/mse"] == pytest.approx(np.square(judge.predict(x) - y).mean(), rel=1e-5)


def test_one_step_changes_only_the_last_layer(tmp_path: Path) -> None:
    below = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Dropout(0.5))
    before = below[0].weight.detach().clone()
    net = Plain(6, 2, below=below)
    task = make(Ridge, net, Squared(), NUMBERS, penalty=0.1)
    fit(task, *loaders(NUMBERS), tmp_path, epochs=1)
    assert task.trainer.global_step == 1
    assert net.training
    assert torch.equal(below[0].weight, before)
    features = net.eval().below(whole(NUMBERS).x).detach().double().numpy()
    judge = Sklearn(0.1).fit(features, whole(NUMBERS).y.double().numpy())
    np.testing.assert_allclose(net.last.weight.detach(), judge.coef_, rtol=1e-4, atol=1e-5)


def test_classification_equals_scikit_learn(tmp_path: Path) -> None:
    """A RidgeClassifier has +1 for a class and -1 for the others."""
    x, y = (t.numpy() for t in whole(CLASSES)[:2])
    judge = RidgeClassifier(0.5).fit(x.astype(np.float64), y)
    net = Plain(4, 3)
    (seen,) = ridge(net, CLASSES, CrossEntropy(), tmp_path, penalty=0.5)
    np.testing.assert_allclose(net.last.weight.detach(), judge.coef_, rtol=1e-4, atol=1e-6)
    assert seen["train/acc"] == pytest.approx(judge.score(x, y))
    judge = RidgeClassifier(0.5).fit(*(t.double().numpy() for t in whole(TWO)[:2]))
    one = Plain(4, 1)
    ridge(one, TWO, Logistic(), tmp_path, penalty=0.5)
    np.testing.assert_allclose(one.last.weight[0].detach(), judge.coef_, rtol=1e-4, atol=1e-6)


def test_labels(tmp_path: Path) -> None:
    net = Plain(4, 3)
    ridge(net, LABELS, BinaryCrossEntropy(), tmp_path, penalty=0.5)
    x, y = (t.double().numpy() for t in whole(LABELS)[:2])
    judge = Sklearn(0.5).fit(x, np.where(y > 0, 1, -1))
    np.testing.assert_allclose(net.last.weight.detach(), judge.coef_, rtol=1e-4, atol=1e-6)


def gathered(net: Steps, batch: Batch, washout: int, *, every: bool) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return features and targets row by row, each sequence read alone."""
    xs, ys = [], []
    for i in range(len(batch.x)):
        steps = int(batch.mask[i].sum()) if batch.mask is not None else batch.x.shape[1]
        h = net.cells(batch.x[i : i + 1, :steps])[0][0].detach().double()
        xs += [h[washout:] if every else h[-1:]]
        ys += [batch.y[i, washout:steps] if every else batch.y[i : i + 1]]
    return torch.cat(xs).numpy(), torch.cat(ys).numpy()


@pytest.mark.parametrize("washout", [0, 2])
def test_washout_and_padding_are_left_out(tmp_path: Path, washout: int) -> None:
    """Neither padding nor the steps of the washout affect the solution."""
    torch.manual_seed(0)
    net = Steps(4, 2, every=True)
    train, val = loaders(STEP_NUMBERS)
    x, y, mask, _ = train.split.batch()
    assert mask is not None
    rubbish = ~mask[..., None]
    batch = Batch(x.masked_fill(rubbish, 7), y.masked_fill(rubbish, 9), mask)
    train.split = Split(batch)
    fit(make(Ridge, net, Squared(), STEP_NUMBERS, penalty=0.01, washout=washout), train, val, tmp_path, epochs=1)
    judge = Sklearn(0.01).fit(*gathered(net, batch, washout, every=True))
    np.testing.assert_allclose(net.out.weight.detach(), judge.coef_, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(net.out.bias.detach(), judge.intercept_, rtol=1e-3, atol=1e-4)


def test_classes_of_steps(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = Steps(4, 3, every=True)
    ridge(net, STEP_CLASSES, CrossEntropy(), tmp_path, penalty=0.01)
    judge = RidgeClassifier(0.01).fit(*gathered(net, whole(STEP_CLASSES), 0, every=True))
    np.testing.assert_allclose(net.out.weight.detach(), judge.coef_, rtol=1e-3, atol=1e-4)


class Last(Steps):
    """The linear layer gets only the last real step, so its output is that of the network."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, every=False)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        h = self.cells(x)[0]
        output: Tensor = self.out(h[:, -1] if mask is None else h[torch.arange(len(x)), mask.sum(1) - 1])
        return output


def test_one_target_per_sequence(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = Last(4, 2)
    ridge(net, SEQUENCE_NUMBERS, Squared(), tmp_path, penalty=0.01)
    judge = Sklearn(0.01).fit(*gathered(net, whole(SEQUENCE_NUMBERS), 0, every=False))
    np.testing.assert_allclose(net.out.weight.detach(), judge.coef_, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("washout", [0, 3, 12])
def test_segments_equal_the_whole_sequence(tmp_path: Path, washout: int) -> None:
    """The state is carried from segment to segment, and the washout applies to whole sequences."""
    settings = ("model=esn", "model.hidden=10", "data=sines", "task=ridge", f"task.washout={washout}")
    settings = (*settings, "data.length=300", "data.steps=20", "trainer.accelerator=cpu", "~callbacks.figures")
    found = [
        api.train(*settings, f"trainer.truncated_bptt_steps={segment}", output_dir=tmp_path) for segment in ("null", 5)
    ]
    one, other = (weights(result.directory) for result in found)
    for name in one:
        torch.testing.assert_close(one[name], other[name], rtol=1e-3, atol=1e-4)
    assert found[0].metrics["test/last"]["mse"] < 0.5


# Worked numbers: Aggarwal 1.4.1, four points with five features, y = 2, 4, 6, 8
POINTS = torch.tensor([[1.0, 1, 0, 0, 0], [2, 0, 1, 0, 0], [3, 0, 0, 1, 0], [4, 0, 0, 0, 1]])
SMALLEST = [60 / 31, 2 / 31, 4 / 31, 6 / 31, 8 / 31]
SOLUTIONS = {
    0.0: SMALLEST,
    0.1: [1.92926045, 0.06430868, 0.12861736, 0.19292605, 0.25723473],
    1.0: [1.875, 0.0625, 0.125, 0.1875, 0.25],
}


@pytest.mark.parametrize("penalty", SOLUTIONS)
@pytest.mark.parametrize("batch_size", [1, 4])
def test_more_features_than_points(tmp_path: Path, penalty: float, batch_size: int) -> None:
    """N1: the solution of least norm, and eq. 2.12; sums do not depend on how the points are batched."""
    spec = DataSpec("real", (5,), "real", 1)
    split = Batch(POINTS, torch.tensor([[2.0], [4], [6], [8]]))
    net = Plain(5, 1, bias=False)
    task = make(Ridge, net, Squared(), spec, penalty=penalty)
    fit(task, Loader(split, batch_size=batch_size), Loader(split, batch_size=4), tmp_path, epochs=1)
    assert net.last.weight[0].tolist() == pytest.approx(SOLUTIONS[penalty], abs=1e-6)


def test_gradient_descent_converges_to_the_solution(tmp_path: Path) -> None:
    """O16, T5: on the summed squared error, with the penalty of eq. 2.12."""
    net = Plain(4, 2, bias=False).double()
    x, y = whole(NUMBERS).x.double(), whole(NUMBERS).y.double()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.005)
    for _ in range(2000):
        optimizer.zero_grad()
        (0.5 * (net(x) - y).square().sum() + 0.5 * 3 * net.last.weight.square().sum()).backward()
        optimizer.step()
    solved = Plain(4, 2, bias=False)
    ridge(solved, NUMBERS, Squared(), tmp_path, penalty=3.0)
    torch.testing.assert_close(solved.last.weight.double(), net.last.weight, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("spec", "settings", "message"),
    [
        (NUMBERS, {"penalty": -1.0}, "task.penalty is -1.0; it must be at least 0"),
        (NUMBERS, {"penalty": float("inf")}, "task.penalty is inf"),
        (STEP_NUMBERS, {"washout": -1}, "task.washout is -1"),
        (NUMBERS, {"washout": 1}, "task.washout is 1, but the data has no target at each step"),
    ],
)
def test_invalid_settings_are_refused(spec: DataSpec, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        make(Ridge, Plain(4, 2), Squared(), spec, **settings)
    assert "\n" not in str(error.value)


def test_washout_as_long_as_the_sequences_is_refused(tmp_path: Path) -> None:
    fixed = DataSpec("real", (4,), "real", 2, sequence=True, seq_len=6, per_step=True)
    with pytest.raises(UserError, match=r"task\.washout is 6; it must be below the 6 steps"):
        make(Ridge, Plain(4, 2), Squared(), fixed, washout=6)
    with pytest.raises(UserError, match=r"task\.washout is 9, which leaves no step of any sequence"):
        ridge(Plain(4, 2), STEP_NUMBERS, Squared(), tmp_path, washout=9)


def test_the_last_layer_must_be_linear() -> None:
    with pytest.raises(UserError, match="needs a network whose last layer is linear; that of Masked is not"):
        make(Ridge, Masked(nn.Linear(4, 2), nn.Tanh()), Squared(), NUMBERS)
    norm = Masked(nn.BatchNorm1d(4), nn.Linear(4, 2))
    before = norm[0].running_mean.clone()
    make(Ridge, norm, Squared(), NUMBERS)
    assert torch.equal(norm[0].running_mean, before)
    assert norm.training


class Masked(nn.Sequential):
    def forward(self, x: Tensor, mask: Tensor | None = None) -> Any:
        return super().forward(x)


def test_non_finite_inputs_raise_diverged(tmp_path: Path) -> None:
    train, val = loaders(NUMBERS)
    train.split.x[5] = float("inf")
    with pytest.raises(Diverged, match="an input of the last layer or a target is not finite"):
        fit(make(Ridge, Plain(4, 2), Squared(), NUMBERS), train, val, tmp_path, epochs=1)


RUN = ("data=sines", "data.length=300", "data.steps=10", "trainer.accelerator=cpu", "trainer.threads=1")
RUN = (*RUN, "~callbacks.figures", "evaluate=[train,val,test]")


def run(folder: Path, *overrides: str) -> Any:
    return api.train(*RUN, *overrides, output_dir=folder)


@pytest.mark.parametrize("model", ["linear", "ar", "esn"])
def test_ridge_run(tmp_path: Path, model: str) -> None:
    """Logging, checkpoints and resuming work as for any run; training metrics are those of the solution."""
    result = run(tmp_path, f"model={model}", "task=ridge")
    assert result.status == "done"
    assert checkpoint(result.directory)["global_step"] == 1
    assert checkpoint(result.directory)["nnzoo"]["stream"] == {"epoch": 1, "done": 0}
    rows = (result.directory / "metrics.csv").read_text().splitlines()
    assert len(rows) == 2
    logged = dict(zip(rows[0].split(","), rows[1].split(","), strict=True))
    assert float(logged["train/mse"]) == pytest.approx(result.metrics["train/last"]["mse"], rel=1e-5)
    assert float(logged["val/mse"]) == pytest.approx(result.metrics["val/last"]["mse"], rel=1e-5)
    again = api.resume(result.directory)
    assert again.metrics == result.metrics == api.evaluate(result.directory)
    gradient = run(tmp_path, f"model={model}", "trainer.max_epochs=3")
    assert result.metrics["train/last"]["mse"] < gradient.metrics["train/last"]["mse"]


def test_ridge_start_run(tmp_path: Path) -> None:
    """Without a further step the weights are the solution; a resumed run does not solve again."""
    model = ("model=esn_rnn", "model.hidden=20")
    solved = run(tmp_path / "solved", *model, "task=ridge")
    model = (*model, "optimizer=sgd")
    still = run(tmp_path / "still", *model, "task=ridge_start", "optimizer.lr=0", "trainer.max_epochs=1")
    assert same(weights(solved.directory), weights(still.directory))
    model = (*model, "task=ridge_start", "optimizer.lr=0.01")
    whole = run(tmp_path / "whole", *model, "trainer.max_epochs=4")
    half = run(tmp_path / "half", *model, "trainer.max_epochs=2")
    api.resume(half.directory, "trainer.max_epochs=4")
    assert same(weights(half.directory), weights(whole.directory))
    moved, before = weights(whole.directory), weights(still.directory)
    assert not any(torch.equal(moved[name], before[name]) for name in moved)


def test_settings_are_checked_before_a_run() -> None:
    for override, message in [
        ("task.penalty=much", "task.penalty is 'much'; it takes float"),
        ("+task.penality=1", "unknown key 'task.penality'; did you mean 'task.penalty'"),
    ]:
        with pytest.raises(UserError, match=message):
            api.train("task=ridge", override)


def kinds() -> Sequence[type[Task]]:
    return (Ridge, RidgeStart)


@pytest.mark.parametrize("kind", kinds())
def test_predictions_are_those_of_the_head(kind: type[Task]) -> None:
    output = torch.tensor([[0.1, 0.3, 0.2]])
    assert make(kind, Plain(4, 3), CrossEntropy(), CLASSES).head.predict(output).tolist() == [1]
    assert make(kind, Plain(4, 3), BinaryCrossEntropy(), LABELS).head.predict(output).all()
    task = make(kind, Plain(4, 2), Squared(), NUMBERS)
    assert torch.equal(task.head.predict(output), output)
    assert task.metric_names("val") == make(Task, Plain(4, 2), Squared(), NUMBERS).metric_names("val")


def test_reconstruction_is_least_squares(tmp_path: Path) -> None:
    """A linear layer of full rank becomes the identity; a loss that interprets outputs as logits is refused."""
    bits = replace(NUMBERS, low=0.0, high=1.0).with_input_as_target()
    net = Plain(4, 4)
    train, val = loaders(bits)
    train.unsupervised = val.unsupervised = True
    fit(make(Ridge, net, Squared(), bits, penalty=0.0), train, val, tmp_path, epochs=1)
    torch.testing.assert_close(net.last.weight.detach(), torch.eye(4), atol=1e-5, rtol=0)
    with pytest.raises(UserError, match="but loss BinaryCrossEntropy does not; choose loss=squared"):
        make(Ridge, Plain(4, 4), BinaryCrossEntropy(), bits)
