"""Figures of a network that predicts sequences."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.callbacks.pictures import recurrent, sequences
from nnzoo.callbacks.pictures.examples import Examples
from nnzoo.config.compose import compose
from nnzoo.data.loader import Loader
from nnzoo.figures.recurrent.gradients import plot_gradients
from nnzoo.figures.recurrent.sequence_table import SequenceRow, plot_sequences
from pytorch_lightning.plugins.precision import Precision
from torch import Tensor

OVERRIDES = (
    "model=seq2seq",
    "model.cell.hidden=20",
    "data=sums",
    "data.digits=1",
    "data.train=50",
    "data.val=20",
    "data.test=20",
    "loader.batch_size=10",
    "callbacks.figures.images=20",
    "optimizer.lr=0.02",
    "trainer.max_epochs=40",
    "trainer.threads=1",
    "trainer.accelerator=cpu",
)


def test_gradients_of_the_input_sequence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[dict[str, Tensor], list[str]]] = []

    def recorded(norms: dict[str, Tensor], symbols: list[str], title: str) -> Figure:
        drawn.append((norms, symbols))
        return plot_gradients(norms, symbols, title)

    monkeypatch.setattr(recurrent, "plot_gradients", recorded)
    api.train(*OVERRIDES, "trainer.max_epochs=1", output_dir=tmp_path)
    norms, symbols = drawn[-1]
    assert list(norms) == ["hidden state: loss", "cell state: loss"]
    for values in norms.values():
        assert len(values) == len(symbols) == 3
        assert values.all()


@pytest.mark.parametrize("size", [3, 20])
def test_predictions_of_batches_are_padded_and_concatenated(size: int) -> None:
    """Each batch is cut to its longest target."""
    config = api.plain(compose(list(OVERRIDES)))
    task = build_task(config, build_data(config))
    split = task.spec.fake_batch(20, torch.Generator().manual_seed(0))
    trainer: Any = SimpleNamespace(precision_plugin=Precision())
    predicted, true = Examples(trainer, task, Loader(split, batch_size=size, sequences=True)).predicted
    assert torch.equal(true, split.y)
    with torch.no_grad():
        assert torch.equal(predicted, task.head.predict(task.net(split.x, split.mask)))


def test_sequences_of_a_run(tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[list[SequenceRow], int, int]] = []

    def recorded(rows: list[SequenceRow], wrong: int, total: int) -> Figure:
        drawn.append((rows, wrong, total))
        return plot_sequences(rows, wrong, total)

    monkeypatch.setattr(sequences, "plot_sequences", recorded)
    run = api.train(*OVERRIDES, output_dir=tmp_path)
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    names = {path.stem for path in (run.directory / "figures").glob("*.png")}
    assert names == {"learning_curves", "activations", "gates", "gradients", "spectrum", "sequences"}
    rows, wrong, total = drawn[-1]
    assert (len(rows), total) == (20, 20)
    assert all(str(sum(map(int, row.input.split("+")))) == row.target for row in rows)
    right = [row.target == row.prediction for row in rows]
    assert right == sorted(right), "wrong predictions come first"
    assert 0 < sum(right) == total - wrong < total
