"""One step on several batches against a loop over single examples, and against one large batch."""

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial

import pytest
import torch
from nnzoo.data.loader import Loader
from nnzoo.losses.base import Loss
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.rules.perceptron import Perceptron
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.batch_cursor import BatchCursor
from nnzoo.tasks.learners.rule import RuleTask
from nnzoo.tasks.penalties import ActivationPenalty, WeightPenalty
from nnzoo.tasks.step import detached
from torch import Tensor, nn
from torch.testing import assert_close

from tests.support.built import built
from tests.support.networks import Affine, Flat, Steps
from tests.support.tasks import make

pytestmark = pytest.mark.usefixtures("float64")

F = nn.functional
LR = 0.3
DESCENT = partial(torch.optim.SGD, lr=LR)
EXAMPLES = DataSpec("real", (4,), "classes", 3)
PARTIAL = DataSpec("real", (4,), "real", 5, partial=True)
LAST = DataSpec("real", (4,), "classes", 3, sequence=True)
EVERY = DataSpec("real", (4,), "classes", 3, sequence=True, per_step=True)
CASES: dict[str, tuple[DataSpec, Callable[[], nn.Module], Loss]] = {
    "examples": (EXAMPLES, lambda: Flat(4, 3), CrossEntropy()),
    "known entries": (PARTIAL, lambda: Flat(4, 5), Squared()),
    "masked sequences": (LAST, lambda: Steps(4, 3, every=False), CrossEntropy()),
    "masked steps": (EVERY, lambda: Steps(4, 3, every=True), CrossEntropy()),
}


def loader(spec: DataSpec, batch_size: int) -> Loader:
    """33 examples: batches of 8, of which the last has one, or groups of three such batches, 24 and 9."""
    split = spec.fake_batch(33, torch.Generator().manual_seed(5))
    y = split.y.double() if spec.partial else split.y
    return Loader(split._replace(x=split.x.double(), y=y), batch_size=batch_size, per_step=spec.per_step)


def single_losses(net: nn.Module, spec: DataSpec, batch: Batch) -> Iterator[Tensor]:
    """Yield the loss of each example, real step or known entry, without any padding."""
    for i, (x, y) in enumerate(zip(batch.x, batch.y, strict=True)):
        length = len(x) if batch.mask is None else int(batch.mask[i].sum())
        output = net(x[None, :length] if spec.sequence else x[None])[0]
        if spec.partial:
            yield from ((z - t) ** 2 for z, t in zip(output, y, strict=True) if not math.isnan(t))
        elif spec.per_step:
            yield from (-output[t].log_softmax(0)[y[t]] for t in range(length))
        else:
            yield -output.log_softmax(0)[y]


@pytest.mark.parametrize("clip", [None, 0.05], ids=["", "clipped"])
@pytest.mark.parametrize("name", CASES)
def test_equals_a_loop_over_examples_and_a_large_batch(name: str, clip: float | None) -> None:
    spec, network, loss = CASES[name]
    task = make(Task, network(), loss, spec, optimizer=DESCENT, clip_value=clip)
    large = make(Task, deepcopy(task.net), loss, spec, optimizer=DESCENT, clip_value=clip)
    (optimizer,), (other,) = task.make_optimizers(), large.make_optimizers()
    by_hand = deepcopy(task.net)
    groups = [batches for cursor in [BatchCursor(loader(spec, 8), accumulate=3)] for batches in cursor.consume()]
    assert [[len(batch.x) for batch in batches] for batches in groups] == [[8, 8, 8], [8, 1]]
    for batches, one in zip(groups, loader(spec, 24), strict=True):
        losses = torch.stack([value for batch in batches for value in single_losses(by_hand, spec, batch)])
        gradients = torch.autograd.grad(losses.mean(), list(by_hand.parameters()))
        norm = torch.stack([g.square().sum() for g in gradients]).sum().sqrt()
        factor = 1.0 if clip is None else min(1.0, clip / float(norm))
        assert clip is None or factor < 0.9
        with torch.no_grad():
            for weight, gradient in zip(by_hand.parameters(), gradients, strict=True):
                weight.sub_(LR * factor * gradient)
        steps = task.accumulate(batches, optimizer)
        counts = [task.head.count(batch) for batch in batches]
        assert sum(counts) == len(losses)
        means = [part.mean() for part in losses.detach().split(counts)]
        assert_close(torch.stack([step.loss for step in steps]), torch.stack(means))
        large.update(one, other)
        for weight, expected, same in zip(*(n.parameters() for n in (task.net, by_hand, large.net)), strict=True):
            assert_close(weight, expected, rtol=1e-5, atol=1e-8)  # torch adds 1e-6 to the norm when it clips
            assert_close(weight, same, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ["examples", "masked sequences", "masked steps"])
def test_penalties_equal_those_of_a_large_batch(name: str) -> None:
    spec, network, loss = CASES[name]
    nets = [network()]
    nets += [deepcopy(nets[0])]
    gradients = []
    for net, size in zip(nets, (8, 33), strict=True):
        layers = None if spec is EXAMPLES else "cells"
        penalties = {"a": ActivationPenalty(weight=0.4, layers=layers), "w": WeightPenalty(weight=0.4)}
        task = make(Task, net, loss, spec, optimizer=DESCENT, penalties=penalties)
        task.setup("fit")
        task.accumulate(list(loader(spec, size)), *task.make_optimizers())
        gradients.append([p.grad for p in net.parameters()])
    assert_close(gradients[0], gradients[1], rtol=1e-11, atol=1e-13)


def test_a_target_sequence_counts_by_its_symbols() -> None:
    task = built("model=seq2seq", "data=reverse", "optimizer=sgd", "loader.batch_size=16")
    batch = task.spec.fake_batch(11, torch.Generator().manual_seed(0))
    batch.y[:7, 1:] = -1
    task.net.double()
    large = deepcopy(task)
    parts = [batch.rows(slice(0, 7)), batch.rows(slice(7, 11))]
    assert [task.head.count(part) for part in parts] == [7, int((batch.y[7:] >= 0).sum())]
    task.accumulate(parts, *task.make_optimizers())
    large.update(batch, *large.make_optimizers())
    for one, other in zip(task.net.parameters(), large.net.parameters(), strict=True):
        assert_close(one, other, rtol=1e-11, atol=1e-13)


def test_a_rule_sums_its_errors() -> None:
    task = make(RuleTask, Affine(4, 3), Perceptron(), EXAMPLES, optimizer=DESCENT, penalties={"w": WeightPenalty()})
    large = deepcopy(task)
    task.accumulate(list(loader(EXAMPLES, 8)), *task.make_optimizers())
    large.update(next(iter(loader(EXAMPLES, 33))), *large.make_optimizers())
    assert_close(list(task.net.parameters()), list(large.net.parameters()), rtol=1e-11, atol=1e-13)


def test_segments_pass_their_state_on() -> None:
    task = built("model=rnn", "data=char_text", "optimizer=sgd", f"data.path={__file__}", "loader.batch_size=4")
    task.net.double()
    ids = torch.randint(task.spec.target_size, (4, 11), generator=torch.Generator().manual_seed(0))
    batches = [Batch(ids[:, a:b], ids[:, a + 1 : b + 1], None, a > 0) for a, b in ((0, 6), (6, 10))]
    state, losses = None, []
    for batch in batches:
        output, state = task.net.run(batch.x, None, state)
        state = detached(state)
        losses.append(F.cross_entropy(output.flatten(0, 1), batch.y.flatten(), reduction="sum"))
    parameters = list(task.net.parameters())
    expected = torch.autograd.grad(sum(losses) / 40, parameters)
    task.accumulate(batches, *task.make_optimizers())
    assert_close([p.grad for p in parameters], list(expected), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("steps", [1, 2, 100])
@pytest.mark.parametrize(("accumulate", "sizes"), [(2, [2, 2, 1]), (5, [5]), (9, [5])])
def test_groups_do_not_depend_on_slices(steps: int, accumulate: int, sizes: list[int]) -> None:
    cursor = BatchCursor(loader(EXAMPLES, 8), accumulate=accumulate)
    found = []
    assert cursor.steps_in_epoch == len(sizes)
    for each in cursor:
        for number, batches in enumerate(each.consume(), 1):
            found.append(len(batches))
            resumed = BatchCursor(loader(EXAMPLES, 8), accumulate=accumulate)
            resumed.load_state_dict(cursor.state_dict())
            if not cursor.finished:
                assert len(list(resumed.peek())) == 5 - sum(found)
            if number == steps:
                break
    assert found == sizes
    assert BatchCursor(loader(EXAMPLES, 8), accumulate=2, limit=3).steps_in_epoch == 2
