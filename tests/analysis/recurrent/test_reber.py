import pytest
import torch
from nnzoo.analysis.recurrent.reber import hidden_states, learned_automaton, plot_beside_grammar
from nnzoo.builders.adapters import Network, identity
from nnzoo.data.sequences.reber import REBER, SYMBOLS, Reber
from nnzoo.models.mlp import MLP
from nnzoo.models.recurrent.rnn import RNN

STRINGS = Reber(min_length=8, test=40).strings()["test"]


def exact():
    """A network whose units represent pairs of a state and its incoming symbol, so it equals the grammar."""
    pairs = [(b, s, a) for b, steps in enumerate(REBER.edges) for s, a in steps]
    net = RNN(in_features=7, out_features=7, hidden=len(pairs), activation="relu")
    cell = net.recurrent.cells[0]
    with torch.no_grad():
        cell.weight_x.zero_()
        cell.weight_h.zero_()
        for unit, (before, symbol, _) in enumerate(pairs):
            cell.weight_x[unit, SYMBOLS.index(symbol)] = 1
            cell.bias[unit] = 0 if before == 0 else -1
            for other, (_, _, after) in enumerate(pairs):
                cell.weight_h[unit, other] = float(after == before)
        cell.bias[0] = 0  # B occurs only once
    return Network(net, identity, masked=True)


def test_network_with_the_exact_automaton():
    net = exact()
    hidden = hidden_states(net, STRINGS, REBER)
    assert [len(h) for h in hidden] == [len(string) for string in STRINGS]
    assert all((h.sum(1) == 1).all() for h in hidden)  # one unit at a time
    automaton, comparison = learned_automaton(net, STRINGS, REBER, clusters=12)
    assert automaton.consistency == comparison.agreement == 1
    assert not comparison.missing


def test_too_few_clusters_and_a_picture():
    automaton, comparison = learned_automaton(exact(), STRINGS, REBER, clusters=3)
    assert comparison.agreement < 0.8
    assert comparison.missing
    network, grammar = plot_beside_grammar(automaton, comparison, REBER).axes
    assert network.get_title() == f"network: {comparison.agreement:.1%} of steps agree"
    assert {text.get_text() for text in grammar.texts} >= {str(state) for state in range(8)}
    assert len(learned_automaton(exact(), STRINGS, REBER)[1].names) == 8


@pytest.mark.parametrize(
    "model",
    [
        lambda: MLP(in_features=7, out_features=7, hidden=[3]),
        lambda: RNN(in_features=7, out_features=7, bidirectional=True),
    ],
)
def test_networks_without_a_forward_recurrent_layer_are_refused(model):
    with pytest.raises(ValueError, match="no unidirectional recurrent layer"):
        hidden_states(Network(model(), identity, masked=True), STRINGS, REBER)
