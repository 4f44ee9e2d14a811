"""Sequences as targets: what is learned by teacher forcing and measured of free running."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.loader import Loader
from nnzoo.layers.cells.gru import GRU
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.models.recurrent.seq2seq import Seq2Seq
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.testing import assert_close
from torchmetrics.classification import MulticlassAccuracy

from tests.support.tasks import make
from tests.support.trainers import fit

SPEC = DataSpec(
    "tokens", (), "sequence", 4, sequence=True, vocabulary=tuple("vwxyz"), labels=(".", "a", "b", "c"), target_len=6
)


def network() -> Network:
    torch.manual_seed(0)
    model = Seq2Seq(cell=partial(GRU, hidden=5), vocab_size=5, out_features=4, target_len=6, embedding=3)
    with torch.no_grad():
        for parameter in model.parameters():  # larger ones write different symbols
            parameter.mul_(4)
    return Network(model, identity, masked=True)


def batch(n: int = 9) -> Batch:
    return SPEC.fake_batch(n, torch.Generator().manual_seed(n))


def task(net: torch.nn.Module | None = None, **further: object) -> Task:
    return make(Task, net or network(), CrossEntropy(), SPEC, **further)  # type: ignore[arg-type]


def sequence_loader(n: int, size: int) -> Loader:
    return Loader(batch(n), batch_size=size, sequences=True)


def test_the_loss_is_the_mean_over_symbols_and_ends() -> None:
    made, examples = task(network().double()), batch()
    step = made.gradient(examples)
    output = made.net(examples.x, examples.mask, examples.y)
    expected = cross_entropy(output.flatten(0, 1), examples.y.flatten(), ignore_index=-1)
    assert_close(step.loss, expected.detach())
    gradients = torch.autograd.grad(expected, list(made.net.parameters()))
    for parameter, gradient in zip(made.net.parameters(), gradients, strict=True):
        assert_close(parameter.grad, gradient)


def test_what_stands_after_the_end_does_not_matter() -> None:
    made, examples = task(), batch()
    y = torch.cat([examples.y, torch.full((9, 3), -1)], 1)
    longer = made.compute(examples._replace(y=y))
    assert_close(longer.loss, made.compute(examples).loss)


def measured(made: Task, tmp_path: Path, cut: int = 20) -> dict[str, float]:
    return fit(made, sequence_loader(16, 8), sequence_loader(20, cut), tmp_path, epochs=1)[-1]


@pytest.mark.parametrize("cut", [20, 8])
def test_validation_is_of_free_running_and_its_loss_of_teacher_forcing(tmp_path: Path, cut: int) -> None:
    """Whatever the batches, each of which is cut to its longest target."""
    accuracy = MulticlassAccuracy(num_classes=4, average="micro")
    made = task(metrics={"further": accuracy})
    seen, examples = measured(made, tmp_path, cut), batch(20)
    with torch.no_grad():
        free = made.net(examples.x, examples.mask).argmax(-1).tolist()
        forced = made.net(examples.x, examples.mask, examples.y)
    written = [row[: row.index(0) + 1] if 0 in row else row for row in free]
    true = [[symbol for symbol in row if symbol >= 0] for row in examples.y.tolist()]
    pairs = [
        (place < len(w) and w[place] == symbol) or (place >= len(w) and symbol == 0)
        for w, t in zip(written, true, strict=True)
        for place, symbol in enumerate(t)
    ]
    assert seen["val/sequence_acc"] == pytest.approx(sum(map(list.__eq__, written, true)) / 20)
    assert seen["val/token_acc"] == pytest.approx(sum(pairs) / len(pairs))
    assert seen["val/further"] == pytest.approx(seen["val/token_acc"])
    given = forced.argmax(-1)[examples.y >= 0] == examples.y[examples.y >= 0]
    assert float(given.float().mean()) != pytest.approx(seen["val/token_acc"]), "the network shows no difference"
    expected = cross_entropy(forced.flatten(0, 1), examples.y.flatten(), ignore_index=-1)
    assert seen["val/loss"] == pytest.approx(float(expected))


def test_training_is_measured_by_teacher_forcing(tmp_path: Path) -> None:
    class Copying(torch.nn.Module):
        """Writes the symbol after the given one; free running, as no symbol is given, the end."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x: Tensor, mask: Tensor | None = None, given: Tensor | None = None) -> Tensor:
            if given is None:
                return 0 * self.weight + torch.eye(4)[torch.zeros(len(x), 6, dtype=torch.long)]
            return 0 * self.weight + torch.eye(4)[given.clamp_min(0)]

    seen = measured(task(Copying()), tmp_path)
    empty = (batch(20).y[:, 0] == 0).float().mean()
    assert (seen["train/sequence_acc"], seen["train/token_acc"]) == (1, 1)
    assert seen["val/sequence_acc"] == pytest.approx(float(empty))


def test_batches_count_by_their_symbols(tmp_path: Path) -> None:
    class Still(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x: Tensor, mask: Tensor | None = None, given: Tensor | None = None) -> Tensor:
            steps = 6 if given is None else given.shape[1]
            return 0 * self.weight + torch.tensor([0.0, 1, 2, 3]).expand(len(x), steps, 4)

    seen, y = measured(task(Still()), tmp_path), batch(16).y
    logs = torch.tensor([0.0, 1, 2, 3]).log_softmax(0)
    assert seen["train/loss"] == pytest.approx(float(-logs[y[y >= 0]].mean()))


def test_predictions_do_not_change_with_the_targets() -> None:
    made, examples, kept = task(), batch(), []
    other = examples._replace(y=examples.y.roll(1, 0))
    for each in (examples, other):
        with torch.no_grad():
            made.measure("val", each)
        kept.append(made.accumulators["val"].buffer.pop().step)
    assert torch.equal(kept[0].output, kept[1].output)
    assert not torch.equal(kept[0].loss, kept[1].loss)


def test_the_primary_metric_is_the_share_of_whole_sequences() -> None:
    made = task()
    assert made.primary == ("val/sequence_acc", "max")
    assert [made.mode(f"val/{name}") for name in ("loss", "sequence_acc", "token_acc")] == ["min", "max", "max"]


def test_a_loader_cuts_targets_to_the_longest_of_a_batch() -> None:
    def lengths(loader: Loader) -> Iterator[tuple[int, int, int]]:
        return ((each.x.shape[1], each.y.shape[1], int((each.y >= 0).sum(1).max())) for each in loader)

    found = list(lengths(sequence_loader(20, 3)))
    assert all(wide == longest for _, wide, longest in found)
    assert len({wide for _, wide, _ in found}) > 1
    assert [(read, wide) for read, wide, _ in lengths(sequence_loader(20, 20))] == [(9, 6)]
    whole = [row + [-1] * (6 - len(row)) for each in sequence_loader(20, 3) for row in each.y.tolist()]
    assert whole == batch(20).y.tolist()
