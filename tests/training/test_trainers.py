import logging
import os
import random
import signal
import warnings
from pathlib import Path
from typing import Any

import nnzoo
import numpy as np
import pytest
import torch
from nnzoo.api import plain
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.config.schema import Trainer
from nnzoo.errors import UserError
from nnzoo.runs.checkpoint import Checkpoint
from nnzoo.runs.directory import RunDirectory
from nnzoo.tasks.base import Task
from nnzoo.training import trainers
from nnzoo.training.evaluation import evaluate_split
from nnzoo.training.isolation import isolated, seed
from nnzoo.training.plan import Plan

from tests.support.runs import TINY


def made(*overrides: str) -> Plan:
    config = plain(compose([*TINY, *overrides]))
    data = build_data(config)
    return Plan(config, data, build_task(config, data))


def test_threads_depend_on_the_work_per_operation() -> None:
    assert trainers.num_threads(made("trainer.threads=null"), 7) == 1
    assert (
        trainers.num_threads(made("trainer.threads=null", "model.hidden=[1000,1000]", "loader.batch_size=128"), 7) == 7
    )
    assert trainers.num_threads(made("trainer.threads=3"), 7) == 3


def test_multiplications_by_hand() -> None:
    task = made("model.hidden=[6]", "model.dropout=0.5").task
    task.net.register_forward_hook(lambda *_: torch.rand(()) and None)  # a network may draw when it is evaluated
    state = torch.get_rng_state()
    assert trainers.count_multiplications(task, 50) == 50 * (64 * 6 + 6 * 10) / 2
    assert torch.equal(torch.get_rng_state(), state)
    assert task.net.training
    assert sum(len(layer._forward_hooks) for layer in task.net.modules()) == 1


def test_multiplications_do_not_depend_on_the_number_of_ids() -> None:
    config = plain(compose(["model=matrix_factorization", "model.rank=7", "data=toy_ratings"]))
    task = build_task(config, build_data(config))
    assert trainers.count_multiplications(task, 50) == 50 * (7 + 7 + 1 + 1) / 4


@pytest.mark.parametrize("name", ["cuda", "gpu", "mps"])
def test_missing_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UserError, match=f"trainer.accelerator={name}: not available"):
        trainers.accelerator(Trainer(accelerator=name))
    assert trainers.accelerator(Trainer()) == "cpu"


def test_auto_is_cuda_but_never_mps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert trainers.accelerator(Trainer()) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert trainers.accelerator(Trainer()) == "cuda"


def test_seed_of_all_generators() -> None:
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist(), torch.get_num_threads()
    with isolated():
        seed(3)
        drawn = torch.rand(()), random.random(), np.random.rand()
        torch.set_num_threads(before[3] + 1)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (random.getstate(), np.random.get_state()[1].tolist(), torch.get_num_threads()) == before[1:]
    with isolated():
        seed(3)
        assert (torch.rand(()), random.random(), np.random.rand()) == drawn


def test_quiet_lightning_restores_levels_and_filters() -> None:
    logger = logging.getLogger("pytorch_lightning")
    before = logger.level, list(warnings.filters)
    with trainers.quiet_lightning():
        assert logger.level == logging.ERROR
        with pytest.raises(UserWarning, match="mine"):  # warnings of other modules stay
            warnings.warn("mine", UserWarning, stacklevel=1)
    assert (logger.level, list(warnings.filters)) == before


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_evaluation_keeps_signal_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning would only record SIGTERM and continue."""
    plan = made()
    received: list[int] = []
    step = Task.test_step

    def asked_to_stop(self: Task, batch: Any, batch_idx: int) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        step(self, batch, batch_idx)

    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    try:
        monkeypatch.setattr(Task, "test_step", asked_to_stop)
        handler = signal.getsignal(signal.SIGTERM)
        with isolated(), trainers.quiet_lightning():
            trainer = trainers.build_evaluator(plan)
            evaluate_split(trainer, plan, "test")
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received
    assert set(received) == {signal.SIGTERM}
    assert not trainer.received_sigterm


def test_overfitting_validates_on_the_training_batches() -> None:
    plan = made("trainer.overfit_batches=2")
    cursor = plan.cursor()
    trained = torch.cat([batch.y for (batch,) in cursor.consume()])
    validated = torch.cat([batch.y for batch in plan.validation()])
    assert validated.tolist() == trained.tolist()
    assert len(trained) == 100


@pytest.mark.parametrize("further", [(), ("model=lstm", "data=char_text", "trainer.truncated_bptt_steps=20")])
def test_pictures_of_overfitted_batches(tmp_path: Path, further: tuple[str, ...]) -> None:
    settings = ("trainer.overfit_batches=1", "trainer.max_epochs=1", "evaluate=[]", f"output_dir={tmp_path}")
    directory = nnzoo.train(*(further or ("model=mlp", "data=digits", "data.size=8")), *settings).directory
    assert "could not be drawn" not in (directory / "run.log").read_text()
    assert (directory / "figures" / ("predictions.png" if not further else "activations.png")).is_file()


def test_no_validation() -> None:
    for override in ("data.val=0", "trainer.limit_val_batches=0"):
        assert made(override).validation() is None


def test_a_network_without_parameters_takes_no_epoch(tmp_path: Path) -> None:
    quick = ("~callbacks.figures", "~logger.tensorboard", "trainer.accelerator=cpu")
    result = nnzoo.train(*quick, model="threshold_mlp", data="consecutive_ones", output_dir=tmp_path)
    last = Checkpoint.read(RunDirectory(result.directory).checkpoint("last"))
    assert (last.epoch, last.step) == (0, 0)
    assert result.metrics["test/last"]["errors"] == 0
