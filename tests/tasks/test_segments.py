"""Truncated backpropagation through time: segments in order, state carried, gradient cut. Aggarwal 7.2.2."""

import csv
import math
from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.loader import Loader
from nnzoo.errors import UserError
from nnzoo.losses.bce import BinaryCrossEntropy
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from torch import Tensor, nn

from tests.support.tasks import make
from tests.support.trainers import fit

F = nn.functional

T = 12
LABELS = DataSpec("onehot", (4,), "multilabel", 3, sequence=True, per_step=True, vocabulary=tuple("abcd"))
NEXT = DataSpec("tokens", (), "next_token", 5, sequence=True, seq_len=T, per_step=True, vocabulary=tuple("abcde"))


def network(spec: DataSpec) -> Network:
    torch.manual_seed(0)
    sizes = {"vocab_size": 5} if spec.input == "tokens" else {"in_features": 4}
    model = LSTM(**sizes, out_features=spec.target_size, hidden=6, embedding=4, layers=2)
    return Network(model, identity, masked=True)


def ragged(n: int) -> Batch:
    """Sequences of 3 to T steps."""
    generator = torch.Generator().manual_seed(3)
    lengths = torch.randint(3, T + 1, (n,), generator=generator)
    lengths[0] = T
    mask = torch.arange(T) < lengths[:, None]
    x = F.one_hot(torch.randint(4, (n, T), generator=generator), 4).float() * mask[..., None]
    return Batch(x, torch.randint(2, (n, T, 3), generator=generator).float(), mask)


def texts(n: int) -> Batch:
    ids = torch.randint(5, (n, T + 1), generator=torch.Generator().manual_seed(3))
    return Batch(ids[:, :-1], ids[:, 1:])


def mean_loss(output: Tensor, batch: Batch) -> Tensor:
    if batch.mask is None:
        return F.cross_entropy(output.flatten(0, 1), batch.y.flatten())
    values = F.binary_cross_entropy_with_logits(output, batch.y, reduction="none").sum(-1)
    return (values * batch.mask).sum() / batch.mask.sum()


def by_hand(net: Network, loader: Loader, split: Batch, segment: int, epochs: int) -> None:
    """Train as in the text: the final state of a segment, detached, is the initial state of the next."""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(epochs):
        rows = loader.order(epoch) if loader.shuffle else torch.arange(len(split.x))
        for index in rows.split(loader.batch_size):
            batch, state = split.rows(index), None
            for first in range(0, T, segment):
                piece = batch.steps(first, first + segment, per_step=True)
                if piece.mask is not None and not piece.mask.any():
                    continue
                output, state = net.model.run(piece.x, piece.mask, state)
                state = [tuple(part.detach() for part in each) for each in state]
                optimizer.zero_grad()
                mean_loss(output, piece).backward()
                optimizer.step()


@pytest.mark.parametrize(("spec", "split"), [(LABELS, ragged(9)), (NEXT, texts(6))], ids=["ragged", "text"])
@pytest.mark.parametrize("segment", [1, 5, T])
def test_segments_by_hand(spec: DataSpec, split: Batch, segment: int, tmp_path: Path) -> None:
    loss = BinaryCrossEntropy() if spec is LABELS else CrossEntropy()
    task = make(Task, network(spec), loss, spec)
    loader = Loader(split, batch_size=4, shuffle=True, seed=1, per_step=True, segment=segment)
    fit(task, loader, Loader(split, batch_size=9, per_step=True), tmp_path, epochs=2)
    net = network(spec)
    by_hand(net, loader, split, segment, epochs=2)
    for ours, theirs in zip(task.net.parameters(), net.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_single_segment_equals_full_backpropagation(tmp_path: Path) -> None:
    """O7.7: truncation at the length of the sequences has no effect."""
    nets = []
    for segment in (None, T):
        task = make(Task, network(NEXT), CrossEntropy(), NEXT)
        fit(
            task,
            Loader(texts(6), batch_size=3, per_step=True, segment=segment),
            Loader(texts(6), batch_size=6),
            tmp_path,
        )
        nets.append(task.net)
    for one, other in zip(*(net.parameters() for net in nets), strict=True):
        assert torch.equal(one, other)


def test_gradients_and_graph_stop_at_segment_boundaries() -> None:
    task = make(Task, network(NEXT), CrossEntropy(), NEXT)
    sizes = []
    for batch in Loader(texts(3), batch_size=3, per_step=True, segment=4):
        task.compute_step(batch)
        sizes.append(sum(part.requires_grad for each in task.state for part in each))
    assert sizes == [0, 0, 0]


def test_metrics_of_texts() -> None:
    task = make(Task, network(NEXT), CrossEntropy(), NEXT)
    measured = task.accumulators["val"]
    with torch.no_grad():
        for batch in Loader(texts(3), batch_size=3, per_step=True, segment=5):
            measured.add(task.compute(batch), batch.mask)
        measured.flush(task.head.predict, task.head.actual)
        whole = texts(3)
        output = task.net(whole.x)
    loss = F.cross_entropy(output.flatten(0, 1), whole.y.flatten()).item()
    found = measured.compute()
    assert found == pytest.approx(
        {
            "loss": loss,
            "perplexity": math.exp(loss),
            "bits": loss / math.log(2),
            "acc": (output.argmax(-1) == whole.y).float().mean().item(),
        },
        rel=1e-5,
    )
    assert task.primary == ("val/perplexity", "min")


def test_a_text_is_learned_sampled_in_segments_and_evaluated(tmp_path: Path) -> None:
    result = api.train(
        "model=rnn",
        "data=char_text",
        "model.hidden=16",
        "loader.batch_size=8",
        "trainer.max_epochs=2",
        "trainer.threads=1",
        f"output_dir={tmp_path}",
    )
    assert result.metrics["test/last"]["bits"] < 4.5
    assert api.evaluate(result.directory)["test/last"] == pytest.approx(result.metrics["test/last"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["model=blstm", "data=char_text"], "model 'blstm' is not causal"),
        (["model=window_mlp", "data=sines"], "model 'window_mlp' is not causal"),
        (["model=blstm", "data=embedded_reber", "trainer.truncated_bptt_steps=5"], "needs whole ones"),
        (["model=lstm", "data=latch", "trainer.truncated_bptt_steps=5"], "need a target at every step"),
    ],
)
def test_unsuitable_networks_and_data_are_refused(settings: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        api.train(*settings, output_dir=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("settings", [["data=embedded_reber"], ["data=word_text", "trainer.truncated_bptt_steps=20"]])
def test_overfit_batches_validates_on_the_training_batches(settings: list[str], tmp_path: Path) -> None:
    """With a learning rate of 0 the weights do not change, so both metrics are equal."""
    result = api.train(
        "model=lstm",
        "model.hidden=4",
        *settings,
        "optimizer=sgd",
        "optimizer.lr=0",
        "trainer.overfit_batches=2",
        "trainer.max_epochs=1",
        "trainer.threads=1",
        "evaluate=[]",
        "~callbacks.figures",
        output_dir=tmp_path,
    )
    (row,) = csv.DictReader((result.directory / "metrics.csv").read_text().splitlines())
    assert float(row["val/loss"]) == pytest.approx(float(row["train/loss"]), rel=1e-5)
