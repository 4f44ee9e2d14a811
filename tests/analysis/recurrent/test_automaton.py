import pytest
import torch
from nnzoo.analysis.recurrent.automaton import (
    Automaton,
    automaton_from_paths,
    compare_automata,
    extract_automaton,
    fit_automaton,
    majority_labels,
)
from nnzoo.data.sequences.reber import REBER, Reber
from torch.nn.functional import one_hot

GRAMMAR = {(state, symbol): after for state, steps in enumerate(REBER.edges) for symbol, after in steps}


@pytest.fixture(scope="module")
def strings():
    return Reber(min_length=8, test=60).strings()["test"]


def hidden_of(paths, noise=0.05):
    """Return hidden states that are one-hot states of an automaton plus a little noise."""
    generator = torch.Generator().manual_seed(0)
    states = [one_hot(torch.tensor(path[1:]), 20).double() for path in paths]
    return [h + noise * torch.randn(h.shape, generator=generator) for h in states]


def test_states_of_the_grammar_give_its_automaton(strings):
    true = [REBER.states(string) for string in strings]
    automaton = extract_automaton(hidden_of(true), strings, clusters=7)
    assert automaton.consistency == 1
    assert [len(path) for path in automaton.paths] == [len(string) + 1 for string in strings]
    found = compare_automata(automaton, strings, true)
    assert found.agreement == 1
    assert found.missing == {}
    assert sorted(found.names) == sorted(found.names.values()) == list(range(8))
    renamed = {(found.names[b], s): found.names[a] for (b, s), a in automaton.edges.items()}
    assert renamed == GRAMMAR


def test_consistency_and_agreement_by_hand():
    """From state 1, x leads to 2 twice and to 3 once; clusters 2 and 3 are the true state 2, and 1 is 1 or 9."""
    paths = [[0, 1, 2], [0, 1, 2], [0, 1, 3]]
    strings = ["ax", "ax", "ax"]
    automaton = automaton_from_paths(paths, strings)
    assert automaton == Automaton(paths, {(0, "a"): 1, (1, "x"): 2}, 5 / 6)
    found = compare_automata(automaton, strings, [[0, 1, 2], [0, 1, 2], [0, 9, 2]])
    assert found.names == {0: 0, 1: 1, 2: 2, 3: 2}
    assert found.agreement == 4 / 6  # both steps of the last string are wrong
    assert found.missing == {(9, "x"): 2}  # in the true paths, a leads most often to 1


def test_missing_edges():
    """A network that does not distinguish the true states 1 and 2."""
    strings, true = ["ax", "by"], [[0, 1, 3], [0, 2, 3]]
    found = compare_automata(automaton_from_paths([[0, 1, 2], [0, 1, 2]], strings), strings, true)
    assert found.names == {0: 0, 1: 1, 2: 3}
    assert found.missing == {(0, "b"): 2, (2, "y"): 3}
    assert found.agreement == 2 / 4


def test_majority_labels_of_states():
    assert majority_labels([[0, 1, 2, 1], [0, 1]], [["p", "q", "p"], ["r"]]) == {1: ("p", 2), 2: ("q", 1)}


def test_fewest_clusters_that_fit(strings):
    """There are six sets of next symbols, and two states share one; an additional cluster separates them."""
    true = [REBER.states(string) for string in strings]
    known = [REBER.next_symbols(string) for string in strings]
    assert len({k for states in known for k in states}) == 6
    automaton = fit_automaton(hidden_of(true), strings, known)
    assert len({state for path in automaton.paths for state in path}) == 1 + 7
    assert compare_automata(automaton, strings, true).agreement == 1


def test_uninformative_hidden_states(strings):
    strings = strings[:10]
    noise = [torch.randn(len(string), 3) for string in strings]
    known = [REBER.next_symbols(string) for string in strings]
    assert fit_automaton(noise, strings, known).consistency < 0.9
    same = [torch.zeros(len(string), 3) for string in strings]
    assert len({state for path in fit_automaton(same, strings, known).paths for state in path}) == 2


def test_numbers_of_clusters_from_that_of_the_labels_to_three_times_as_many(monkeypatch):
    """At most 40 clusters; about ten numbers are tried while none is sufficient."""
    tried = []

    def record(hidden, strings, clusters, seed):
        tried.append(clusters)
        return extract_automaton(hidden, strings, 1, seed)

    monkeypatch.setattr("nnzoo.analysis.recurrent.automaton.extract_automaton", record)
    for labels, expected in [
        (2, [2, 3, 4, 5, 6]),
        (6, [*range(6, 19)]),
        (12, [*range(12, 37, 2)]),
        (15, [*range(15, 41, 2)]),
    ]:
        tried.clear()
        fit_automaton([torch.randn(60, 3)], ["a" * 60], [[str(k % labels) for k in range(60)]])
        assert tried == expected


def test_more_clusters_than_states_are_refused():
    with pytest.raises(ValueError, match="clusters is 4; it must be from 1 to 3, the number of hidden states"):
        extract_automaton([torch.randn(3, 2)], ["abc"], clusters=4)
