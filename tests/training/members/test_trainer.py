"""What callbacks read of Lightning's trainer, for a member."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from nnzoo.callbacks.early_stopping import EarlyStopping
from nnzoo.callbacks.history import History
from nnzoo.callbacks.tensorboard import TensorBoard
from nnzoo.runs.checkpoint_io import DeferredIO
from nnzoo.training import trainers
from nnzoo.training.members.trainer import MemberLog, MemberTrainer, OneProcessStrategy
from pytorch_lightning.callbacks import Checkpoint

from tests.support.members import begun, member


def trainer(folder: Path, *overrides: str, files: Any = None) -> MemberTrainer:
    made = member(folder, 0, *overrides)
    with trainers.quiet_lightning():
        device = trainers.build_evaluator(made.plan)
        return MemberTrainer(
            made.plan, made.directory, from_epoch=2, device=device, save=folder.joinpath, files=files or DeferredIO()
        )


def test_settings_and_positions(tmp_path: Path) -> None:
    made = trainer(tmp_path, "trainer.max_steps=7", "trainer.check_val_every_n_epoch=2")
    assert (made.max_epochs, made.max_steps, made.check_val_every_n_epoch) == (3, 7, 2)
    assert Path(made.default_root_dir).parent == tmp_path
    assert (made.current_epoch, made.global_step, made.should_stop) == (0, 0, False)
    assert made.num_val_batches == [1]
    assert made.save_checkpoint == tmp_path.joinpath
    assert made.strategy.root_device == torch.device("cpu")
    assert made.precision_plugin.precision == "32-true"
    assert trainer(tmp_path, "trainer.limit_val_batches=0").num_val_batches == [0]


def test_callbacks_that_save_are_last(tmp_path: Path) -> None:
    """As in Lightning; those that only show something are left out."""
    made = trainer(tmp_path, "callbacks=early_stopping")
    kinds = [isinstance(each, Checkpoint) for each in made.callbacks]
    assert kinds == sorted(kinds)
    assert {type(each).__name__ for each in made.callbacks} == {
        "EarlyStopping",
        "ModelCheckpoint",
        "LastCheckpoint",
        "HParams",
        "Overview",
    }
    assert {type(each) for each in made.early_stopping_callbacks} == {EarlyStopping}
    assert {type(each).__name__ for each in made.checkpoint_callbacks} == {"ModelCheckpoint", "LastCheckpoint"}


def test_loggers(tmp_path: Path) -> None:
    """Those that are null are left out; events are kept until they are written."""
    made = trainer(tmp_path)
    assert [type(each) for each in made.loggers] == [TensorBoard, History]
    assert all(isinstance(each, History) for each in trainer(tmp_path, "logger.tensorboard=null").loggers)
    (begins,) = begun(tmp_path, number=1)
    assert not [*begins.directory.path.glob("events*")]
    begins.write_files()
    assert [*begins.directory.path.glob("events*")]


def test_optimizers(tmp_path: Path) -> None:
    """A schedule does not warn that the optimizer has taken no step."""
    made = trainer(tmp_path)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    made.set_optimizers([optimizer], [schedule])
    assert made.optimizers == [optimizer]
    assert [each.scheduler for each in made.lr_scheduler_configs] == [schedule]
    schedule.step()


def test_metrics(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    made.publish({"val/loss": 0.1, "val/acc": 0.5})
    first = made.callback_metrics
    assert made.callback_metrics is first
    assert {name: value.item() for name, value in first.items()} == {"val/loss": 0.1, "val/acc": 0.5}
    assert {value.dtype for value in first.values()} == {torch.float64}
    made.publish({"val/loss": 0.2})
    assert {name: value.item() for name, value in made.callback_metrics.items()} == {"val/loss": 0.2, "val/acc": 0.5}


def test_a_strategy_of_one_process(tmp_path: Path) -> None:
    files = DeferredIO()
    path = tmp_path / "a.ckpt"
    path.touch()
    files.save_checkpoint({"a": 1}, path)
    strategy = OneProcessStrategy(torch.device("meta"), files)
    assert strategy.root_device == torch.device("meta")
    assert strategy.broadcast(3) == 3
    assert [strategy.reduce_boolean_decision(each) for each in (True, False)] == [True, False]
    strategy.barrier()
    strategy.remove_checkpoint(path)
    assert files.pending == {}
    assert not path.exists()


def test_metrics_are_held_until_they_are_written() -> None:
    published: list[Any] = []
    log = MemberLog()
    log.latest = {"val/loss": 0.5, "train/loss": 1.0}
    log.publish({"train/loss": 0.25}, {"lr": 0.1}, 3, SimpleNamespace(publish=published.append))
    assert published == [{"train/loss": 0.25}]
    assert log.latest == {"val/loss": 0.5, "train/loss": 0.25, "lr": 0.1}
    assert log.unwritten == [({"train/loss": 0.25, "lr": 0.1}, 3)]


def test_what_callbacks_of_lightning_read(tmp_path: Path) -> None:
    """Attributes of the trainer of a single process that takes whole epochs."""
    made = trainer(tmp_path)
    assert not made.fast_dev_run
    assert not made.sanity_checking
    assert made.is_global_zero
    assert made.enable_validation
    assert (made.global_rank, made.world_size, made.val_check_interval) == (0, 1, 1.0)
    assert made.state.fn == "fit"
    assert not made.fit_loop.epoch_loop.val_loop._has_run
    assert not made.fit_loop.epoch_loop.batch_progress.is_last_batch
