"""Training of word vectors: direct steps, autograd and the tool of the text agree. Aggarwal 2.6.1 to 2.6.3."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.builders.adapters import Network, identity
from nnzoo.errors import UserError
from nnzoo.losses.base import Loss
from nnzoo.losses.context import SelectiveLoss
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from nnzoo.losses.multiclass.negative_sampling import NegativeSampling
from nnzoo.losses.regression.squared import Squared
from nnzoo.models.cbow import CBOW
from nnzoo.models.skip_gram import SkipGram
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.heads.context import Context
from nnzoo.tasks.learners.word2vec import Word2Vec
from torch import Tensor

from tests.support.tasks import make

WORDS = tuple("abcdefgh")
COUNTS = tuple(map(float, range(1, 9)))
NEIGHBOURS = DataSpec("tokens", (), "classes", 8, sequence=True, vocabulary=WORDS, labels=WORDS)
WORD = DataSpec("ids", (1,), "context", 8, sizes=(9,), vocabulary=WORDS, labels=WORDS)
PLAIN = partial(torch.optim.SGD, lr=0.05)
LOSSES = {
    "negative_sampling": partial(NegativeSampling, k=3, frequencies=COUNTS),
    "shared_negative_sampling": partial(NegativeSampling, k=3, draws=4, frequencies=COUNTS),
    "hierarchical_softmax": partial(HierarchicalSoftmax, frequencies=COUNTS),
    "cross_entropy": CrossEntropy,
}


def task(spec: DataSpec, loss: Loss, **settings: Any) -> Word2Vec:
    """Return the task of CBOW or skip-gram with random vectors, those of the output, too."""
    torch.manual_seed(0)
    size = loss.out_features(8)
    net: torch.nn.Module
    if spec is WORD:
        net, settings["head"] = (
            Network(SkipGram(num_ids=9, out_features=size, dimension=4), identity, masked=False),
            Context(spec=spec, loss=loss),
        )
    else:
        net = Network(CBOW(vocab_size=8, out_features=size, dimension=4), identity, masked=True)
    for p in net.parameters():
        torch.nn.init.normal_(p)
    return make(
        Word2Vec, net, loss, spec, **{"optimizer": PLAIN, "kernel": "torch", "examples_per_step": 100, **settings}
    )


def batch_of(spec: DataSpec, n: int = 12) -> Batch:
    """Return examples whose words are known."""
    batch = spec.fake_batch(n, torch.Generator().manual_seed(3))
    return batch._replace(x=batch.x.clamp(min=1)) if spec is WORD else batch


def parameters(of: Word2Vec) -> list[Tensor]:
    return [p.detach().clone() for p in of.net.parameters()]


def steps(of: Word2Vec, batch: Batch, n: int = 3) -> list[float]:
    (optimizer,) = of.make_optimizers()
    torch.manual_seed(5)
    return [of.update(batch, optimizer).loss.item() for _ in range(n)]


@pytest.mark.parametrize("name", ["negative_sampling", "shared_negative_sampling", "hierarchical_softmax"])
@pytest.mark.parametrize("spec", [WORD, NEIGHBOURS], ids=["skip-gram", "CBOW"])
def test_direct_steps_are_those_of_autograd(spec: DataSpec, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same negatives."""
    direct, plain = (task(spec, LOSSES[name]()) for _ in range(2))
    assert direct.is_direct(*direct.make_optimizers())
    losses = steps(direct, batch_of(spec))
    monkeypatch.setattr(Word2Vec, "is_direct", lambda self, optimizer: False)
    assert steps(plain, batch_of(spec)) == pytest.approx(losses, rel=1e-5)
    torch.testing.assert_close(parameters(direct), parameters(plain))
    assert len(set(losses)) == 3


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("spec", [WORD, NEIGHBOURS], ids=["skip-gram", "CBOW"])
def test_a_step_is_on_the_sum_over_pairs(spec: DataSpec, name: str) -> None:
    """Of the loss of all outputs, except that negatives are drawn."""
    one = task(spec, LOSSES[name]())
    batch = batch_of(spec)
    before = parameters(one)
    targets = one.pairs(batch)
    inputs = one.net.model.encode(batch.x) if spec is WORD else one.net.model.encode(batch.x, batch.mask)
    torch.manual_seed(5)
    output, known = one.readout(inputs), targets >= 0
    if isinstance(one.loss, SelectiveLoss):
        ids, weights = one.loss.needed_outputs(targets, output.shape[1], 100, None).of_each(100)
        losses = -weights.abs() * torch.nn.functional.logsigmoid(weights.sign() * output.gather(1, ids))
    else:
        losses = one.loss.context_losses(output, targets)[known]
    gradient = torch.autograd.grad(losses.sum(), list(one.net.parameters()))
    (found,) = steps(one, batch, 1)
    assert found == pytest.approx(losses.sum().item() / int(known.sum()), rel=1e-5)
    for p, old, g in zip(one.net.parameters(), before, gradient, strict=True):
        torch.testing.assert_close(p.detach(), old - 0.05 * g)


@pytest.mark.parametrize("spec", [WORD, NEIGHBOURS], ids=["skip-gram", "CBOW"])
def test_the_loss_of_a_batch_is_the_mean_over_the_pairs_of_its_steps(spec: DataSpec) -> None:
    batch = batch_of(spec)  # 12 examples
    in_parts, whole = task(spec, CrossEntropy(), examples_per_step=5), task(spec, CrossEntropy())
    parts = [batch.rows(slice(k, k + 5)) for k in (0, 5, 10)]
    pairs = [int((whole.pairs(part) >= 0).sum()) for part in parts]
    losses = [loss for part in parts for loss in steps(whole, part, 1)]
    (found,) = steps(in_parts, batch, 1)
    assert found == pytest.approx(np.average(losses, weights=pairs), rel=1e-5)
    torch.testing.assert_close(parameters(in_parts), parameters(whole))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("spec", [WORD, NEIGHBOURS], ids=["skip-gram", "CBOW"])
def test_evaluation(spec: DataSpec, name: str) -> None:
    """Its negatives are always the same, apart from the random numbers of training; the loss is its only metric."""
    one = task(spec, LOSSES[name]())
    one.net.eval()
    batch = batch_of(spec)
    state = torch.get_rng_state()
    first, again = one.compute(batch), one.compute(batch)
    assert torch.equal(torch.get_rng_state(), state)
    assert first.loss == again.loss
    if "negative_sampling" not in name:
        expected = one.head.step(one.net(batch.x, batch.mask), batch)
        torch.testing.assert_close(first.loss, expected.loss)
    assert one.primary == ("val/loss", "min")
    one.accumulators["val"].add(first, None)
    one.flush("val")
    assert one.accumulators["val"].compute() == {"loss": pytest.approx(first.loss.item())}


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": partial(torch.optim.SGD, lr=0.05, momentum=0.9)},
        {"optimizer": partial(torch.optim.SGD, lr=0.05, weight_decay=0.1)},
        {"optimizer": partial(torch.optim.Adam, lr=0.05)},
        {"clip_value": 1.0},
    ],
)
def test_other_optimizers_use_autograd(settings: dict[str, Any]) -> None:
    one = task(WORD, LOSSES["negative_sampling"](), **settings)
    assert not one.is_direct(*one.make_optimizers())
    losses = steps(one, batch_of(WORD), 20)
    assert losses[-1] < losses[0]


def test_frozen_vectors_do_not_move() -> None:
    one = task(WORD, LOSSES["negative_sampling"]())
    one.net.model.embedding.weight.requires_grad_(False)
    before = parameters(one)
    steps(one, batch_of(WORD))
    assert torch.equal(parameters(one)[0], before[0])
    assert not torch.equal(parameters(one)[1], before[1])


def test_other_losses_are_refused() -> None:
    with pytest.raises(UserError, match="task 'word2vec' needs a loss of neighbours; choose loss=negative_sampling, "):
        task(NEIGHBOURS, Squared())
    with pytest.raises(UserError, match=r"set trainer\.compile=false"):
        task(NEIGHBOURS, CrossEntropy(), compiled=True)
