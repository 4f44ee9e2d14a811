"""Figures of recurrent networks in a run."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.analysis.recurrent.steps import trace
from nnzoo.callbacks.figures import Figures
from nnzoo.callbacks.pictures import examples, recurrent
from nnzoo.figures.style import new_figure
from nnzoo.models.recurrent.gru import GRU
from nnzoo.models.recurrent.lstm import LSTM
from nnzoo.models.recurrent.rnn import RNN
from nnzoo.spec import DataSpec
from torch import nn

from .conftest import Fit
from .small_tasks import SYMBOLS, events, make_task

CLASSES = DataSpec(input="real", shape=(7,), target="classes", target_size=7, sequence=True, seq_len=6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "model", "names"),
    [
        (SYMBOLS, RNN(in_features=7, out_features=7, hidden=4), {"next_symbols", "automaton"}),
        (SYMBOLS, GRU(in_features=7, out_features=7, hidden=4), {"next_symbols", "automaton", "gates"}),
        (SYMBOLS, LSTM(in_features=7, out_features=7, hidden=4, bidirectional=True), {"next_symbols", "gates"}),
        (CLASSES, LSTM(in_features=7, out_features=7, hidden=4, per_step=False, layers=2), {"confusion", "gates"}),
    ],
)
def test_figures_depend_on_the_network(
    tmp_path: Path, fit: Fit, caplog: pytest.LogCaptureFixture, spec: DataSpec, model: nn.Module, names: set[str]
) -> None:
    fit(make_task(spec, model), [Figures()])
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    names = {"activations", "gradients", "spectrum", *names}
    assert set(events(tmp_path).Tags()["images"]) == {f"figures/{name}" for name in names}
    assert {path.stem for path in (tmp_path / "figures").iterdir()} == names


def test_values_in_the_figures(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    for name in ("gradients", "spectrum", "gates", "automata"):
        monkeypatch.setattr(
            recurrent, f"plot_{name}", lambda *given, name=name: drawn.update({name: given}) or new_figure(1)
        )
    torch.manual_seed(0)
    model = LSTM(in_features=7, out_features=7, hidden=4, layers=2)
    trainer = fit(make_task(SYMBOLS, model), [Figures()])
    split = trainer.val_dataloaders.split
    steps = int(split.mask[0].sum())
    x, y = split.x[:1, :steps], split.y[:1, :steps]
    letters = [SYMBOLS.vocabulary[k] for k in x[0].argmax(-1)]

    norms, names, _ = drawn["gradients"]
    assert names == letters
    assert list(norms) == [
        f"layer {k}, {part} state: loss of {of}"
        for of in ("all steps", "the last step")
        for k in (1, 2)
        for part in ("hidden", "cell")
    ]
    # at the last step, only the readout lies between state and loss
    slope = model(x)[0, -1].sigmoid() - y[0, -1]
    last = (slope @ model.readout.weight).norm().double()
    torch.testing.assert_close(norms["layer 2, hidden state: loss of the last step"][-1], last)
    torch.testing.assert_close(norms["layer 2, hidden state: loss of all steps"][-1], last / steps)

    radii, _ = drawn["spectrum"]
    blocks = ("input gate", "forget gate", "candidate", "output gate")
    assert list(radii) == [f"layer {k}, {block}" for k in (1, 2) for block in blocks]
    values, names = drawn["gates"]
    assert names == letters
    expected = trace(model.recurrent.cells[0], x)
    torch.testing.assert_close(values, {name: value[0] for name, value in expected.items()})

    ((edges, follow),) = drawn["automata"][0].values()
    assert follow[0] == "start"
    assert {symbol for _, symbol in edges} <= set(SYMBOLS.vocabulary)


def test_backward_cells_are_drawn_in_forward_order(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss of the last step depends only on the first step of the backward cell, which is drawn last."""
    drawn: dict[str, Any] = {}
    monkeypatch.setattr(recurrent, "plot_gradients", lambda norms, *_: drawn.update(norms) or new_figure(1))
    fit(make_task(SYMBOLS, RNN(in_features=7, out_features=7, hidden=4, bidirectional=True)), [Figures()])
    norms = drawn["layer 1 backward, hidden state: loss of the last step"]
    assert norms[-1] > 0
    assert not norms[:-1].any()


@pytest.mark.slow
def test_training_is_unchanged(tmp_path: Path, fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.callbacks.figures.render", lambda *_: np.zeros((1, 1, 3), dtype=np.uint8))
    weights = []
    for number, callbacks in enumerate([[Figures(every_n_epochs=1)], []]):
        torch.manual_seed(0)
        model = LSTM(in_features=7, out_features=7, hidden=4, layers=2, dropout=0.5)
        fit(make_task(SYMBOLS, model), callbacks, max_epochs=2, folder=tmp_path / str(number))
        weights.append([*model.parameters(), torch.rand(3)])
    for one, other in zip(*weights, strict=True):
        assert torch.equal(one, other)


def test_contiguous_text_is_cut_to_a_segment(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "EVAL_STEPS", 2)
    model = RNN(in_features=7, out_features=7, hidden=4)
    trainer = fit(make_task(SYMBOLS, model), [])
    loader = trainer.val_dataloaders
    loader.segment = 1  # segments are for many sequences at once; the picture draws one
    assert examples.Examples(trainer, trainer.lightning_module, loader).sequence.x.shape == (1, 2, 7)


def test_a_single_cell_has_no_number(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, Any] = {}
    monkeypatch.setattr(recurrent, "plot_gradients", lambda norms, *_: drawn.update(norms) or new_figure(1))
    fit(make_task(CLASSES, GRU(in_features=7, out_features=7, hidden=4, per_step=False)), [Figures()])
    assert list(drawn) == ["hidden state: loss"]


@pytest.mark.slow
def test_automaton_title_has_clusters_and_consistency(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    monkeypatch.setattr(
        "nnzoo.callbacks.figures.render",
        lambda figure, path, _: (
            found.append(figure.get_suptitle() if path.stem == "automaton" else "")
            or np.zeros((1, 1, 3), dtype=np.uint8)
        ),
    )
    fit(make_task(SYMBOLS, RNN(in_features=7, out_features=7, hidden=4)), [Figures()])
    (title,) = filter(None, found)
    lines = title.split("\n")
    assert lines[0].endswith(" clusters of hidden states, with next symbols")
    assert lines[1].endswith("% of the steps are consistent")
    assert lines[2] == "validation, last weights"
