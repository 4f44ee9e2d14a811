"""Skip-gram is a factorization of counts of words that occur near each other. Aggarwal 2.6.2 to 2.6.4.

The sums over windows of a text are written out; networks, losses and counts are those of the package.
Shapes: V words, d dimensions.
"""

import math

import numpy as np
import pytest
import torch
from nnzoo.data.text.sampled_pairs import SampledPairs
from nnzoo.losses.counts.weighted_logistic import WeightedLogistic
from nnzoo.losses.multinomial import Multinomial
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.row_index import RowIndex
from nnzoo.text.associations import pointwise_mutual_information
from nnzoo.text.cooccurrence import count_cooccurrences
from scipy.stats import entropy
from sklearn.naive_bayes import BernoulliNB, MultinomialNB
from torch.testing import assert_close

from tests.support.optima import minimize

V, D, WINDOW, K = 7, 3, 2, 3
RNG = np.random.default_rng(0)
SENTENCES = [RNG.choice(V, 7, p=[0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]) for _ in range(6)]
COUNTS = count_cooccurrences(SENTENCES, V, window=WINDOW)
ROWS = torch.arange(1, V + 1)[:, None]
FEW = 4
DENSE = count_cooccurrences([sentence % FEW for sentence in SENTENCES], FEW, window=WINDOW)
"""Counts of so few words that all pairs occur: otherwise some of the best scores are infinite."""


def windows():
    """Yield each word of the text with the words around it."""
    for sentence in SENTENCES:
        words = sentence.tolist()
        for place, word in enumerate(words):
            yield word, words[max(0, place - WINDOW) : place] + words[place + 1 : place + 1 + WINDOW]


def draw_vectors(size=V, d=D):
    """Return U and V, the input and output vectors of words: (size, d) each."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, size, d, dtype=torch.float64, generator=generator).unbind(0)


def multinomial_network(u, v):
    """Return the factorization of rows of counts with these vectors."""
    net = RowIndex(num_users=len(u) + 1, out_features=len(v), rank=u.shape[1], bias=False).double()
    net.embedding.weight.data.copy_(u)
    net.head.weight.data.copy_(v)
    return net


def logistic_network(u, v):
    """Return the factorization of pairs with these vectors."""
    net = MatrixFactorization(num_users=len(u) + 1, num_items=len(v) + 1, rank=u.shape[1], biases=False).double()
    net.user_vectors.weight.data.copy_(u)
    net.item_vectors.weight.data.copy_(v)
    return net


def test_skip_gram_is_the_multinomial_factorization_of_counts():
    """The sum of eq. 2.53 over all windows, and of its updates, is eq. 2.60 and its gradient."""
    u, v = draw_vectors()
    loss, grad_u, grad_v = 0.0, torch.zeros_like(u), torch.zeros_like(v)
    for word, contexts in windows():
        scores = v @ u[word]
        p = scores.exp() / scores.exp().sum()
        for context in contexts:
            loss -= math.log(p[context])
            error = -p.clone()  # y - p
            error[context] += 1
            grad_u[word] -= error @ v
            grad_v -= torch.outer(error, u[word])
    net = multinomial_network(u, v)
    total = Multinomial()(net(ROWS), torch.from_numpy(COUNTS.toarray())).sum()
    total.backward()
    assert total.item() == pytest.approx(loss)
    assert_close(net.embedding.weight.grad, grad_u)
    assert_close(net.head.weight.grad, grad_v)


def test_the_infimum_of_skip_gram_is_the_entropy_of_the_rows():
    """sum_i n_i H(row i), which vectors of enough dimensions approach, and few dimensions do not."""
    counts = torch.from_numpy(DENSE.toarray())
    infimum = float((DENSE.sum(1) * entropy(DENSE.toarray(), axis=1)).sum())
    found = {}
    for d in (1, FEW):
        net = multinomial_network(*draw_vectors(FEW, d))
        minimize(lambda net=net: Multinomial()(net(ROWS[:FEW]), counts).sum(), net.parameters(), max_iter=200)
        found[d] = float(Multinomial()(net(ROWS[:FEW]), counts).sum().detach())
    assert found[FEW] == pytest.approx(infimum, rel=1e-9)
    assert found[1] > infimum * 1.001


def drawn(exclude, seed=0):
    """Return pairs that occur and sampled pairs, with signed counts."""
    sampler = SampledPairs(
        COUNTS,
        noise=np.asarray(COUNTS.sum(0)) ** 0.75,
        negatives=K,
        excluded=COUNTS if exclude else None,
        weight="sampled",
        source="text",
    )
    return sampler.examples(seed, 0)


@pytest.mark.parametrize("exclude", [True, False])
def test_negative_sampling_is_the_logistic_factorization(exclude):
    """Eq. 2.56 over all windows is eq. 2.59 with the same sampled pairs, and so are the gradients.

    It does not matter whether pairs that occur may be drawn, as in word2vec, or not, as in the text.
    """
    batch = drawn(exclude)
    negatives = [
        (i, j) for (i, j), (y,) in zip((batch.x - 1).tolist(), batch.y.tolist(), strict=True) for _ in range(int(-y))
    ]
    positives = [(word, context) for word, contexts in windows() for context in contexts]
    assert len(negatives) == (-batch.y).clamp(min=0).sum() > 20
    u, v = draw_vectors()
    loss, grad_u, grad_v = 0.0, torch.zeros_like(u), torch.zeros_like(v)
    for pairs, sign in ((positives, 1), (negatives, -1)):
        for i, j in pairs:
            s = float(sign * (u[i] @ v[j]))
            loss += math.log1p(math.exp(-s))
            wrong = sign / (1 + math.exp(s))
            grad_u[i] -= wrong * v[j]
            grad_v[j] -= wrong * u[i]
    net = logistic_network(u, v)
    total = WeightedLogistic()(net(batch.x), batch.y.double()).sum()
    total.backward()
    assert total.item() == pytest.approx(loss)
    assert_close(net.user_vectors.weight.grad, grad_u)
    assert_close(net.item_vectors.weight.grad, grad_v)


def test_the_best_scores_of_negative_sampling_are_shifted_mutual_information():
    """With draws from all contexts in proportion to their counts, K for each occurrence (Levy and Goldberg 2014)."""
    draws = K * np.outer(DENSE.sum(1), DENSE.sum(0)) / DENSE.sum()  # the expected number
    words = ROWS[:FEW, 0]
    pairs = torch.cartesian_prod(words, words)
    x = torch.cat([pairs, pairs])
    y = torch.cat([torch.from_numpy(DENSE.toarray()).flatten(), -torch.from_numpy(draws).flatten()])[:, None]
    net = logistic_network(*draw_vectors(FEW, FEW))
    minimize(lambda: WeightedLogistic()(net(x), y).sum(), net.parameters(), max_iter=300, tolerance_grad=1e-10)
    expected = pointwise_mutual_information(DENSE, shift=K, positive=False).toarray()
    with torch.no_grad():
        np.testing.assert_allclose(net(pairs).view(FEW, FEW), expected, atol=1e-5)


def test_only_pairs_that_are_drawn_although_they_occur_bound_the_scores():
    """Without them, all scores can grow without end and the loss has the infimum 0; with them, it does not."""
    scores = torch.linspace(0, 60, 4, dtype=torch.float64)
    for exclude in (True, False):
        batch = drawn(exclude)
        occurs = torch.from_numpy(COUNTS.toarray() > 0)
        best = torch.where(occurs[tuple((batch.x - 1).T)], 1.0, -1.0)[:, None]
        losses = [float(WeightedLogistic()(scale * best, batch.y.double()).sum()) for scale in scores]
        assert (losses == sorted(losses, reverse=True)) == exclude
        assert (losses[-1] < 1e-10) == exclude


def test_negative_sampling_and_softmax_are_bernoulli_and_multinomial_naive_bayes():
    """Aggarwal 2.6.2. A word is a class, a window with its contexts a document; scores are free, not products.

    Without sampling, all words outside a window are negatives. The probabilities of scikit-learn, not smoothed, are
    the minimum of the loss in both cases: the gradient with respect to the scores is 0.
    """
    every = [(word, contexts) for word, contexts in windows() if contexts]
    documents = np.array([np.bincount(contexts, minlength=V) for _, contexts in every])
    words = np.array([word for word, _ in every])
    multinomial = MultinomialNB(alpha=1e-12, force_alpha=True).fit(documents, words)
    scores = torch.from_numpy(multinomial.feature_log_prob_).requires_grad_()
    Multinomial()(scores, torch.from_numpy(COUNTS.toarray())).sum().backward()
    assert_close(scores.grad, torch.zeros(V, V, dtype=torch.float64), atol=1e-9, rtol=0)

    bernoulli = BernoulliNB(alpha=1e-12, force_alpha=True).fit(documents, words)
    log_p = bernoulli.feature_log_prob_
    scores = torch.from_numpy(log_p - np.log1p(-np.exp(log_p).clip(max=1 - 1e-12))).requires_grad_()
    inside = torch.from_numpy(np.array([(documents[words == word] > 0).sum(0) for word in range(V)])).double()
    outside = torch.from_numpy(np.bincount(words, minlength=V))[:, None] - inside
    flat = scores.flatten()[:, None]
    loss = WeightedLogistic()
    (loss(flat, inside.flatten()[:, None]) + loss(flat, -outside.flatten()[:, None])).sum().backward()
    assert_close(scores.grad, torch.zeros(V, V, dtype=torch.float64), atol=1e-8, rtol=0)
    assert not np.allclose(log_p, multinomial.feature_log_prob_, atol=0.1)  # neither approximates the other
