"""Recurrent layers: where dropout acts, and the initial states. Their outputs: `tests/models/test_recurrent.py`."""

from functools import partial

import pytest
import torch
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.layers.recurrent import Recurrent
from torch import Tensor, nn


class Recorded(nn.Module):
    """Keeps what passes through it."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.inputs.append(x)
        return x


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("layers", [2, 3])
def test_dropout_acts_between_layers_and_not_on_the_inputs(layers: int, bidirectional: bool) -> None:
    net = Recurrent(partial(Elman, hidden=4), 3, layers=layers, bidirectional=bidirectional, dropout=0.5)
    net.dropout = recorded = Recorded()
    x = torch.randn(2, 5, 3)
    net(x)
    first = Recurrent(partial(Elman, hidden=4), 3, bidirectional=bidirectional)
    first.load_state_dict({k: v for k, v in net.state_dict().items() if k in first.state_dict()})
    assert len(recorded.inputs) == layers - 1
    torch.testing.assert_close(recorded.inputs[0], first(x)[0])


@pytest.mark.parametrize(("start", "value"), [("zero", 0.0), ("half", 0.5), ("learned", 0.0)])
def test_initial_states(start: str, value: float) -> None:
    """Zaki-Meira 26 and Aggarwal 7.2.3; every part of the state of every layer."""
    net = Recurrent(partial(LSTM, hidden=4), 3, layers=2, start=start)
    states = net.initial_state(5)
    assert [[part.shape for part in parts] for parts in states] == [[(5, 4)] * 2] * 2
    assert all((part == value).all() for parts in states for part in parts)
    assert len(list(net.learned)) == (4 if start == "learned" else 0)


def test_a_learned_start_learns() -> None:
    net = Recurrent(partial(Elman, hidden=4), 3, start="learned").double()
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    (start,) = net.learned
    start.data = torch.randn(4, dtype=torch.float64)
    given = start.detach().expand(5, -1).clone().requires_grad_()
    net(x)[0].square().sum().backward()
    (expected,) = torch.autograd.grad(net(x, state=[(given,)])[0].square().sum(), given)
    torch.testing.assert_close(start.grad, expected.sum(0))
