"""P2: what can be predicted in the Reber grammar without a memory. Zaki-Meira 26.

A network that sees one symbol predicts a set of next symbols for it, always the same. Strings have at least 30 symbols.
"""

from collections import Counter, defaultdict
from random import Random

import pytest
from nnzoo.data.sequences.reber import REBER, SYMBOLS, Reber

SHORTEST, LONGEST = 30, 300  # hardly a string is longer


def expected_counts(grammar, shortest):
    """Return the expected number of steps of a string with each symbol and set of next symbols.

    All strings are enumerated by their states: probabilities of state and length, with the weights of a long enough
    rest.
    """
    reach, counts = {0: 1.0}, Counter()
    for length in range(LONGEST):
        survival = grammar.survival(shortest)[max(0, shortest - length - 1)]
        after = defaultdict(float)
        for state, probability in reach.items():
            edges = grammar.edges[state]
            total = sum(survival[end] for _, end in edges)
            for symbol, end in edges:
                if survival[end]:
                    share = probability * survival[end] / total
                    after[end] += share
                    counts[symbol, "".join(sorted(each for each, _ in grammar.edges[end]))] += share
        reach = {state: share for state, share in after.items() if grammar.edges[state]}
    assert sum(reach.values()) < 1e-12
    return counts


def mistakes(counts):
    """Return the wrong steps of a string if the most frequent set is predicted after each symbol."""
    return sum(
        sum(sets) - max(sets)
        for symbol in SYMBOLS
        if (sets := [count for (each, _), count in counts.items() if each == symbol])
    )


def test_p2_the_best_predictor_without_memory_makes_2_594_mistakes():
    """2.5 without a smallest length; the text's network has 2.62 on its sample."""
    assert mistakes(expected_counts(REBER, SHORTEST)) == pytest.approx(2.5944084, abs=1e-6)
    assert mistakes(expected_counts(REBER, 0)) == pytest.approx(2.5, abs=1e-9)


def test_p2_the_strings_of_the_data_have_these_frequencies():
    """Each by the grammar's own sampling, in the mean over 4000 strings."""
    random, found = Random(0), Counter()
    for _ in range(4000):
        string = REBER.sample(random, SHORTEST)
        found.update(zip(string, REBER.next_symbols(string), strict=True))
    expected = expected_counts(REBER, SHORTEST)
    assert set(found) == set(expected)
    for pair, count in expected.items():
        assert found[pair] / 4000 == pytest.approx(count, rel=0.04, abs=0.02), pair
    strings = [string for split in Reber(seed=1).strings().values() for string in split]
    assert min(map(len, strings)) >= SHORTEST


def test_p2_short_strings_leave_fewer_mistakes():
    """Without a smallest length, by all strings of up to 22 symbols, one by one."""
    counts, todo = Counter(), [("", 0, 1.0)]
    while todo:
        string, state, probability = todo.pop()
        edges = REBER.edges[state]
        if not edges:
            for pair in zip(string, REBER.next_symbols(string), strict=True):
                counts[pair] += probability
        elif len(string) < 22 and probability > 1e-7:
            todo += [(string + symbol, end, probability / len(edges)) for symbol, end in edges]
    expected = expected_counts(REBER, 0)
    assert mistakes(counts) == pytest.approx(mistakes(expected), rel=0.03)
    assert mistakes(expected) < mistakes(expected_counts(REBER, SHORTEST))
