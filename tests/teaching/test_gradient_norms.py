"""Gradient norms against backpropagation through time in NumPy."""

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.teaching.gradient_norms import AFTER, BEFORE, GradientNorms, stacked
from nnzoo.training.saved import plain

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
