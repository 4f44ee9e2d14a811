"""The encoder-decoder, against loops in plain Python."""

from functools import partial

import pytest
import torch
from nnzoo.layers.cells.base import Cell
from nnzoo.layers.cells.constrained import SCRNCell
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.cells.forget import ForgetGate
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.cells.layer_norm import LayerNormLSTM
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.models.recurrent.seq2seq import Seq2Seq
from torch import Tensor
from torch.testing import assert_close

LETTERS, SYMBOLS, LENGTH = 5, 4, 7
IDS = torch.tensor([[1, 4, 2, 0], [3, 3, 0, 0], [2, 0, 0, 0]])
MASK = torch.tensor([[True] * 4, [True, True, False, False], [True, False, False, False]])
GIVEN = torch.tensor([[1, 3, 2, 0], [2, 0, -1, -1], [0, -1, -1, -1]])
CELLS: dict[str, type[Cell]] = {
    "elman": Elman,
    "gru": GRU,
    "lstm": LSTM,
    "layer_norm_lstm": LayerNormLSTM,
    "scrn": SCRNCell,
    "forget": ForgetGate,
}


def made(cell: type[Cell] = LSTM, **settings: object) -> Seq2Seq:
    torch.manual_seed(0)
    sizes = {"vocab_size": LETTERS, "out_features": SYMBOLS, "target_len": LENGTH, "embedding": 3}
    return Seq2Seq(cell=partial(cell, hidden=6), **{**sizes, **settings}).double()  # type: ignore[arg-type]


def hardly_sure(net: Seq2Seq) -> Seq2Seq:
    """Give a network weights with which it writes different symbols, not the same one for ever."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(3)
    return net


def by_hand(net: Seq2Seq, letters: list[int], given: list[int] | None) -> Tensor:
    """One sequence, cell by cell: the code, the link, then step after step; with or without given symbols."""
    (reader,), (writer,) = net.encoder.cells, net.decoder.cells
    state = tuple(torch.zeros(1, size, dtype=torch.float64) for size in reader.state_sizes)
    for letter in letters:
        x = net.embedding.weight[letter][None]
        state = reader.step(x @ reader.weight_x.T + reader.bias, state)
    begin = reader.output(state) @ net.link.weight.T + net.link.bias
    state = tuple(begin.split(list(writer.state_sizes), 1))
    symbol, outputs = 0, []
    for step in range(net.target_len if given is None else len(given)):
        x = net.symbols.weight[symbol][None]
        state = writer.step(x @ writer.weight_x.T + writer.bias, state)
        outputs.append(writer.output(state) @ net.readout.weight.T + net.readout.bias)
        symbol = int(outputs[-1].argmax()) if given is None else max(given[step], 0)
    return torch.cat(outputs)


@pytest.mark.parametrize("given", [None, GIVEN], ids=["free running", "teacher forcing"])
@pytest.mark.parametrize("cell", [Elman, LSTM])
def test_value_and_gradient_are_those_of_a_loop(cell: type[Cell], given: Tensor | None) -> None:
    net = hardly_sure(made(cell))
    rows = [ids[mask].tolist() for ids, mask in zip(IDS, MASK, strict=True)]
    every = [None] * len(rows) if given is None else given.tolist()
    expected = torch.stack([by_hand(net, row, symbols) for row, symbols in zip(rows, every, strict=True)])
    found = net(IDS, MASK, given)
    assert_close(found, expected)
    assert given is not None or len(found.argmax(-1).unique()) > 1
    weights = torch.randn_like(expected)
    parameters = list(net.parameters())
    for one, other in zip(
        torch.autograd.grad((found * weights).sum(), parameters),
        torch.autograd.grad((expected * weights).sum(), parameters),
        strict=True,
    ):
        assert_close(one, other)


@pytest.mark.parametrize("settings", [{}, {"layers": 2}, {"bidirectional": True}, {"layers": 2, "bidirectional": True}])
@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_given_what_it_writes_it_writes_the_same(cell: type[Cell], settings: dict[str, object]) -> None:
    net = hardly_sure(made(cell, **settings))
    free = net(IDS, MASK)
    assert free.shape == (3, LENGTH, SYMBOLS)
    assert_close(net(IDS, MASK, free.argmax(-1)), free)


def test_an_output_depends_on_earlier_given_symbols_alone() -> None:
    net = made()
    before, step = net(IDS, MASK, GIVEN), 2
    other = GIVEN.clone()
    other[0, step] = 1
    after = net(IDS, MASK, other)
    assert torch.equal(before[:, : step + 1], after[:, : step + 1])
    assert not torch.equal(before[0, step + 1], after[0, step + 1])
    assert torch.equal(before[1:], after[1:])


def test_the_code_is_that_of_what_was_read_alone() -> None:
    for settings in ({}, {"bidirectional": True}):
        net = made(**settings)
        codes = net.encode(IDS, MASK)
        assert codes.shape == (3, 12 if settings else 6)
        for ids, mask, code in zip(IDS, MASK, codes, strict=True):
            assert_close(net.encode(ids[mask][None])[0], code)


def test_gradient_by_finite_differences() -> None:
    net = made(GRU, vocab_size=None, in_features=2)
    x = torch.randn(2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: net(x, None, GIVEN[:2]), x)


def test_parameters() -> None:
    """An LSTM of H units and E inputs has 4 H (E + H + 1); the link goes from H to the decoder's h and c."""
    net = made()
    lstm = 4 * 6 * (3 + 6 + 1)
    expected = 3 * LETTERS + lstm + 3 * SYMBOLS + lstm + 12 * (6 + 1) + SYMBOLS * (6 + 1)
    assert sum(p.numel() for p in net.parameters()) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"in_features": 3}, "give exactly one of in_features=3 and vocab_size=5"),
        ({"target_len": 0}, "target_len is 0; it must be at least 1"),
        ({"embedding": 0}, "embedding is 0; it must be at least 1"),
        ({"layers": 0}, "layers is 0; it must be at least 1"),
        ({"dropout": 0.5}, "dropout is 0.5, but it acts between layers"),
    ],
)
def test_values_out_of_range(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(**settings)
