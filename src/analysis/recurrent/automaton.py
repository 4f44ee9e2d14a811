"""The automaton that a recurrent network has become: its hidden states in clusters, and symbols that lead between.

Shapes: T symbols of a string, H hidden units, K clusters.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

MOST = 40  # clusters
Edges = dict[tuple[int, str], int]
Known = TypeVar("Known", bound=Hashable)


@dataclass(frozen=True)
class Automaton:
    """States 0, before the first symbol, to K, and for a state and a symbol the state that most often follows.

    paths: of each string, the T + 1 states it passes. consistency: share of the steps that follow the edges; 1 for a
    network whose clusters are the states of a deterministic automaton.
    """

    paths: list[list[int]]
    edges: Edges
    consistency: float


def extract(hidden: Sequence[Tensor], strings: Sequence[Sequence[str]], clusters: int, seed: int = 0) -> Automaton:
    """Return the automaton of a network by k-means of its hidden states.

    hidden: (T, H), after each symbol of a string; clusters: K, beside the state before the first symbol.
    Raises ValueError if there are fewer hidden states than clusters.
    """
    from sklearn.cluster import KMeans  # a second of import that other runs do not need
    from threadpoolctl import threadpool_limits

    points = torch.cat(list(hidden)).detach().double().cpu()
    if not 1 <= clusters <= len(points):
        raise ValueError(f"clusters is {clusters}; it must be from 1 to {len(points)}, the number of hidden states")
    with threadpool_limits(1):  # more threads only cost: much, where others work, too
        found = iter(KMeans(clusters, n_init=5, random_state=seed).fit_predict(points.numpy()).tolist())
    paths = [[0, *(next(found) + 1 for _ in string)] for string in strings]
    return of_paths(paths, strings)


def of_paths(paths: list[list[int]], strings: Sequence[Sequence[str]]) -> Automaton:
    """Return the automaton of known paths."""
    counts: dict[tuple[int, str], Counter[int]] = defaultdict(Counter)
    for path, string in zip(paths, strings, strict=True):
        for before, symbol, after in zip(path, string, path[1:], strict=False):
            counts[before, symbol][after] += 1
    most = {step: after.most_common(1)[0] for step, after in counts.items()}
    steps = sum(after.total() for after in counts.values())
    return Automaton(
        paths, {step: after for step, (after, _) in most.items()}, sum(n for _, n in most.values()) / steps
    )


def fitting(
    hidden: Sequence[Tensor],
    strings: Sequence[Sequence[str]],
    known: Sequence[Sequence[Hashable]],
    *,
    consistency: float = 0.99,
    seed: int = 0,
) -> Automaton:
    """Return an automaton of few clusters that is consistent and tells apart what is `known` of its states.

    known: something of the state after each symbol, such as the set of symbols that may follow; at least the given
    share of the steps must obey the edges, and lie in a cluster where most have the same. Tried are about ten numbers
    of clusters, from as many as there are different ones to three times as many, and at most 40, which is as many as
    can be looked at; the best of them, if none will do.
    """
    low = len({state for states in known for state in states})
    high = min(3 * low, MOST, len(torch.cat(list(hidden)).unique(dim=0)))
    low = min(low, high)
    best: tuple[float, Automaton] | None = None
    for clusters in range(low, high + 1, 1 + (high - low) // 13):
        automaton = extract(hidden, strings, clusters, seed)
        pure = sum(n for _, n in shares(automaton.paths, known).values()) / sum(map(len, known))
        score = min(automaton.consistency, pure)
        if best is None or score > best[0]:
            best = score, automaton
        if score >= consistency:
            break
    assert best is not None
    return best[1]


def shares(paths: Sequence[Sequence[int]], known: Sequence[Sequence[Known]]) -> dict[int, tuple[Known, int]]:
    """Return for each state after a symbol what is most often known of it, and how often."""
    counts: dict[int, Counter[Known]] = defaultdict(Counter)
    for path, states in zip(paths, known, strict=True):
        for state, fact in zip(path[1:], states, strict=True):
            counts[state][fact] += 1
    return {state: facts.most_common(1)[0] for state, facts in counts.items()}


@dataclass(frozen=True)
class Comparison:
    """How a network's automaton stands to the true one.

    names: the true state that most steps in a cluster belong to, by cluster. agreement: share of the steps at which
    edge of the network's automaton, from its state before the step by the symbol, read with true names, is the step
    of the true automaton. missing: edges of the true automaton that no edge of the network's is.
    """

    names: dict[int, int]
    agreement: float
    missing: Edges


def compare(automaton: Automaton, strings: Sequence[Sequence[str]], true: Sequence[Sequence[int]]) -> Comparison:
    """Return how an automaton agrees with the true paths of its strings, T + 1 states each."""
    most = shares(automaton.paths, [path[1:] for path in true])
    names = {0: true[0][0]} | {state: name for state, (name, _) in most.items()}
    agreed = [
        (names[path[t]], names[automaton.edges[path[t], string[t]]]) == (states[t], states[t + 1])
        for path, string, states in zip(automaton.paths, strings, true, strict=True)
        for t in range(len(string))
    ]
    have = {(names[before], symbol, names[after]) for (before, symbol), after in automaton.edges.items()}
    wanted = of_paths([list(path) for path in true], strings).edges
    missing = {(before, s): after for (before, s), after in wanted.items() if (before, s, after) not in have}
    return Comparison(names, sum(agreed) / len(agreed), missing)
