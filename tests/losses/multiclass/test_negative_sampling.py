"""Negative sampling. Aggarwal 2.6.2, eq. 2.56."""

import math
from itertools import product

import pytest
import torch
from nnzoo.losses.multiclass.alias import AliasTable
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from nnzoo.losses.multiclass.negative_sampling import NegativeSampling
from scipy.stats import chisquare
from torch import Tensor

COUNTS = (8.0, 1.0, 27.0, 0.0, 1.0)
LOSSES = (NegativeSampling(frequencies=COUNTS), CrossEntropy(), HierarchicalSoftmax(seed=1))


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def negatives(loss: NegativeSampling, n: int, seed: int | None = None) -> Tensor:
    """Return the negatives of n examples with one neighbour."""
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    return loss.needed_outputs(torch.zeros(n, 1).long(), 5, 16, generator).ids[:, 1:]


def of_outputs(z: Tensor, ids: Tensor, weights: Tensor) -> Tensor:
    """Return the loss of each example of raw outputs z (B, K), as `needed_outputs` defines it."""
    scores = z.gather(1, ids)
    return -(weights.abs() * torch.nn.functional.logsigmoid(weights.sign() * scores)).sum(1)


def test_noise_is_the_frequency_to_the_power() -> None:
    loss = NegativeSampling(k=4, power=2 / 3, frequencies=COUNTS)
    expected = torch.tensor([4.0, 1.0, 9.0, 0.0, 1.0], dtype=torch.float64) / 15
    torch.testing.assert_close(loss.noise(5, torch.device("cpu")).probabilities, expected)
    drawn = negatives(loss, 20000)
    assert drawn.shape == (20000, 4)
    counts = drawn.flatten().bincount(minlength=5).double()
    assert counts[3] == 0
    real = expected > 0
    assert chisquare(counts[real], 80000 * expected[real]).pvalue > 0.001


def test_without_frequencies_or_with_power_zero_noise_is_uniform() -> None:
    for loss in (NegativeSampling(), NegativeSampling(power=0.0, frequencies=(3.0, 5.0, 9.0, 1.0))):
        assert loss.noise(4, torch.device("cpu")).probabilities.tolist() == pytest.approx([0.25] * 4)
    absent = NegativeSampling(power=0.0, frequencies=(3.0, 0.0))  # never noise
    assert absent.noise(2, torch.device("cpu")).probabilities.tolist() == [1, 0]


def test_negatives_count_once_for_each_neighbour() -> None:
    loss = NegativeSampling(k=2)
    needed = loss.needed_outputs(torch.tensor([[1, 0, -1], [4, -1, -1]]), 5, 16, None)
    assert needed.ids[:, :3].tolist() == [[1, 0, 0], [4, 0, 0]]
    assert needed.weights.tolist() == [[1, 1, 0, -2, -2], [1, 0, 0, -1, -1]]
    assert needed.shared.shape == (1, 0)


def test_negatives_that_the_examples_of_a_step_share() -> None:
    """They count k / draws times for each neighbour."""
    target = torch.tensor([[1, 0, -1], [4, -1, -1], [2, 3, 0]])
    needed = NegativeSampling(k=2, draws=4).needed_outputs(target, 5, 2, None)
    assert needed.ids.tolist() == [[1, 0, 0], [4, 0, 0], [2, 3, 0]]
    assert needed.weights.tolist() == [[1, 1, 0], [1, 0, 0], [1, 1, 1]]
    assert needed.shared.shape == (2, 4)
    assert needed.shared_weights.tolist() == [-1, -0.5, -1.5]
    ids, weights = needed.of_each(2)
    assert [row[3:] for row in ids.tolist()] == [needed.shared[step].tolist() for step in (0, 0, 1)]
    assert weights[:, 3:].tolist() == [[-1] * 4, [-0.5] * 4, [-1.5] * 4]


def test_the_loss_of_drawn_negatives_by_hand() -> None:
    """-log sigmoid of the neighbours 1 and 0, and twice of the negatives 2 and 2."""
    z = torch.tensor([[0.5, -1.0, -0.6]])
    found = of_outputs(z, torch.tensor([[1, 0, 2, 2]]), torch.tensor([[1.0, 1.0, -2.0, -2.0]]))
    noise = -2 * math.log(sigmoid(0.6))
    assert found.item() == pytest.approx(sum(-math.log(sigmoid(score)) + noise for score in (0.5, -1.0)))


@pytest.mark.parametrize(("k", "draws"), [(2, None), (3, 2)])
def test_the_loss_of_drawn_negatives_is_unbiased(k: int, draws: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mean over all negatives, weighted by their probability, is the loss of all outputs; so is its gradient."""
    loss = NegativeSampling(k=k, draws=draws, power=1.0, frequencies=COUNTS)
    z = torch.randn(2, 5, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[1, 4], [0, -1]])
    full = loss.context_losses(z, target)[target >= 0].sum()
    share = torch.tensor(COUNTS, dtype=torch.float64) / sum(COUNTS)
    mean = torch.zeros((), dtype=torch.float64)
    for a, b in product(range(5), repeat=2):
        drawn = torch.tensor([[a, b]] * (1 if draws else 2))
        monkeypatch.setattr(AliasTable, "draw", lambda self, shape, generator, drawn=drawn: drawn)
        mean = mean + share[a] * share[b] * of_outputs(z, *loss.needed_outputs(target, 5, 2, None).of_each(2)).sum()
    torch.testing.assert_close(mean, full)
    torch.testing.assert_close(torch.autograd.grad(mean, z), torch.autograd.grad(full, z))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_neighbours_are_classes_one_by_one(loss: NegativeSampling | CrossEntropy | HierarchicalSoftmax) -> None:
    output = torch.randn(4, loss.out_features(5), dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[0, 2, -1], [1, -1, -1], [4, 4, 0], [2, 1, 0]])
    known = target >= 0
    found = loss.context_losses(output, target)[known]
    expected = loss(output[known.nonzero()[:, 0]], target[known])
    torch.testing.assert_close(found, expected)
    (gradient,), (other,) = (torch.autograd.grad(each.sum(), output, retain_graph=True) for each in (found, expected))
    torch.testing.assert_close(gradient, other)


def test_outputs_on_the_paths_give_the_loss_of_hierarchical_softmax() -> None:
    loss = HierarchicalSoftmax(seed=1)
    z = torch.randn(4, 4, dtype=torch.float64)
    target = torch.tensor([[0, 2, -1], [1, -1, -1], [4, 4, 0], [2, 1, 0]])
    ids, weights = loss.needed_outputs(target, 4, 16, None).of_each(16)
    expected = loss.context_losses(z, target).masked_fill(target < 0, 0).sum(1)
    torch.testing.assert_close(of_outputs(z, ids, weights.double()), expected)


def test_negatives_of_a_generator_are_reproducible() -> None:
    assert torch.equal(negatives(LOSSES[0], 9, seed=0), negatives(LOSSES[0], 9, seed=0))
    assert not torch.equal(negatives(LOSSES[0], 9, seed=0), negatives(LOSSES[0], 9, seed=1))


def test_without_negatives_the_loss_is_least_for_infinite_scores() -> None:
    """The loss falls to 0 although nothing is learned. Aggarwal 2.6.2: k must be above 0."""
    ids, weights = torch.tensor([[0, 1], [2, 4]]), torch.ones(2, 2)
    losses = [of_outputs(torch.full((2, 5), z), ids, weights).sum() for z in (0.0, 9.0, 99.0)]
    assert losses[0] > losses[1] > losses[2]
    assert losses[2] < 1e-30
    with pytest.raises(ValueError, match="k is 0; it must be at least 1: without negatives, the loss is least for inf"):
        NegativeSampling(k=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"draws": 0}, "draws is 0; it must be at least 1"),
        ({"power": -1.0}, "power is -1.0; it must be at least 0"),
        ({"frequencies": "data"}, "frequencies is 'data', which only a config may contain"),
        ({"frequencies": (1.0, -1.0)}, "frequencies must be at least 0"),
        ({"frequencies": (0.0, 0.0)}, "one of them above 0"),
    ],
)
def test_values_out_of_range(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NegativeSampling(**settings)


def test_other_numbers_of_classes() -> None:
    with pytest.raises(ValueError, match="frequencies has 5 numbers; there are 4 classes"):
        LOSSES[0].out_features(4)


def test_classes_out_of_range() -> None:
    with pytest.raises(ValueError, match="a target is class 5"):
        LOSSES[0](torch.zeros(1, 5), torch.tensor([5]))


@pytest.mark.parametrize("size", [1, 2, 7, 300])
def test_an_alias_table_has_the_given_probabilities(size: int) -> None:
    """Exactly: each column has the probability 1 / K, and its two classes share it."""
    weights = torch.rand(size, dtype=torch.float64, generator=torch.Generator().manual_seed(size)) ** 4
    weights[1::3] = 0
    table = AliasTable(weights / weights.sum())
    found = torch.zeros(size, dtype=torch.float64)
    for column, (height, alias) in enumerate(zip(table.heights.tolist(), table.aliases.tolist(), strict=True)):
        found[column] += height / size
        found[alias] += (1 - height) / size
    torch.testing.assert_close(found, weights / weights.sum())
