"""What a network has learned of a Reber grammar, beside the grammar itself."""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from ...data.sequences.reber import Grammar, encode
from ...figures.recurrent.automaton import plot_automata
from ...layers.recurrent import Recurrent
from .automaton import Automaton, Comparison, compare, extract


@torch.no_grad()
def hidden_states(net: nn.Module, strings: Sequence[str], grammar: Grammar) -> list[Tensor]:
    """Return the hidden states of the network's last recurrent layer after each symbol, (T, H) for each string.

    Raises ValueError for a network that does not read from left to right, or a string outside the language.
    """
    layers = [layer for layer in net.modules() if isinstance(layer, Recurrent) and layer.directions == 1]
    if not layers:
        raise ValueError("the network has no recurrent layer that reads from left to right")
    seen: list[Tensor] = []
    batch = encode(strings, grammar)
    with layers[-1].register_forward_hook(lambda _, __, result: seen.append(result[0])):
        net(batch.x, batch.mask)
    return [hidden[: len(string)] for hidden, string in zip(seen[0], strings, strict=True)]


def learned(
    net: nn.Module, strings: Sequence[str], grammar: Grammar, *, clusters: int | None = None
) -> tuple[Automaton, Comparison]:
    """Return the automaton that a network has become, and how it compares with the grammar's.

    clusters: None = as many as the grammar has states after the first.
    """
    hidden = hidden_states(net, strings, grammar)
    automaton = extract(hidden, strings, len(grammar.edges) - 1 if clusters is None else clusters)
    return automaton, compare(automaton, strings, [grammar.states(string) for string in strings])


def beside(automaton: Automaton, comparison: Comparison, grammar: Grammar) -> Figure:
    """Draw the network's automaton, its states with their true names, beside the grammar's."""
    true = {(state, symbol): after for state, steps in enumerate(grammar.edges) for symbol, after in steps}
    names = {state: str(name) for state, name in comparison.names.items()}
    return plot_automata(
        {
            f"network: {comparison.agreement:.1%} of steps agree": (automaton.edges, names),
            "grammar": (true, {state: str(state) for state in range(len(grammar.edges))}),
        }
    )
