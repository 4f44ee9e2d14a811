"""Learning from the outputs on the path against learning from all outputs. Aggarwal 2.3.4, 2.6.2."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from nnzoo import api
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.loader import Loader
from nnzoo.errors import UserError
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.learners.tree import Tree
from torch import nn

from tests.support.networks import Flat, Steps, Unmasked
from tests.support.runs import checkpoint, rows, train, weights
from tests.support.runs import same as equal
from tests.support.tasks import loaders, make
from tests.support.trainers import fit

CLASSES = DataSpec("real", (4,), "classes", 6)
STEPS = DataSpec("real", (4,), "classes", 6, sequence=True, per_step=True)
NEXT = DataSpec("tokens", (), "next_token", 5, sequence=True, seq_len=12, per_step=True, vocabulary=tuple("abcde"))
CODES = ("00", "01", "10", "110", "1110", "1111")


def text() -> Batch:
    ids = torch.randint(5, (6, 13), generator=torch.Generator().manual_seed(3))
    return Batch(ids[:, :-1], ids[:, 1:])


def flat() -> nn.Module:
    return Flat(4, 5)


def steps() -> nn.Module:
    return Steps(4, 5, every=True)


def lstm() -> nn.Module:
    return Network(LSTM(vocab_size=5, out_features=4, hidden=6, embedding=4), identity, masked=True)


def trained(
    kind: type[Task], net: Callable[[], nn.Module], spec: DataSpec, folder: Path, **settings: Any
) -> tuple[nn.Module, list[dict[str, float]]]:
    """Return the network in float64 and the metrics."""
    torch.manual_seed(0)
    loss = (
        HierarchicalSoftmax(frequencies=(9.0, 1.0, 4.0, 2.0, 2.0)) if spec is NEXT else HierarchicalSoftmax(codes=CODES)
    )
    task = make(kind, net(), loss, spec, **settings)
    if spec is NEXT:
        train = Loader(text(), batch_size=3, shuffle=True, seed=1, per_step=True, segment=5)
        return task.net, fit(task, train, Loader(text(), batch_size=6, per_step=True), folder)
    return task.net, fit(task, *loaders(spec), folder)


@pytest.mark.parametrize("clip", [None, 0.01])
@pytest.mark.parametrize(
    ("net", "spec"),
    [(flat, CLASSES), (steps, STEPS), (lstm, NEXT)],
)
def test_learns_the_same_as_the_gradient_task(
    net: Callable[[], nn.Module], spec: DataSpec, clip: float | None, tmp_path: Path
) -> None:
    """Also with padding, with segments, and with momentum, which uses dense gradients."""
    ours, seen = trained(Tree, net, spec, tmp_path, clip_value=clip)
    theirs, expected = trained(Task, net, spec, tmp_path, clip_value=clip)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)
    known = ("loss", "perplexity", "bits") if spec is NEXT else ("loss",)
    names = [name for name in expected[0] if name.startswith("val/") or name.partition("/")[2] in known]
    assert len(names) < len(expected[0])
    assert seen == [pytest.approx({name: epoch[name] for name in names}, rel=1e-4) for epoch in expected]


def test_plain_gradient_descent_uses_sparse_gradients(tmp_path: Path) -> None:
    descent = partial(torch.optim.SGD, lr=0.5)
    ours, _ = trained(Tree, flat, CLASSES, tmp_path, optimizer=descent)
    theirs, _ = trained(Task, flat, CLASSES, tmp_path, optimizer=descent)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("optimizer", "clip", "sparse"),
    [(torch.optim.SGD, None, True), (torch.optim.SGD, 1.0, False), (torch.optim.Adam, None, False)],
)
def test_when_gradients_are_sparse(
    optimizer: type[torch.optim.SGD | torch.optim.Adam], clip: float | None, sparse: bool
) -> None:
    task = make(Tree, flat(), HierarchicalSoftmax(codes=CODES), CLASSES, clip_value=clip)
    task.update(CLASSES.fake_batch(3), optimizer(task.parameters(), lr=0.1))
    assert [p.grad.is_sparse for p in task.parameters() if p.grad is not None] == [False, False, sparse, False]


def test_no_other_outputs_are_computed() -> None:
    net = flat()
    task = make(Tree, net, HierarchicalSoftmax(codes=CODES), CLASSES)
    batch = CLASSES.fake_batch(3)._replace(y=torch.tensor([0, 0, 1]))  # nodes 0 and 1
    net.layers[2].weight.data[2:] = torch.nan  # type: ignore[index, union-attr]
    loss, output, *_ = task.compute(batch)
    assert loss.isfinite()
    assert not output.numel()
    task.eval()
    assert task.compute(batch)[1].isnan().any()


@pytest.mark.parametrize(
    ("net", "loss", "message"),
    [
        (flat, CrossEntropy(), "choose loss=hierarchical_softmax"),
        (
            lambda: nn.Sequential(Flat(4, 5), nn.Tanh()),
            HierarchicalSoftmax(codes=CODES),
            "network whose last layer is linear; that of Sequential is not",
        ),
    ],
)
def test_unsuitable_losses_and_networks_are_refused(net: Callable[[], nn.Module], loss: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make(Tree, Unmasked(net()), loss, CLASSES)


def test_interrupted_and_resumed_run(tmp_path: Path) -> None:
    settings = ("task=tree", "optimizer=sgd", "optimizer.lr=0.1", "model.dropout=0.3")
    whole = train(tmp_path / "whole", *settings, "trainer.max_epochs=4")
    half = train(tmp_path / "half", *settings)
    api.resume(half.directory, "trainer.max_epochs=4")
    assert equal(weights(half.directory), weights(whole.directory))
    assert "train/loss" in rows(whole.directory)[0]
    assert "train/acc" not in rows(whole.directory)[0]
    assert whole.metrics["test/last"]["acc"] > 0.3
    assert api.evaluate(whole.directory) == whole.metrics
    found = api.predict(whole.directory, torch.rand(3, 1, 8, 8).numpy())
    assert found["prediction"].shape == (3,)


def test_frequencies_from_the_data(tmp_path: Path) -> None:
    result = api.train(
        "model=rnn",
        "model.hidden=8",
        "data=word_text",
        "task=tree",
        "loss.frequencies=data",
        "optimizer=sgd",
        "trainer.max_epochs=1",
        "trainer.threads=1",
        output_dir=tmp_path,
    )
    assert set(rows(result.directory)[0]) >= {"train/bits", "train/perplexity", "val/acc"}
    assert "frequencies: data\n" in (result.directory / "config.yaml").read_text()
    counts = checkpoint(result.directory)["nnzoo"]["spec"]["frequencies"]
    assert len(counts) == len(checkpoint(result.directory)["nnzoo"]["spec"]["vocabulary"])
    assert api.sample(result.directory, "the", length=5)
    assert api.evaluate(result.directory)["test/last"] == pytest.approx(result.metrics["test/last"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("loss=cross_entropy",), "choose loss=hierarchical_softmax"),
        (("trainer.compile=true",), "set trainer.compile=false"),
        (("model=lenet5_original", "data=mnist"), "hierarchical_softmax"),
        (("data=sines", "model=rnn"), "takes classes or next_token or context; the target of the data is real"),
        (("data=sines", "model=rnn", "loss.frequencies=data"), "takes classes or next_token or context; the target"),
    ],
)
def test_invalid_settings_are_refused(settings: tuple[str, ...], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        api.train("model=mlp", "task=tree", *settings, output_dir=tmp_path)
