"""Comparison of a network with the Reber grammar that it has learned."""

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from ...data.sequences.reber import Grammar, encode
from ...figures.recurrent.automaton import plot_automata
from ...layers.recurrent import Recurrent
from .automaton import Automaton, Comparison, compare_automata, extract_automaton


@torch.no_grad()
def hidden_states(net: nn.Module, strings: Sequence[str], grammar: Grammar) -> list[Tensor]:
    """Return the hidden states of the network's last unidirectional layer after each symbol, (T, H) for each string.

    Raises ValueError for a network without such a layer, or a string outside the language.
    """
    layers = [layer for layer in net.modules() if isinstance(layer, Recurrent) and layer.directions == 1]
    if not layers:
        raise ValueError("the network has no unidirectional recurrent layer")
    recorded: list[Tensor] = []
    batch = encode(strings, grammar)
    with layers[-1].register_forward_hook(lambda _, __, result: recorded.append(result[0])):
        net(batch.x, batch.mask)
    return [hidden[: len(string)] for hidden, string in zip(recorded[0], strings, strict=True)]


def learned_automaton(
    net: nn.Module, strings: Sequence[str], grammar: Grammar, *, clusters: int | None = None
) -> tuple[Automaton, Comparison]:
    """Return the automaton of a network, and its comparison with that of the grammar.

    clusters: None for the number of states of the grammar without the first one.
    """
    hidden = hidden_states(net, strings, grammar)
    automaton = extract_automaton(hidden, strings, len(grammar.edges) - 1 if clusters is None else clusters)
    return automaton, compare_automata(automaton, strings, [grammar.states(string) for string in strings])


def plot_beside_grammar(automaton: Automaton, comparison: Comparison, grammar: Grammar) -> Figure:
    """Draw the automaton of the network, with the true names of its states, next to that of the grammar."""
    true = {(state, symbol): after for state, steps in enumerate(grammar.edges) for symbol, after in steps}
    names = {state: str(name) for state, name in comparison.names.items()}
    return plot_automata(
        {
            f"network: {comparison.agreement:.1%} of steps agree": (automaton.edges, names),
            "grammar": (true, {state: str(state) for state in range(len(grammar.edges))}),
        }
    )
