"""The environment of one process, as Lightning asks for it."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from lightning_fabric.utilities.rank_zero import rank_zero_only
from nnzoo.training.one_device import (
    OneProcess,
    disable_signal_handlers,
    first_rank,
    without_environment_overrides,
)

from tests.support.trainers import trainer


def test_one_process_is_the_first_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "SLURM_PROCID", "SLURM_NTASKS"):
        monkeypatch.setenv(name, "3")
    process = OneProcess()
    process.set_world_size(4)
    process.set_global_rank(2)
    assert process.world_size() == 1
    assert (process.global_rank(), process.local_rank(), process.node_rank()) == (0, 0, 0)
    assert (OneProcess.detect(), process.creates_processes_externally) == (True, True)


def test_writing_is_not_left_to_another_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    lightning: Any = rank_zero_only  # has the rank as an attribute
    monkeypatch.setattr(lightning, "rank", 3)
    with first_rank():
        assert lightning.rank == 0
    assert lightning.rank == 3


def test_variables_of_the_trainer_are_hidden_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PL_TRAINER_MAX_EPOCHS", "2")
    with without_environment_overrides():
        assert "PL_TRAINER_MAX_EPOCHS" not in os.environ
    assert os.environ["PL_TRAINER_MAX_EPOCHS"] == "2"


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_lightning_sets_no_signal_handler(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    disable_signal_handlers(made)
    before = signal.getsignal(signal.SIGTERM)
    try:
        made._signal_connector.register_signal_handlers()
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGTERM, before)
