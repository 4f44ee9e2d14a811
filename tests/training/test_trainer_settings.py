"""Lightning's trainer of a plan: its settings, its callbacks, and what processes after the first do without."""

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning_fabric.utilities.rank_zero import rank_zero_only
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.callbacks.average import AveragedWeights
from nnzoo.callbacks.history import History
from nnzoo.config.compose import compose
from nnzoo.config.given import Given
from nnzoo.config.schema import Trainer
from nnzoo.errors import UserError
from nnzoo.runs.checkpoint_io import AtomicIO
from nnzoo.runs.directory import RunDirectory
from nnzoo.training import trainers
from nnzoo.training.one_device import OneProcess
from nnzoo.training.plan import Plan
from nnzoo.training.strategy import SummedGradients
from pytorch_lightning.callbacks import EarlyStopping, LearningRateMonitor, ModelCheckpoint

from tests.support.ranks import rank_of


def made(*overrides: str) -> Plan:
    """Return the plan of a small network."""
    given = ["model=linear", "data=iris", "trainer.accelerator=cpu", "trainer.max_epochs=7", *overrides]
    config = api.plain(compose(given))
    data = build_data(config)
    return Plan(config, data, build_task(config, data))


@pytest.fixture
def directory(tmp_path: Path) -> RunDirectory:
    return RunDirectory.create(tmp_path, "run")


def test_the_trainer_has_the_settings_of_the_config(directory: RunDirectory) -> None:
    settings = ("trainer.max_steps=40", "trainer.check_val_every_n_epoch=3", "trainer.precision=64-true")
    plan = made(*settings, "trainer.limit_val_batches=2")
    with trainers.quiet_lightning():
        found = trainers.build(plan, directory)
    assert (found.max_epochs, found.max_steps, found.check_val_every_n_epoch) == (7, 40, 3)
    assert (found.limit_val_batches, found.num_sanity_val_steps, found.num_devices) == (2, 0, 1)
    assert found.default_root_dir == str(directory.path)
    assert found.precision == "64-true"
    assert {weight.dtype for weight in plan.task.net.parameters()} == {torch.float64}
    assert found.progress_bar_callback is None
    assert isinstance(found._accelerator_connector.cluster_environment, OneProcess)
    assert isinstance(found.strategy.checkpoint_io, AtomicIO)
    assert found.loggers


def test_all_validation_batches_are_the_default(directory: RunDirectory) -> None:
    plan = made("callbacks=none", "logger=none")
    with trainers.quiet_lightning():
        found = trainers.build(plan, directory)
        assert (found.limit_val_batches, found.loggers, found.checkpoint_callbacks) == (1.0, [], [])
        assert found.early_stopping_callbacks == []
        plan.task.net.requires_grad_(False)
        assert trainers.build(plan, directory).max_epochs == 0  # nothing to train


def test_variables_of_the_environment_change_no_trainer(
    directory: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PL_TRAINER_MIN_EPOCHS", "5")
    plan = made()
    with trainers.quiet_lightning():
        assert trainers.build(plan, directory).min_epochs is None
        evaluator = trainers.build_evaluator(plan)
    assert evaluator.min_epochs is None
    assert not evaluator.loggers
    assert not evaluator.checkpoint_callbacks
    assert evaluator.progress_bar_callback is None
    assert evaluator.precision == "32-true"


def test_processes_after_the_first_write_nothing(directory: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def stop(**settings: Any) -> None:
        seen.append(settings)
        raise ValueError

    monkeypatch.setattr(trainers.pl, "Trainer", stop)
    plan = made("callbacks=ema")
    for rank in (0, 1):
        plan.task.ranks = rank_of(rank, 3)
        with pytest.raises(ValueError, match=r"^$"):
            trainers.build(plan, directory)
    first, second = seen
    assert [settings["devices"] for settings in seen] == [3, 3]
    assert all(isinstance(settings["strategy"], SummedGradients) for settings in seen)
    assert [[type(each) for each in settings["plugins"]] for settings in seen] == [[AtomicIO], [AtomicIO]]
    silent = {"accelerator": "cpu", "enable_progress_bar": False, "enable_model_summary": False}
    assert silent.items() <= first.items()
    assert first["logger"]
    assert second["logger"] == []
    names = [{type(each).__name__ for each in settings["callbacks"]} for settings in seen]
    assert "HParams" in names[0]
    assert names[1] < names[0]
    assert "AveragedWeights" in names[1]
    assert type(first["callbacks"][0]) is type(second["callbacks"][0]) is AveragedWeights  # before the others


def test_callbacks_that_all_processes_have() -> None:
    needed = (AveragedWeights(decay=0.9), EarlyStopping("x"), ModelCheckpoint(), LearningRateMonitor())
    assert all(map(trainers.affects_training, needed))
    assert not trainers.affects_training(History.__new__(History))


def test_callbacks_of_a_config(directory: RunDirectory) -> None:
    best = {"_target_": "pytorch_lightning.callbacks.ModelCheckpoint", "monitor": "auto", "mode": "auto"}
    stop = {"_target_": "pytorch_lightning.callbacks.EarlyStopping", "monitor": "train/loss"}
    plan = made()
    found: list[Any] = trainers.build_callbacks({"best": best, "none": None, "stop": stop}, plan, directory)
    assert [type(each).__mro__[0].__name__ for each in found] == ["ModelCheckpoint", "EarlyStopping"]
    assert (found[0].monitor, found[0].mode, found[0].dirpath) == ("val/acc", "max", str(directory.checkpoints))
    elsewhere: Any = trainers.callback("best", best | {"dirpath": "elsewhere"}, plan, directory, True)
    assert Path(elsewhere.dirpath).name == "elsewhere"
    assert trainers.callback("best", best, plan, directory, False) is None
    with pytest.raises(UserError, match=r"^callbacks\.best: .*save_top_k=-5"):
        trainers.callback("best", best | {"save_top_k": -5}, plan, directory, True)
    mine = LearningRateMonitor()
    given = Plan(plan.config, plan.data, plan.task, Given({"callbacks.best": mine}))
    assert trainers.callback("best", best, given, directory, True) is mine
    without = made("data.val=0")
    assert trainers.build_callbacks({"best": best}, without, directory) == []


def test_checkpoints_from_python_go_into_the_run(directory: RunDirectory, tmp_path: Path) -> None:
    open_, own = ModelCheckpoint(), ModelCheckpoint(dirpath=tmp_path / "own")
    given = Given({"callbacks.a": open_, "callbacks.b": own, "model": torch.nn.Linear(1, 1)})

    def fail() -> None:
        assert open_.dirpath == str(directory.checkpoints)
        assert own.dirpath == str(tmp_path / "own")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), trainers.checkpoints_in(directory, given):
        fail()
    assert open_.dirpath is None
    assert own.dirpath == str(tmp_path / "own")


def test_what_lightning_says_is_suppressed(monkeypatch: pytest.MonkeyPatch) -> None:
    lightning: Any = rank_zero_only  # has the rank as an attribute
    monkeypatch.setattr(lightning, "rank", 2)
    with trainers.quiet_lightning():
        for message, module in (
            ("any", "pytorch_lightning.trainer"),
            ("any", "lightning_fabric.x"),
            ("of `LeafSpec` is", "torch.x"),
            ("RNN module weights are not part of one chunk", "torch.x"),
        ):
            warnings.warn_explicit(message, UserWarning, "file", 1, module=module)
        with pytest.raises(UserWarning, match=r"^RNN$"):  # others are errors in tests
            warnings.warn_explicit("RNN", UserWarning, "file", 1, module="torch.x")
        assert lightning.rank == 0
    assert lightning.rank == 2


def test_accelerators_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [trainers.accelerator(Trainer(accelerator=name)) for name in ("cpu", "mps")] == ["cpu", "mps"]
    with pytest.raises(UserError, match=r"^trainer\.accelerator=cuda: not available; auto selects an available one$"):
        trainers.accelerator(Trainer(accelerator="cuda"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert trainers.accelerator(Trainer(accelerator="cuda")) == "cuda"


def test_threads_for_more_than_a_few_multiplications(monkeypatch: pytest.MonkeyPatch) -> None:
    plan: Any = SimpleNamespace(trainer=Trainer(threads=None), task=None, batch_size=5)
    for work, expected in ((2e6, 1), (2e6 + 1, 7)):
        monkeypatch.setattr(trainers, "count_multiplications", lambda task, batch_size, work=work: work)
        assert trainers.num_threads(plan, 7) == expected


def test_multiplications_of_convolutions() -> None:
    """A filter is applied at each place of its map, and biases are not counted."""
    given = ["model=conv_pattern", "model.pattern=CRPF", "model.channels=2", "data=digits", "trainer.accelerator=cpu"]
    config = api.plain(compose(given))
    task = build_task(config, build_data(config))
    convolution, dense = (
        next(layer for layer in task.net.modules() if isinstance(layer, kind))
        for kind in (torch.nn.Conv2d, torch.nn.Linear)
    )
    places = 28 * 28
    expected = (places * convolution.weight.numel() + dense.weight.numel()) / 2
    assert trainers.count_multiplications(task, 3) == 3 * expected
    task.net.model = Rows()
    assert trainers.count_multiplications(task, 3) == 3 * (20 * 28 + 20 * 5)  # weights of 4 gates of 5 units
    task.net.model = torch.nn.Flatten()
    assert trainers.count_multiplications(task, 3) == 0


class Rows(torch.nn.Module):
    """Reads an image row by row; the layer returns outputs and state."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.LSTM(28, 5, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        output, _ = self.layer(x[:, 0])
        return output


def test_a_trainer_for_evaluation_only_evaluates(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = made("trainer.precision=64-true")
    seen: dict[str, Any] = {}
    build = trainers.pl.Trainer
    monkeypatch.setattr(trainers.pl, "Trainer", lambda **settings: seen.update(settings) or build(**settings))
    formats: list[Any] = []
    monkeypatch.setattr(trainers, "set_memory_format", lambda *arguments: formats.append(arguments))
    with trainers.quiet_lightning():
        trainers.build_evaluator(plan)
    assert [type(plugin) for plugin in seen.pop("plugins")] == [OneProcess]
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar"), False)
    assert seen == {"accelerator": "cpu", "devices": 1, "precision": "64-true", **off}
    assert formats == [(plan.task.net, None, "cpu")]
    assert {weight.dtype for weight in plan.task.net.parameters()} == {torch.float64}
