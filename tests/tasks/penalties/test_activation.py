"""Penalties on hidden units against backpropagation by hand and explicit sums, and in runs."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo import api
from nnzoo.analysis.layers.sparsity import near_zero
from nnzoo.backprop import Identity, Tanh, Units
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.images.digits import Digits
from nnzoo.errors import UserError
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.maxout_mlp import MaxoutMLP
from nnzoo.models.mlp import MLP
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.penalties import ActivationPenalty
from torch import Tensor, nn

from tests.support import runs
from tests.support.networks import Flat, Steps
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

NUMBERS = DataSpec("real", (4,), "real", 1)
CLASSES = DataSpec("real", (4,), "classes", 3)
STEP_CLASSES = DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True)
SEQUENCES = DataSpec("real", (4,), "classes", 3, sequence=True)
SIZES = {"l1": Tensor.abs, "l2": Tensor.square}


def penalized(net: nn.Module, spec: DataSpec, **settings: Any) -> Task:
    """Return a task with an activation penalty; clip_value and clip_algorithm are settings of the task."""
    loss = Squared() if spec.target == "real" else CrossEntropy()
    clipping = {key: settings.pop(key) for key in [*settings] if key.startswith("clip_")}
    return make(Task, net, loss, spec, penalties={"activation": ActivationPenalty(**settings)}, **clipping)


def gradients(net: nn.Module, spec: DataSpec, batch: Batch, **settings: object) -> tuple[float, dict[str, Tensor]]:
    """Return the reported loss, and the gradients of one step."""
    task = penalized(net, spec, **settings)
    task.setup("fit")
    net.zero_grad()
    reported = task.gradient(batch).loss
    for hook in task.hooks:
        hook.remove()
    return reported.item(), {name: p.grad.clone() for name, p in net.named_parameters()}


@pytest.mark.parametrize("norm", SIZES)
def test_gradient_by_hand(norm: str) -> None:
    """The recursion also starts at hidden units: Aggarwal eq. 3.25 and 3.26."""
    net = Network(MLP(in_features=4, out_features=1, hidden=[3, 2], activation="tanh").double(), identity, masked=False)
    batch = NUMBERS.fake_batch(5, torch.Generator().manual_seed(0))
    batch = batch._replace(x=batch.x.double(), y=batch.y.double())
    reported, found = gradients(net, NUMBERS, batch, weight=0.3, norm=norm)

    weights, activations = {}, {}
    widths = [4, 3, 2, 1]
    for layer, (inputs, units) in enumerate(pairwise(widths)):
        weight, bias = (p.detach().numpy() for p in list(net.parameters())[2 * layer : 2 * layer + 2])
        for unit in range(units):
            row = {f"{layer}.{i}": weight[unit, i] for i in range(inputs)}
            weights[f"{layer + 1}.{unit}"] = row | {"1": bias[unit]}
            activations[f"{layer + 1}.{unit}"] = Tanh() if layer < 2 else Identity()
    graph = Units(weights=weights, activations=activations)
    values = graph.forward({f"0.{i}": batch.x[:, i].numpy() for i in range(4)} | {"1": np.ones(5)})
    error = values["3.0"] - batch.y[:, 0].numpy()
    slope = np.sign if norm == "l1" else lambda h: 2 * h
    seeds = {h: 0.3 * slope(values[h]) / 5 for h in weights if h != "3.0"} | {"3.0": 2 * error / 5}
    by_hand = graph.by_pre_activation(values, seeds)

    assert reported == pytest.approx(np.square(error).mean())
    for layer, (inputs, count) in enumerate(pairwise(widths)):
        weight, bias = list(found.values())[2 * layer : 2 * layer + 2]
        for unit in range(count):
            expected = [by_hand[f"{layer}.{i}", f"{layer + 1}.{unit}"] for i in range(inputs)]
            assert weight[unit].tolist() == pytest.approx(expected, rel=1e-9)
            assert bias[unit].item() == pytest.approx(by_hand["1", f"{layer + 1}.{unit}"], rel=1e-9)


@pytest.mark.parametrize("norm", SIZES)
@pytest.mark.parametrize("every", [True, False])
def test_padding_is_ignored(norm: str, every: bool) -> None:
    """All real steps of a sequence count, independent of the padding; the mean is over steps or over sequences."""
    spec = STEP_CLASSES if every else SEQUENCES
    net = Steps(4, 3, every=every)
    batch = spec.fake_batch(6, torch.Generator().manual_seed(0))
    assert not batch.mask.all()
    batch = batch._replace(x=batch.x.masked_fill(~batch.mask[..., None], 7))
    reported, found = gradients(net, spec, batch, weight=0.2, norm=norm, layers="cells")
    lengths = batch.mask.sum(1).tolist()
    sizes = [SIZES[norm](net.cells(x[:n][None])[0]).sum() for x, n in zip(batch.x, lengths, strict=True)]
    total = torch.stack(sizes).sum()
    losses = CrossEntropy()(net(batch.x, batch.mask), batch.y)
    places = int(batch.mask.sum()) if every else 6
    loss = (losses * batch.mask).sum() / places if every else losses.mean()
    assert reported == pytest.approx(loss.item())
    expected = torch.autograd.grad(loss + 0.2 * total / places, list(net.parameters()))
    torch.testing.assert_close(list(found.values()), list(expected))


def test_all_recurrent_cells_are_penalized() -> None:
    """Two bidirectional layers: the output states of the second layer, and of the first the inputs of the second."""
    model = LSTM(in_features=4, out_features=3, per_step=False, layers=2, bidirectional=True, hidden=5)
    net = Network(model, identity, masked=True)
    batch = SEQUENCES.fake_batch(6, torch.Generator().manual_seed(0))
    reported, found = gradients(net, SEQUENCES, batch, weight=0.2)
    given: list[Tensor] = []
    with model.recurrent.dropout.register_forward_hook(lambda _, __, output: given.append(output)):
        given.append(model.recurrent(batch.x, batch.mask)[0])
    loss = CrossEntropy()(net(batch.x, batch.mask), batch.y).mean()
    assert reported == pytest.approx(loss.item())
    total = torch.stack([(h.abs() * batch.mask[..., None]).sum() for h in given]).sum()
    expected = torch.autograd.grad(loss + 0.2 * total / 6, list(net.parameters()))
    torch.testing.assert_close(list(found.values()), list(expected))


@pytest.mark.parametrize(
    ("pattern", "units"),
    [("layers.1", [3]), ("layers.?", [3, 3, 2, 2, 3]), ("layers*", [3, 3, 2, 2, 3]), (None, [3, 2])],
)
def test_layers_by_name_pattern(pattern: str | None, units: list[int]) -> None:
    net = Network(MLP(in_features=4, out_features=3, hidden=[3, 2]), identity, masked=False)
    task = penalized(net, CLASSES, layers=pattern)
    task.setup("fit")
    batch = CLASSES.fake_batch(7, torch.Generator())
    task.compute(batch)
    assert [h.shape[1] for h in task.penalties["activation"].recorded] == units
    task.gradient(batch)
    assert not task.penalties["activation"].recorded
    net.eval()
    task.compute(batch)
    assert not task.penalties["activation"].recorded


def test_maxout_units_are_hidden_units() -> None:
    net = Network(MaxoutMLP(in_features=4, out_features=3, hidden=[3]), identity, masked=False)
    penalty = penalized(net, CLASSES).penalties["activation"]
    assert isinstance(penalty, ActivationPenalty)
    assert [type(layer).__name__ for layer in penalty.penalized_layers] == ["Maxout"]


def test_zero_weight_equals_no_penalty(tmp_path: Path) -> None:
    seen, weights = [], []
    for penalties in ({}, {"activation": ActivationPenalty(weight=0.0, layers="layers.1")}):
        torch.manual_seed(0)
        net = Flat(4, 1)
        seen.append(fit(make(Task, net, Squared(), NUMBERS, penalties=penalties), *loaders(NUMBERS), tmp_path))
        weights.append(net.state_dict())
    assert seen[0] == [{key: value for key, value in row.items() if "penalty" not in key} for row in seen[1]]
    assert runs.same(*weights)


def test_reported_loss_excludes_the_penalty_and_hooks_are_removed(tmp_path: Path) -> None:
    net = Flat(4, 3)
    task = penalized(net, CLASSES, weight=0.1)
    *_, seen = fit(task, *loaders(CLASSES), tmp_path)
    assert not task.penalties["activation"].recorded
    usual = make(Task, net, CrossEntropy(), CLASSES)
    batch = loaders(CLASSES)[1].split.batch()
    assert seen["val/loss"] == pytest.approx(usual.compute(batch)[0].item())
    assert not task.penalties["activation"].recorded


def test_sparse_features(tmp_path: Path) -> None:
    """Aggarwal 4.4.4: most ReLU units are 0, without a loss of accuracy."""
    shares, accuracy = {}, {}
    for penalty in (0.0, 0.01):
        given = (
            "penalties=activation",
            f"penalties.activation.weight={penalty}",
            "model.hidden=[30]",
            "optimizer.lr=0.01",
        )
        result = runs.train(tmp_path, *given, "trainer.max_epochs=8")
        x = Digits(size=8).splits["test"].x.flatten(1)
        shares[penalty] = near_zero(api.load(result.directory).network, ["model.layers.1"], x)["model.layers.1"]
        accuracy[penalty] = result.metrics["test/last"]["acc"]
    assert shares[0.01] > 0.55 > 0.4 > shares[0.0]
    assert accuracy[0.01] > 0.95


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"weight": -1.0}, "ActivationPenalty: weight is -1.0; it must be at least 0 and finite"),
        ({"weight": float("nan")}, "ActivationPenalty: weight is nan; it must be at least 0 and finite"),
        ({"norm": "l3"}, "unknown norm of an activation penalty 'l3'; did you mean 'l1'?"),
        (
            {"layers": "layer.*"},
            "activation penalty: no layer matches 'layer.*'; the layers are layers, layers.0, layers.1, ",
        ),
    ],
)
def test_invalid_settings_are_refused(settings: dict[str, object], error: str) -> None:
    with pytest.raises((UserError, ValueError), match=error.replace("*", r"\*").replace("?", r"\?")):
        penalized(Flat(4, 3), CLASSES, **settings)


def test_temporal_clipping_is_refused() -> None:
    net = Network(LSTM(in_features=4, out_features=3, per_step=False, hidden=5), identity, masked=True)
    with pytest.raises(UserError, match=r"cannot be used with trainer.gradient_clip_algorithm=temporal"):
        penalized(net, SEQUENCES, clip_algorithm="temporal", clip_value=1.0)


def test_network_without_hidden_units_is_refused() -> None:
    net = Network(MLP(in_features=4, out_features=3, hidden=[]), identity, masked=False)
    with pytest.raises(UserError, match="MLP has no activation functions, maxout units or recurrent cells"):
        penalized(net, CLASSES)
    fixed = Flat(4, 3)
    fixed.layers[0].requires_grad_(False)
    with pytest.raises(UserError, match="do not depend on trainable parameters"):
        gradients(fixed, CLASSES, CLASSES.fake_batch(3, torch.Generator()))
