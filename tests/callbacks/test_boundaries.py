import logging
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from matplotlib.figure import Figure
from matplotlib.image import imread
from nnzoo import api
from nnzoo.callbacks import boundaries, snapshots
from nnzoo.callbacks.boundaries import POINTS, RESOLUTION, Boundaries
from nnzoo.errors import UserError
from nnzoo.figures.classes.boundary import grid
from nnzoo.spec import DataSpec
from nnzoo.tasks.base import Task
from nnzoo.training.result import Result
from torch import nn

from .conftest import Fit
from .small_tasks import PLANE, events, loader, make_task

NUMBERS = DataSpec(input="real", shape=(2,), target="real", target_size=1)
MANY = DataSpec(input="real", shape=(2,), target="classes", target_size=26)
LONGER = DataSpec(input="real", shape=(3,), target="classes", target_size=3)


class Weights(pl.Callback):
    """Records the predictions of copied weights."""

    def __init__(self) -> None:
        self.expected: dict[int, torch.Tensor] = {}

    def on_train_start(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        self.record(task, 0)

    def on_train_epoch_end(self, trainer: pl.Trainer, task: pl.LightningModule) -> None:
        self.record(task, trainer.current_epoch + 1)

    def record(self, task: pl.LightningModule, epoch: int) -> None:
        weight, bias = (p.detach().clone() for p in task.net.parameters())
        positions = grid(loader(PLANE).split.x[:POINTS], RESOLUTION)
        self.expected[epoch] = (positions @ weight.T + bias).argmax(-1)


def test_predictions_after_powers_of_two(tmp_path: Path, fit: Fit, caplog: pytest.LogCaptureFixture) -> None:
    strip, weights = Boundaries(), Weights()
    drawn: dict[str, torch.Tensor] = {}
    draw = boundaries.plot_boundaries
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boundaries, "plot_boundaries", lambda *given: drawn.update(given[3]) or draw(*given))
        fit(make_task(PLANE, nn.Linear(2, 3)), [weights, strip], max_epochs=10)
    assert list(drawn) == [f"epoch {epoch}" for epoch in (0, 1, 2, 4, 8, 10)]
    for name, predicted in drawn.items():
        assert torch.equal(predicted.long(), weights.expected[int(name.removeprefix("epoch "))])
    assert not torch.equal(drawn["epoch 0"], drawn["epoch 10"])
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []
    (image,) = events(tmp_path).Images("figures/boundaries")
    assert image.step == 10
    assert imread(tmp_path / "figures" / "boundaries.png").shape[:2] == (image.height, image.width)


def test_end_within_an_epoch_has_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, torch.Tensor] = {}
    draw = boundaries.plot_boundaries
    monkeypatch.setattr(boundaries, "plot_boundaries", lambda *given: drawn.update(given[3]) or draw(*given))
    train(tmp_path, "loader.batch_size=1", "trainer.max_steps=2", "optimizer.lr=1")
    assert list(drawn) == ["epoch 0", "end"]
    assert not torch.equal(drawn["epoch 0"], drawn["end"])


@pytest.mark.parametrize("spec", [NUMBERS, LONGER, MANY])
def test_no_figure_for_other_data(tmp_path: Path, fit: Fit, spec: DataSpec) -> None:
    strip = Boundaries()
    fit(make_task(spec, nn.Linear(spec.shape[0], spec.target_size)), [strip])
    assert not (tmp_path / "figures").exists()
    assert not strip.state_dict()


def train(folder: Path, *overrides: str) -> Result:
    quick = ("trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures")
    return api.train("model=mlp", "model.dropout=0.3", "data=xor", *quick, *overrides, output_dir=folder)


def test_training_is_unchanged_and_a_resumed_run_continues(tmp_path: Path) -> None:
    whole = train(tmp_path, "trainer.max_epochs=5")
    without = train(tmp_path, "trainer.max_epochs=5", "~callbacks.boundaries")
    assert whole.metrics == without.metrics
    assert not (without.directory / "figures").exists()
    parts = train(tmp_path, "trainer.max_epochs=3")
    again = api.resume(parts.directory, "trainer.max_epochs=5")
    pictures = [imread(run.directory / "figures" / "boundaries.png") for run in (whole, again)]
    assert (pictures[0] == pictures[1]).all()
    assert again.metrics == whole.metrics


def test_failure_is_a_warning(fit: Fit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def failing(*_: object) -> None:
        raise ValueError("no ink")

    monkeypatch.setattr(boundaries, "plot_boundaries", failing)
    task: Task = make_task(PLANE, nn.Linear(2, 3))
    fit(task, [Boundaries()])
    messages = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert messages == ["figure 'boundaries' could not be drawn: ValueError: no ink"]


def test_title_and_legend(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Figure] = []
    monkeypatch.setattr(snapshots, "save_figure", lambda trainer, name, draw, epoch, dpi: found.append(draw()))
    fit(make_task(PLANE, nn.Linear(2, 3)), [Boundaries()])
    assert found[0].get_suptitle() == "decision regions\ntraining, 40 examples"
    assert [text.get_text() for text in found[0].legends[0].get_texts()] == ["a", "b", "c"]


def test_resolution(tmp_path: Path, fit: Fit) -> None:
    fit(make_task(PLANE, nn.Linear(2, 3)), [Boundaries(dpi=60)])
    assert imread(tmp_path / "figures" / "boundaries.png").shape[1] == 270
    with pytest.raises(UserError, match="dpi is 5"):
        Boundaries(dpi=5)
