import tracemalloc
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.text import cooccurrence
from nnzoo.text.cooccurrence import count_cooccurrences
from sklearn.feature_extraction.text import CountVectorizer

SIZE = 7


def draw(seed=0, sentences=40):
    """Sentences of 0 to 11 words, some of which are outside the vocabulary."""
    rng = np.random.default_rng(seed)
    return [rng.integers(-1, SIZE, length) for length in rng.integers(0, 12, sentences)]


def by_hand(sentences, window, weight):
    """The definition as a loop over all pairs of words."""
    counts = np.zeros((SIZE, SIZE))
    for sentence in sentences:
        words = [word for word in sentence if word >= 0]
        for i, word in enumerate(words):
            for j, other in enumerate(words):
                if 0 < abs(i - j) <= window:
                    counts[word, other] += weight(abs(i - j))
    return counts


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(cooccurrence, "BLOCK", 20)


@pytest.mark.parametrize("window", [1, 3, 30])
@pytest.mark.parametrize("weighting", ["flat", "linear", "harmonic"])
def test_counts_by_hand(window, weighting, small_blocks):
    weight = {"flat": lambda d: 1, "linear": lambda d: (window - d + 1) / window, "harmonic": lambda d: 1 / d}
    found = count_cooccurrences(iter(draw()), SIZE, window=window, weighting=weighting)
    np.testing.assert_allclose(found.toarray(), by_hand(draw(), window, weight[weighting]))


def test_linear_weights_are_the_expectation_of_random_windows():
    window, sentences = 4, draw(1)
    windows = [by_hand(sentences, size, lambda d: 1) for size in range(1, window + 1)]
    found = count_cooccurrences(sentences, SIZE, window=window, weighting="linear")
    np.testing.assert_allclose(found.toarray(), np.mean(windows, 0))


def test_neighbours_are_the_bigrams_of_scikit_learn():
    sentences = [[word for word in sentence if word >= 0] for sentence in draw(2)]
    vectorizer = CountVectorizer(analyzer=pairwise)
    table = np.asarray(vectorizer.fit_transform(sentences).sum(0))[0]
    counts = Counter({pair: table[column] for pair, column in vectorizer.vocabulary_.items()})
    expected = [[counts[i, j] + counts[j, i] for j in range(SIZE)] for i in range(SIZE)]
    found = count_cooccurrences([np.array(each, np.int64) for each in sentences], SIZE, window=1)
    assert found.toarray().tolist() == expected


def test_a_word_outside_the_vocabulary_is_removed_before_the_windows():
    found = count_cooccurrences([np.array([0, -1, 1]), np.array([2, 2])], SIZE, window=1)
    assert found[0, 1] == found[1, 0] == 1
    assert found[2, 2] == 2  # each is in the window of the other
    assert found.sum() == 4


def test_the_size_of_the_blocks_does_not_matter(small_blocks):
    blocks = count_cooccurrences(draw(3), SIZE)
    cooccurrence.BLOCK = 1 << 20
    assert (blocks != count_cooccurrences(draw(3), SIZE)).nnz == 0


def test_a_text_without_pairs_has_no_counts():
    assert count_cooccurrences([], SIZE).nnz == 0
    assert count_cooccurrences([np.array([1]), np.array([], np.int64)], SIZE).shape == (SIZE, SIZE)


def test_memory_does_not_grow_with_the_text(monkeypatch):
    monkeypatch.setattr(cooccurrence, "BLOCK", 1000)
    sentence = np.arange(100) % SIZE

    def peak(count):
        tracemalloc.start()
        count_cooccurrences((sentence for _ in range(count)), SIZE)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(400) < 1.5 * peak(40)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"window": 0}, "window is 0; it must be at least 1"),
        ({"weighting": "linaer"}, "weighting 'linaer'.*linear"),
        ({"size": 3}, "a word has id 6; the ids of 3 words are 0 to 2"),
    ],
)
def test_values_out_of_range_are_refused(settings, message):
    with pytest.raises(UserError, match=message):
        count_cooccurrences(draw(), **{"size": SIZE, **settings})
