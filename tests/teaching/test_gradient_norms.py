"""Gradient norms against backpropagation through time in NumPy."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.layers.cells.elman import Elman
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.layers.recurrent import Recurrent
from nnzoo.spec import Batch
from nnzoo.teaching import gradient_norms
from nnzoo.teaching.gradient_norms import (
    AFTER,
    BEFORE,
    GradientNorms,
    MeasureNorms,
    last_cell,
    mean_norms,
    stacked,
)
from nnzoo.training.saved import plain
from torch import nn

from tests.figures.checks import check_figure
from tests.support.built import built
from tests.support.commands import command, exit_code

LATCH = (
    "model.hidden=3",
    "data.lag=4",
    "data.train=12",
    "data.val=2",
    "data.test=2",
    "trainer.precision=64-true",
    "trainer.accelerator=cpu",
)


@pytest.fixture(scope="module")
def norms():
    return nnzoo.gradient_norms(*LATCH, models=["rnn", "gru"], seeds=2, steps=2, examples=5)


def test_norms_are_those_of_backpropagation_through_time(norms):
    given = ["model=rnn", "data=latch", *LATCH, "seed=1"]
    torch.manual_seed(1)
    model = built(*given).net.model
    batch = build_data(plain(compose(given))).train_loader(batch_size=12, segment=None, buckets=False).take(slice(0, 5))
    p = {name: value.detach().double().numpy() for name, value in model.named_parameters()}
    cell = "recurrent.cells.0."
    w_x, w_h, b = (p[cell + name] for name in ("weight_x", "weight_h", "bias"))
    x = batch.x.double().numpy()
    h = [np.zeros((5, 3))]
    for t in range(x.shape[1]):
        h.append(np.tanh(x[:, t] @ w_x.T + h[-1] @ w_h.T + b))
    logits = h[-1] @ p["readout.weight"].T + p["readout.bias"]
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    delta = (shares - np.eye(2)[batch.y]) @ p["readout.weight"]
    expected = []
    for t in range(x.shape[1], 0, -1):
        expected.append(np.linalg.norm(delta, axis=1).mean())
        delta = (delta * (1 - h[t] ** 2)) @ w_h
    np.testing.assert_allclose(norms.norms[BEFORE]["rnn"][1], expected[::-1], rtol=1e-6)


def test_training_changes_the_norms_and_seeds_differ(norms):
    for model in ("rnn", "gru"):
        before, after = norms.norms[BEFORE][model], norms.norms[AFTER][model]
        assert before.shape == after.shape == (2, 5)
        assert (before != after).all()
        assert (before[0] != before[1]).all()


def test_table_and_text(norms):
    table = norms.table
    assert len(table) == 2 * 2 * 2 * 5
    row = table[(table.weights == AFTER) & (table.model == "gru") & (table.seed == 1) & (table.t == 3)]
    assert row.norm.item() == norms.norms[AFTER]["gru"][1, 2]
    line = str(norms).splitlines()[1].split()
    assert line[:3] == ["rnn", "before", "training"]
    assert float(line[3]) == pytest.approx(np.median(norms.norms[BEFORE]["rnn"][:, 0]), rel=0.06)


def test_sequences_of_different_lengths_end_with_nan():
    np.testing.assert_array_equal(stacked([np.ones(1), np.ones(2)]), [[1, np.nan], [1, 1]])


def test_figure_has_a_band_for_each_network(norms):
    figure = check_figure(norms.plot(), width=660)
    assert [ax.get_title() for ax in figure.axes] == [BEFORE, AFTER]
    for ax in figure.axes:
        assert len(ax.lines) == len(ax.collections) == 2
        assert ax.get_yscale() == "log"
    vanished = GradientNorms({BEFORE: {"rnn": np.array([[0.0, 1.0]])}}, "x", 1)
    assert check_figure(vanished.plot(), width=660).axes[0].lines[0].get_xdata().tolist() == [2]


def test_command_prints_text(norms):  # the page for a class draws
    small = ("models=[rnn,gru]", "seeds=2", "steps=2", "examples=5", *LATCH)
    assert command("gradient_norms", *small) == f"{norms}\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("models=[mlp]", "data=latch"), "model MLP has no recurrent layer"),
        (("models=[brnn]",), "is bidirectional"),
        (("models=[rnn,rnn]",), "each network can be there once"),
        (("models=[]",), "models is []"),
        (("model=rnn",), "model=rnn: models=[...] chooses the networks"),
        (("models=[rn]",), "unknown model 'rn'"),
        (("trainer.max_epochs=0",), "trainer.max_epochs=0 takes no optimizer steps"),
        (("seeds=0",), "seeds is 0; it must be at least 1"),
        (("seed=a",), "seed is 'a'"),
    ],
)
def test_unsuitable_arguments_are_one_line(args, message, capsys):
    assert exit_code("gradient_norms", *args) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert message in error


class Readout(nn.Module):
    def __init__(self, *layers: Recurrent) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)


def task_of(*layers: Recurrent) -> Any:
    net = SimpleNamespace(modules=Readout(*layers).modules, model=Readout(*layers))
    return SimpleNamespace(net=net, compute=lambda batch: SimpleNamespace(loss=torch.tensor(0.5)))


def test_means_are_over_the_sequences_that_have_a_step(monkeypatch):
    norms = torch.tensor([[1.0, 2.0, 3.0, 9.0], [3.0, 4.0, 100.0, 9.0]])
    losses, other = [], torch.zeros(2, 4)

    def norms_of(cells, loss):
        losses.append(loss().item())
        several = len(cells["cell"].state_names) > 1
        return {"cell h": norms, "cell c": other} if several else {"cell": norms}

    monkeypatch.setattr(gradient_norms, "norms_of", norms_of)
    x, y = torch.zeros(2, 4, 1), torch.zeros(2)
    mask = torch.tensor([[True, True, True, False], [True, True, False, False]])
    for cell in (Elman, LSTM):
        task = task_of(Recurrent(partial(cell, hidden=2), 1))
        assert mean_norms(task, Batch(x, y)).tolist() == [2, 3, 51.5, 9]
        np.testing.assert_array_equal(mean_norms(task, Batch(x, y, mask)), [2, 3, 3, np.nan])
        assert mean_norms(task, Batch(x, y, mask[:, :3])).tolist() == [2, 3, 51.5, 9]
    assert losses == [1.0] * 6  # the loss of the batch is the mean over two sequences


def test_the_last_layer_is_measured_if_it_has_one_direction():
    two, both = (Recurrent(partial(Elman, hidden=2), 1, **given) for given in ({"layers": 2}, {"bidirectional": True}))
    task = task_of(both, two)
    assert last_cell(task) is two.cells[1]
    with pytest.raises(UserError, match="model Readout is bidirectional"):
        last_cell(task_of(two, both))
    with pytest.raises(UserError, match="model Readout has no recurrent layer"):
        last_cell(task_of())


def test_norms_are_measured_before_the_first_and_after_the_last_step(monkeypatch):
    measure = MeasureNorms(3)
    found = iter("abc")
    monkeypatch.setattr(measure, "measure", lambda trainer, task: next(found))
    for _ in range(2):
        measure.on_train_epoch_start(None, None)
    measure.on_train_end(None, None)
    assert measure.found == {BEFORE: "a", AFTER: "b"}


def test_table_and_text_by_hand():
    before, after = np.array([[2.0, 7.0, 4.0], [6.0, 7.0, 8.0]]), np.array([[1.0, 1.0, 0.0]])
    found = GradientNorms({BEFORE: {"rnn": before}, AFTER: {"rnn": after}}, "latch", 9)
    assert found.table.iloc[[0, 2, 5, 6]].to_dict("records") == [
        {"weights": BEFORE, "model": "rnn", "seed": 0, "t": 1, "norm": 2.0},
        {"weights": BEFORE, "model": "rnn", "seed": 0, "t": 3, "norm": 4.0},
        {"weights": BEFORE, "model": "rnn", "seed": 1, "t": 3, "norm": 8.0},
        {"weights": AFTER, "model": "rnn", "seed": 0, "t": 1, "norm": 1.0},
    ]
    table, note = str(found).split("\n\n")
    assert [line.split() for line in table.splitlines()[1:]] == [
        ["rnn", "before", "training", "4.0e+00", "6.0e+00", "6.7e-01"],
        ["rnn", "after", "training", "1.0e+00", "0.0e+00", "nan"],
    ]
    assert note == "norm of dL/dh_t, median over 2 seeds, 9 steps of training"
    assert "median over 1 seed," in str(GradientNorms({BEFORE: {"rnn": after}}, "latch", 9))
    assert repr(found) == "GradientNorms(rnn; latch)"
    assert found._repr_html_() == f"<pre>{found}</pre>"


def test_sequences_from_python():
    x, y = np.random.default_rng(0).normal(size=(20, 4, 2)), np.arange(20) % 2
    found = nnzoo.gradient_norms("model.hidden=2", models=["rnn"], seeds=1, steps=1, examples=3, data=(x, y))
    assert found.norms[BEFORE]["rnn"].shape == (1, 4)
    assert (found.data, found.steps) == ("data from Python", 1)
