import numpy as np
import pytest
import torch
from nnzoo.data.sampled_loader import SampledLoader
from nnzoo.data.splits import Split
from nnzoo.data.text import sampled_pairs
from nnzoo.data.text.sampled_pairs import SampledPairs
from nnzoo.errors import UserError
from scipy.sparse import csr_array
from scipy.stats import chisquare

COUNTS = np.array([[0, 3, 1, 0, 0], [3, 2, 0, 0, 0], [1, 0, 0, 0, 4], [0, 0, 0, 0, 0], [0, 0, 4, 0, 0]], dtype=float)
NOISE = np.array([5.0, 1.0, 2.0, 0.0, 8.0])


def sampler(counts=COUNTS, negatives=3, exclude=True, weight="sampled", noise=NOISE):
    table = csr_array(counts)
    excluded = table if exclude else None
    return SampledPairs(table, noise=noise, negatives=negatives, excluded=excluded, weight=weight, source="a.txt")


def table(batch):
    """Return the counts and the weights of sampled pairs of a batch as tables."""
    found = np.zeros((2, 5, 5))
    for (word, context), (y,) in zip((batch.x - 1).tolist(), batch.y.tolist(), strict=True):
        found[int(y < 0), word, context] += abs(y)
    return found


def test_pairs_that_occur_have_their_counts_and_others_are_sampled():
    batch = sampler().examples(0, 0)
    positive, negative = table(batch)
    assert np.array_equal(positive, COUNTS)
    assert not negative[COUNTS > 0].any()
    assert not negative[:, 3].any()  # has no noise
    assert np.array_equal(negative.sum(1), 3 * (COUNTS > 0).sum(1))
    assert len(batch.x.unique(dim=0)) == len(batch.x)


@pytest.mark.parametrize(("rounds", "exclude"), [(0, True), (8, True), (8, False)])
def test_distribution_of_sampled_pairs(rounds, exclude, monkeypatch):
    """Each row is the noise without the excluded pairs; with no rounds, from the exact distribution."""
    monkeypatch.setattr(sampled_pairs, "ROUNDS", rounds)
    found = table(sampler(negatives=3000, exclude=exclude).examples(1, 0))[1]
    for row in (0, 1, 2, 4):
        share = np.where(exclude & (COUNTS[row] > 0), 0, NOISE)
        expected = share / share.sum() * found[row].sum()
        assert chisquare(found[row][share > 0], expected[share > 0]).pvalue > 1e-3
        assert not found[row][share == 0].any()


def test_weights_of_occurrences():
    """In the expectation over epochs, k times the occurrences of a word, spread as the noise, as in skip-gram."""
    found = table(sampler(negatives=3, exclude=False, weight="occurrences").examples(2, 0))[1]
    np.testing.assert_allclose(found.sum(1), 3 * COUNTS.sum(1), rtol=1e-6)


def test_without_negatives_pairs_occur_alone():
    batch = sampler(negatives=0).examples(0, 0)
    assert np.array_equal(table(batch)[0], COUNTS)
    assert (batch.y > 0).all()


def test_a_word_near_all_words_has_no_sampled_pairs():
    counts = COUNTS.copy()
    counts[0, [0, 4]] = 1
    negative = table(sampler(counts=counts).examples(0, 0))[1]
    assert not negative[0].any()
    assert negative[1].any()
    counts[0] = [1, 1, 1, 1, 0]  # near a word without noise, and not near the last one
    assert table(sampler(counts=counts).examples(0, 0))[1][0].tolist() == [0, 0, 0, 0, 12]
    with pytest.raises(UserError, match=r"a\.txt: every word occurs near every word; there are no other pairs"):
        sampler(counts=np.ones((5, 5)))


def test_the_draws_are_a_function_of_seed_and_epoch():
    first, same = sampler().examples(0, 1), sampler().examples(0, 1)
    assert torch.equal(first.x, same.x)
    assert torch.equal(first.y, same.y)
    for seed, epoch in ((0, 2), (1, 1)):
        other = sampler().examples(seed, epoch)
        assert first.x.shape != other.x.shape or not torch.equal(first.x, other.x)


def test_the_number_of_batches_is_that_of_the_epoch():
    """The number of different sampled pairs varies; the batches after any step are those of a whole epoch."""
    loader = SampledLoader(sampler(), Split(sampler().examples(0, 0)), batch_size=4, seed=0)
    sizes = set()
    for epoch in range(6):
        batches = list(loader.epoch(epoch))
        loader.steps(epoch + 1)  # asking for another epoch changes nothing
        assert len(batches) == loader.steps(epoch)
        x = torch.cat([batch.x for batch in batches])
        assert sorted(x.tolist()) == sorted(sampler().examples(0, epoch).x.tolist())
        rest = list(loader.epoch(epoch, 2))
        assert [batch.x.tolist() for batch in rest] == [batch.x.tolist() for batch in batches[2:]]
        sizes.add(len(x))
    assert len(sizes) > 1


def test_one_batch_of_all_pairs_in_every_epoch():
    loader = SampledLoader(sampler(), Split(sampler().examples(0, 0)), batch_size=1000, seed=0)
    assert {len(list(loader.epoch(epoch))) for epoch in range(6)} == {loader.steps(0)} == {1}


def test_a_step_costs_as_much_as_the_pairs_that_occur():
    """The number of examples is linear in the number of different pairs, not in the square of the words."""
    counts = np.zeros((400, 400))
    counts[np.arange(399), np.arange(1, 400)] = 9
    batch = sampler(counts=counts, negatives=2, noise=np.ones(400)).examples(0, 0)
    assert 399 < len(batch.x) <= 3 * 399
