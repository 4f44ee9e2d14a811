"""Names and values in pictures of recurrent networks, without a run."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.pictures import recurrent
from nnzoo.callbacks.pictures.recurrent import (
    AUTOMATON,
    SPECTRUM,
    first_gated_cell,
    first_recurrent,
    layer_prefix,
    named_cells,
    named_layers,
    state_label,
    step_labels,
)
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.cells.gru import GRU
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.layers.recurrent import Recurrent
from nnzoo.spec import Batch, DataSpec
from torch import Tensor, nn

from .small_examples import TRAINER

WORDS = DataSpec("tokens", (), "classes", 2, sequence=True, vocabulary=("the", "a very long word", "$"))
SETS = DataSpec("onehot", (2,), "multilabel", 2, sequence=True, per_step=True, vocabulary=("x", "y"), labels=("x", "y"))


def layer(cell: Any, **settings: Any) -> Recurrent:
    return Recurrent(lambda size: cell(size, 2), 2, **settings)


def test_cells_are_counted_by_layer_and_direction() -> None:
    one, two = layer(Elman, bidirectional=True), layer(Elman, layers=2)
    cells = named_cells([one, two])
    assert list(cells) == ["layer 1", "layer 1 backward", "layer 2", "layer 3"]
    assert [*cells.values()] == [*one.cells, *two.cells]
    assert named_cells([]) == {}


def test_labels_of_states() -> None:
    single = {"layer 1": layer(LSTM).cells[0]}
    several = {f"layer {k}": layer(LSTM).cells[0] for k in (1, 10)}
    assert state_label("layer 1 c", single) == "cell state"  # type: ignore[arg-type]
    assert state_label("layer 1", {"layer 1": layer(Elman).cells[0]}) == "hidden state"  # type: ignore[dict-item]
    assert state_label("layer 10 h", several) == "layer 10, hidden state"  # type: ignore[arg-type]
    assert layer_prefix("layer 1", single) == ""  # type: ignore[arg-type]


def test_labels_of_steps() -> None:
    assert step_labels(torch.tensor([0, 1, 2]), WORDS) == ["the", "a very long …", "\\$"]
    assert step_labels(torch.tensor([[0, 9], [2, 9]]), WORDS) == ["the", "\\$"]  # the first token of each step
    assert step_labels(torch.tensor([[1.0, 0], [0, 1]]), SETS) == ["x", "y"]
    assert step_labels(torch.tensor([0]), DataSpec("tokens", (), "classes", 2, sequence=True)) == []
    real = DataSpec("real", (2,), "classes", 2, sequence=True, vocabulary=("x", "y"))
    assert step_labels(torch.tensor([[1.0, 0]]), real) == []


def test_layers_of_a_network() -> None:
    net = nn.ModuleDict({"encoder": layer(Elman), "decoder": layer(GRU)})
    assert named_layers(nn.ModuleDict({"model": net})) == dict(net)
    given: Any = SimpleNamespace(net=net)
    assert first_gated_cell(given) is net["decoder"].cells[0]
    assert first_gated_cell(SimpleNamespace(net=net["encoder"])) is None  # type: ignore[arg-type]
    theirs = nn.GRU(2, 2)
    assert first_recurrent(nn.Sequential(nn.Linear(1, 1), theirs)) is theirs
    assert first_recurrent(nn.Sequential(nn.Linear(1, 1), net["encoder"])) is net["encoder"].cells[0]
    assert first_recurrent(nn.Linear(1, 1)) is None


def test_eigenvalues_of_one_and_of_several_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    monkeypatch.setattr(recurrent, "plot_spectrum", lambda *given: found.append(given))
    gated = layer(GRU)
    blocks = ["reset gate", "update gate", "candidate"]
    for net in (
        nn.ModuleDict({"only": gated}),
        nn.ModuleDict({"only": layer(GRU, layers=2)}),
        nn.ModuleDict({"encoder": gated, "decoder": layer(Elman)}),
    ):
        SPECTRUM.draw(SimpleNamespace(net=net))  # type: ignore[arg-type]
    one, two, both = (list(values) for values, _ in found)
    assert sorted(one) == sorted(blocks)
    assert sorted(two) == sorted(f"layer {k}, {block}" for k in (1, 2) for block in blocks)
    assert sorted(both)[:1] == ["decoder, layer 1, h"] or len(both) == 4
    assert [name for name in both if name.startswith("encoder, layer 1, ")] == [
        f"encoder, layer 1, {name}" for name in one
    ]
    assert found[0][1] == "eigenvalues of recurrent weights"


@pytest.mark.parametrize("masked", [False, True])
def test_automaton_of_strings_with_and_without_padding(monkeypatch: pytest.MonkeyPatch, masked: bool) -> None:
    """Without labels at a step, the string may end."""
    given: list[Any] = []
    drawn: list[Any] = []

    def fit(hidden: list[Tensor], strings: list[list[str]], known: Any) -> Any:
        given.append((hidden, strings, known))
        paths = [[0, *range(1, len(string) + 1)] for string in strings]
        return SimpleNamespace(paths=paths, edges={(0, "x"): 1}, consistency=0.875)

    class Sum(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.recurrent = layer(Elman)

        def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
            return self.recurrent(x)[0]  # type: ignore[no-any-return]

    monkeypatch.setattr(recurrent, "fit_automaton", fit)
    figure = SimpleNamespace(suptitle=drawn.append)
    monkeypatch.setattr(recurrent, "plot_automata", lambda automata: drawn.append(automata) or figure)
    x = torch.eye(2)[torch.tensor([[0, 1, 0], [1, 1, 0]])]
    y = torch.tensor([[[1.0, 1], [0, 1], [0, 0]], [[1, 1], [0, 1], [0, 0]]])
    mask = torch.tensor([[True, True, True], [True, True, False]]) if masked else None
    net = Sum()
    examples: Any = SimpleNamespace(
        spec=SETS, net=net, trainer=TRAINER, first=lambda n: Batch(x[:n], y[:n], mask), predict=net
    )
    AUTOMATON.draw(examples)
    ((hidden, strings, known),) = given
    last = 2 if masked else 3
    assert strings == [["x", "y", "x"], ["y", "y", "x"][:last]]
    assert known == [[(1, 1), (0, 1), (0, 0)], [(1, 1), (0, 1), (0, 0)][:last]]
    expected = net(x, None)
    for values, row, steps in zip(hidden, expected, (3, last), strict=True):
        torch.testing.assert_close(values, row[:steps])
    assert drawn[0] == {"": ({(0, "x"): 1}, {0: "start", 1: "x y", 2: "y", 3: "end"})}
    assert drawn[1] == "3 clusters of hidden states, with next symbols\n87.5% of the steps are consistent"
