"""Extraction of a finite automaton from a recurrent network by clustering its hidden states.

Shapes: T symbols of a string, H hidden units, K clusters.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

MAX_CLUSTERS = 40
Edges = dict[tuple[int, str], int]
Label = TypeVar("Label", bound=Hashable)


@dataclass(frozen=True)
class Automaton:
    """States 0 (before the first symbol) to K, and for each state and symbol the most frequent next state.

    paths: the T + 1 states of each string; consistency: share of the steps that follow the edges, 1 if the clusters are
    the states of a deterministic automaton.
    """

    paths: list[list[int]]
    edges: Edges
    consistency: float


def extract_automaton(
    hidden: Sequence[Tensor], strings: Sequence[Sequence[str]], clusters: int, seed: int = 0
) -> Automaton:
    """Return the automaton of a network by k-means clustering of its hidden states.

    hidden: states (T, H) after each symbol of a string; clusters: K, without the state before the first symbol.
    Raises ValueError if there are fewer hidden states than clusters.
    """
    from sklearn.cluster import KMeans  # imported here, since the import takes a second
    from threadpoolctl import threadpool_limits

    points = torch.cat(list(hidden)).detach().double().cpu()
    if not 1 <= clusters <= len(points):
        raise ValueError(f"clusters is {clusters}; it must be from 1 to {len(points)}, the number of hidden states")
    with threadpool_limits(1):  # more threads are slower, in particular on a busy machine
        found = iter(KMeans(clusters, n_init=5, random_state=seed).fit_predict(points.numpy()).tolist())
    paths = [[0, *(next(found) + 1 for _ in string)] for string in strings]
    return automaton_from_paths(paths, strings)


def automaton_from_paths(paths: list[list[int]], strings: Sequence[Sequence[str]]) -> Automaton:
    """Return the automaton for given paths of states."""
    counts: dict[tuple[int, str], Counter[int]] = defaultdict(Counter)
    for path, string in zip(paths, strings, strict=True):
        for before, symbol, after in zip(path, string, path[1:], strict=False):
            counts[before, symbol][after] += 1
    most = {step: after.most_common(1)[0] for step, after in counts.items()}
    steps = sum(after.total() for after in counts.values())
    return Automaton(
        paths, {step: after for step, (after, _) in most.items()}, sum(n for _, n in most.values()) / steps
    )


def fit_automaton(
    hidden: Sequence[Tensor],
    strings: Sequence[Sequence[str]],
    known: Sequence[Sequence[Hashable]],
    *,
    consistency: float = 0.99,
    seed: int = 0,
) -> Automaton:
    """Return an automaton with few clusters that is consistent and separates states with different labels.

    known: a label of the state after each symbol, such as the set of possible next symbols; consistency: the required
    share of steps that follow the edges, and of steps whose label is the majority label of their cluster. About ten
    numbers of clusters are tried, from the number of different labels to three times this number, but at most
    MAX_CLUSTERS; if none is sufficient, the best one is returned.
    """
    low = len({label for labels in known for label in labels})
    high = min(3 * low, MAX_CLUSTERS, len(torch.cat(list(hidden)).unique(dim=0)))
    low = min(low, high)
    best: tuple[float, Automaton] | None = None
    for clusters in range(low, high + 1, 1 + (high - low) // 13):
        automaton = extract_automaton(hidden, strings, clusters, seed)
        pure = sum(n for _, n in majority_labels(automaton.paths, known).values()) / sum(map(len, known))
        score = min(automaton.consistency, pure)
        if best is None or score > best[0]:
            best = score, automaton
        if score >= consistency:
            break
    assert best is not None
    return best[1]


def majority_labels(paths: Sequence[Sequence[int]], known: Sequence[Sequence[Label]]) -> dict[int, tuple[Label, int]]:
    """Return for each state after a symbol its most frequent label and the frequency."""
    counts: dict[int, Counter[Label]] = defaultdict(Counter)
    for path, labels in zip(paths, known, strict=True):
        for state, label in zip(path[1:], labels, strict=True):
            counts[state][label] += 1
    return {state: counter.most_common(1)[0] for state, counter in counts.items()}


@dataclass(frozen=True)
class Comparison:
    """Comparison of an extracted automaton with the true one.

    names: the most frequent true state of each cluster; agreement: share of the steps at which the edge of the
    extracted automaton, with the true names of its states, equals the step of the true automaton; missing: edges of the
    true automaton that the extracted automaton does not have.
    """

    names: dict[int, int]
    agreement: float
    missing: Edges


def compare_automata(
    automaton: Automaton, strings: Sequence[Sequence[str]], true: Sequence[Sequence[int]]
) -> Comparison:
    """Return the comparison of an automaton with the true paths of its strings, T + 1 states each."""
    most = majority_labels(automaton.paths, [path[1:] for path in true])
    names = {0: true[0][0]} | {state: name for state, (name, _) in most.items()}
    agreements = [
        (names[path[t]], names[automaton.edges[path[t], string[t]]]) == (states[t], states[t + 1])
        for path, string, states in zip(automaton.paths, strings, true, strict=True)
        for t in range(len(string))
    ]
    present = {(names[before], symbol, names[after]) for (before, symbol), after in automaton.edges.items()}
    expected = automaton_from_paths([list(path) for path in true], strings).edges
    missing = {(before, s): after for (before, s), after in expected.items() if (before, s, after) not in present}
    return Comparison(names, sum(agreements) / len(agreements), missing)
