"""Every kind of task against a plain torch loop: the same weights and metrics; and recorded losses."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from nnzoo.data.splits import Split
from nnzoo.losses.base import Loss
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Schedule
from nnzoo.tasks.loop import Diverged
from nnzoo.tasks.metrics import accumulator
from nnzoo.tasks.metrics.accumulator import MetricAccumulator
from nnzoo.tasks.metrics.base import Metrics, NoMetrics
from nnzoo.tasks.metrics.classification import ClassificationMetrics
from nnzoo.tasks.metrics.language_model import LanguageModelMetrics, PerplexityMetrics
from nnzoo.tasks.metrics.multilabel import MultilabelMetrics, MultilabelSequenceMetrics
from nnzoo.tasks.metrics.reconstruction import ReconstructionMetrics
from nnzoo.tasks.metrics.regression import RegressionMetrics
from nnzoo.tasks.metrics.tagging import SpanMetrics
from nnzoo.tasks.step import Step
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torchmetrics import MeanMetric, MeanSquaredError
from torchmetrics.classification import MulticlassAccuracy

from tests.support.loops import by_hand
from tests.support.networks import Flat, Steps
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

CLASSES = DataSpec("real", (4,), "classes", 3)
TWO = DataSpec("real", (4,), "classes", 2)
NUMBERS = DataSpec("real", (4,), "real", 2)
LABELS = DataSpec("real", (4,), "multilabel", 3)
SEQUENCE_CLASSES = DataSpec("real", (4,), "classes", 3, sequence=True)
STEP_CLASSES = DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True)
STEP_NUMBERS = DataSpec("real", (4,), "real", 2, sequence=True, per_step=True)
STEP_LABELS = DataSpec("onehot", (4,), "multilabel", 3, sequence=True, per_step=True)


def log_loss_of_two(output: Tensor, batch: Batch) -> Tensor:
    return F.softplus(-(2 * batch.y - 1) * output.squeeze(1)).mean()


def masked_classes(output: Tensor, batch: Batch) -> Tensor:
    return F.cross_entropy(output[batch.mask], batch.y[batch.mask])


CASES = {
    "classes": (CrossEntropy, CLASSES, Flat, lambda o, b: F.cross_entropy(o, b.y)),
    "two classes": (Logistic, TWO, Flat, log_loss_of_two),
    "numbers": (Squared, NUMBERS, Flat, None),
    "labels": (BinaryCrossEntropy, LABELS, Flat, None),
    "classes of sequences": (
        CrossEntropy,
        SEQUENCE_CLASSES,
        Steps,
        lambda o, b: F.cross_entropy(o, b.y),
    ),
    "classes of steps": (CrossEntropy, STEP_CLASSES, Steps, masked_classes),
    "numbers of steps": (Squared, STEP_NUMBERS, Steps, None),
    "labels of steps": (BinaryCrossEntropy, STEP_LABELS, Steps, None),
}


def net_of(spec: DataSpec, loss: Loss, kind: type[nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    outputs = loss.out_features(spec.target_size)
    return Steps(4, outputs, every=spec.per_step) if kind is Steps else Flat(4, outputs)


def usual(loss: Loss, spec: DataSpec) -> Callable[[Tensor, Batch], Tensor]:
    """Return the mean loss over real examples or steps; the loss has its own tests."""

    def mean(output: Tensor, batch: Batch) -> Tensor:
        if spec.per_step:
            return loss(output[batch.mask], batch.y[batch.mask]).mean()
        return loss(output, batch.y).mean()

    return mean


def figures_by_hand(steps: list[tuple[float, Batch, Tensor]], spec: DataSpec) -> dict[str, float]:
    """Compute the metrics with loops over examples, steps and sequences."""
    loss = weight = wrong = n = failed = sequences = 0.0
    gaps, targets = [], []
    for value, batch, output in steps:
        size = int(batch.mask.sum()) if spec.per_step else len(batch.x)
        loss, weight = loss + value * size, weight + size
        for i in range(len(batch.x)):
            places = range(int(batch.mask[i].sum())) if spec.per_step else [None]
            mistakes = 0
            for t in places:
                o, y = (output[i], batch.y[i]) if t is None else (output[i, t], batch.y[i, t])
                if spec.target == "classes":
                    mistakes += int((o > 0) != y) if len(o) == 1 else int(max(range(len(o)), key=lambda k: o[k]) != y)
                elif spec.target == "multilabel":
                    mistakes += int((o > 0).tolist() != (y > 0.5).tolist())
                else:
                    gaps += (o - y).double().tolist()
                    targets += y.double().tolist()
                n += 1
            wrong, failed, sequences = wrong + mistakes, failed + (mistakes > 0), sequences + 1
    found = {"loss": loss / weight}
    if spec.target == "real":
        mse = sum(g * g for g in gaps) / len(gaps)
        outputs = spec.target_size
        r2 = 0.0  # the mean over the outputs
        for k in range(outputs):
            ours, g = targets[k::outputs], gaps[k::outputs]
            mean = sum(ours) / len(ours)
            r2 += (1 - sum(e * e for e in g) / sum((t - mean) ** 2 for t in ours)) / outputs
        return found | {"mse": mse, "rmse": mse**0.5, "mae": sum(map(abs, gaps)) / len(gaps), "r2": r2}
    found |= {"acc": 1 - wrong / n, "errors": wrong}
    if spec.target == "multilabel" and spec.sequence:
        found |= {"mistakes": wrong / sequences, "seq_acc": 1 - failed / sequences, "seq_errors": failed}
    return found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("steps_per_slice", [None, 2])
def test_equals_a_plain_training_loop(tmp_path: Path, name: str, steps_per_slice: int | None) -> None:
    loss, spec, network, mean_loss = CASES[name]
    net = net_of(spec, loss(), network)
    other = deepcopy(net)
    train, val = loaders(spec)
    task = make(Task, net, loss(), spec, steps_per_slice=steps_per_slice)
    seen = fit(task, train, val, tmp_path)
    mean_loss = mean_loss or usual(loss(), spec)
    history = by_hand(other, train, mean_loss)
    for one, two in zip(net.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-6)
    for epoch, steps in enumerate(history):
        for figure, value in figures_by_hand(steps, spec).items():
            assert seen[epoch][f"train/{figure}"] == pytest.approx(value, rel=1e-5), (epoch, figure)
    with torch.no_grad():
        last = [(float(mean_loss(o := other(b.x, b.mask), b)), b, o) for b in val.epoch(0)]
    for figure, value in figures_by_hand(last, spec).items():
        assert seen[-1][f"val/{figure}"] == pytest.approx(value, rel=1e-4), figure
    assert task.trainer.global_step == 15


@pytest.mark.parametrize("name", ["numbers", "numbers of steps", "labels of steps"])
def test_metrics_do_not_depend_on_slices(tmp_path: Path, name: str) -> None:
    """To the last digit, also for float64 values, whose sums are not exact."""
    loss, spec, network, _ = CASES[name]
    found = []
    for steps in (1, 2, 3, 50):
        net = net_of(spec, loss(), network).double()
        train, val = loaders(spec)
        train.transform = val.transform = lambda x: x.double()
        found.append(fit(make(Task, net, loss(), spec, steps_per_slice=steps), train, val, tmp_path))
    assert all(seen == found[0] for seen in found)


@pytest.mark.parametrize("name", ["classes of steps", "numbers of steps", "labels of steps", "classes of sequences"])
def test_padding_is_ignored(tmp_path: Path, name: str) -> None:
    """Arbitrary values at padded steps change neither weights nor metrics."""
    loss, spec, network, _ = CASES[name]
    found = []
    for rubbish in (False, True):
        net = net_of(spec, loss(), network)
        train, val = loaders(spec)
        for loader in (train, val) if rubbish else ():
            x, y, mask = loader.split.batch()[:3]
            x = torch.where(mask[..., None], x, 7.0)
            wrong = 1 - y if spec.target == "multilabel" else (y + 1) % 3
            if spec.per_step:
                y = torch.where(mask.view(*mask.shape, *[1] * (y.ndim - 2)), y, wrong.to(y.dtype))
            loader.split = Split(Batch(x, y, mask))
        seen = fit(make(Task, net, loss(), spec), train, val, tmp_path)
        found.append((seen, [p.detach().clone() for p in net.parameters()]))
    assert found[0][0] == found[1][0]
    assert all(map(torch.equal, found[0][1], found[1][1]))


RECORDED = {
    "classes": [1.164152, 1.050202, 1.037814, 1.074414, 0.983515],
    "two classes": [0.711085, 0.706272, 0.686068, 0.688308, 0.677008],
    "numbers": [1.134162, 1.155979, 1.033769, 1.10164, 1.144312],
    "labels": [2.084918, 2.047102, 2.080846, 1.98842, 2.057212],
    "classes of steps": [1.140849, 1.096452, 1.094946, 1.088639, 1.078872],
    "labels of steps": [2.102568, 2.067855, 2.079213, 2.097253, 2.071064],
}


@pytest.mark.parametrize("name", ["classes", "two classes", "numbers", "labels", "classes of steps", "labels of steps"])
def test_recorded_losses(tmp_path: Path, name: str) -> None:
    loss, spec, network, _ = CASES[name]
    net = net_of(spec, loss(), network)
    seen = fit(make(Task, net, loss(), spec), *loaders(spec), tmp_path, epochs=5)
    assert [figures["train/loss"] for figures in seen] == pytest.approx(RECORDED[name], abs=1e-5)


@pytest.mark.parametrize(
    ("algorithm", "clip"),
    [
        ("norm", lambda p: torch.nn.utils.clip_grad_norm_(p, 0.05)),
        ("value", lambda p: torch.nn.utils.clip_grad_value_(p, 0.01)),
    ],
)
def test_clipping(tmp_path: Path, algorithm: Any, clip: Callable[[Any], Any]) -> None:
    net = net_of(CLASSES, CrossEntropy(), Flat)
    other = deepcopy(net)
    train, val = loaders(CLASSES)
    value = {"norm": 0.05, "value": 0.01}[algorithm]
    fit(
        make(Task, net, CrossEntropy(), CLASSES, clip_value=value, clip_algorithm=algorithm),
        train,
        val,
        tmp_path,
    )
    unclipped = deepcopy(other)
    by_hand(other, train, CASES["classes"][3], clip=clip)
    by_hand(unclipped, train, CASES["classes"][3])
    for one, two, three in zip(net.parameters(), other.parameters(), unclipped.parameters(), strict=True):
        torch.testing.assert_close(one, two)
        assert not torch.allclose(one, three)


@pytest.mark.parametrize(("interval", "expected"), [("epoch", 0.1 * 0.5**3), ("step", 0.1 * 0.5**15)])
def test_schedules(tmp_path: Path, interval: Any, expected: float) -> None:
    schedule = Schedule(lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.5), interval)
    net = net_of(CLASSES, CrossEntropy(), Flat)
    task = make(Task, net, CrossEntropy(), CLASSES, schedule=schedule)
    fit(task, *loaders(CLASSES), tmp_path)
    assert task.trainer.optimizers[0].param_groups[0]["lr"] == pytest.approx(expected)


def test_logged_learning_rate_is_the_one_used(tmp_path: Path) -> None:
    """It is the rate of the last of the five steps of each epoch."""
    logged = []
    for interval in ("epoch", "step"):
        schedule = Schedule(lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.5), interval)
        task = make(Task, net_of(CLASSES, CrossEntropy(), Flat), CrossEntropy(), CLASSES, schedule=schedule)
        task.metric_log.write = lambda loggers: None  # type: ignore[method-assign]
        fit(task, *loaders(CLASSES), tmp_path)
        logged.append([values["lr"] for values, _ in task.metric_log.unwritten if "lr" in values])
    assert logged[0] == pytest.approx([0.1, 0.05, 0.025])
    assert logged[1] == pytest.approx([0.1 * 0.5 ** (step - 1) for step in (5, 10, 15)])


def test_stops_at_the_first_loss_that_is_not_finite(tmp_path: Path) -> None:
    net = net_of(CLASSES, CrossEntropy(), Flat)
    train, val = loaders(CLASSES)
    train.split.x[5] = float("inf")
    with pytest.raises(Diverged, match="train/loss is nan in epoch 1"):
        fit(make(Task, net, CrossEntropy(), CLASSES), train, val, tmp_path)
    net = net_of(CLASSES, CrossEntropy(), Flat)
    train, val = loaders(CLASSES)
    val.split.x[5] = float("inf")
    with pytest.raises(Diverged, match="val/loss is nan in epoch 1"):
        fit(make(Task, net, CrossEntropy(), CLASSES), train, val, tmp_path)


def test_metric_accumulator_restores_its_state() -> None:
    """Also within an epoch, and also for torchmetrics' metrics."""
    numbers = torch.Generator().manual_seed(0)
    batches = [Batch(torch.zeros(6, 1), torch.randint(3, (6,), generator=numbers)) for _ in range(4)]

    def measured() -> MetricAccumulator:
        return MetricAccumulator(ClassificationMetrics(), {"gap": MeanSquaredError()}, {}, per_step=False)

    def measure(into: MetricAccumulator, some: list[Batch]) -> MetricAccumulator:
        for batch in some:
            into.add(Step(batch.y.double().mean(), F.one_hot((batch.y + (batch.y > 1)) % 3, 3), batch.y), None)
            into.flush(lambda output: output.argmax(-1), lambda target: target)
        return into

    whole = measure(measured(), batches)
    half = measure(measured(), batches[:2])
    resumed = measured()
    resumed.load_state_dict(half.state_dict())
    assert measure(resumed, batches[2:]).compute() == whole.compute()
    assert whole.compute()["gap"] > 0
    whole.reset()
    assert measure(whole, batches[:2]).compute() == half.compute()


def test_large_outputs_are_measured_like_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are not concatenated first; the last digits stay."""
    steps = [Step(torch.tensor(0.5), *torch.randn(2, n, 7)) for n in (5, 3, 1)]
    calls, found = list[int](), []
    update = ReconstructionMetrics.update
    monkeypatch.setattr(ReconstructionMetrics, "update", lambda *given: (calls.append(len(given[1])), update(*given)))
    for large in (2**18, 1):
        monkeypatch.setattr(accumulator, "LARGE", large)
        measured = MetricAccumulator(ReconstructionMetrics(), {}, {}, per_step=False)
        for step in steps:
            measured.add(step, None)
        measured.flush(lambda output: output, lambda target: target)
        found.append(measured.compute())
    assert calls == [9, 5, 3, 1]
    assert found[0] == found[1]


class Silent(torch.nn.Module):
    """A user-defined metric without `higher_is_better`."""

    def clone(self) -> "Silent":
        return self

    def persistent(self, mode: bool) -> None:
        pass

    def reset(self) -> None:
        pass


def test_metrics_say_whether_higher_is_better() -> None:
    net = net_of(CLASSES, CrossEntropy(), Flat)
    extra = {"gap": MeanSquaredError(), "same": MulticlassAccuracy(3), "mean": MeanMetric(), "own": Silent()}
    task = make(Task, net, CrossEntropy(), CLASSES, metrics=extra)
    assert task.primary == ("val/acc", "max")
    names = task.metric_names("val")
    assert names == [f"val/{name}" for name in ("loss", "acc", "errors", "gap", "same", "mean", "own")]
    assert [task.mode(name) for name in names] == ["min", "max", "min", "min", "max", None, None]


@pytest.mark.parametrize(
    ("kind", "low"),
    [
        (ClassificationMetrics, {"errors"}),
        (SpanMetrics, {"errors"}),
        (MultilabelMetrics, {"errors"}),
        (MultilabelSequenceMetrics, {"errors", "mistakes", "seq_errors"}),
        (LanguageModelMetrics, {"perplexity", "bits"}),
        (PerplexityMetrics, {"perplexity", "bits"}),
        (RegressionMetrics, {"mse", "rmse", "mae"}),
        (NoMetrics, set()),
    ],
)
def test_modes_of_our_metrics(kind: type[Metrics], low: set[str]) -> None:
    assert {name for name, mode in kind.modes.items() if mode == "min"} == low


def test_torchmetrics_on_views() -> None:
    """Targets of a series are windows that are not contiguous; some metrics of torchmetrics reshape them."""
    windows = torch.arange(10.0).unfold(0, 4, 1)[..., None]
    measured = MetricAccumulator(RegressionMetrics(), {"gap": MeanSquaredError()}, {}, per_step=True)
    measured.add(Step(torch.tensor(0.0), windows + 2, windows), None)
    measured.flush(lambda output: output, lambda target: target)
    assert measured.compute()["gap"] == 4
