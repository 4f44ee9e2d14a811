"""Lightning on one device of one process, whatever launchers, schedulers and environment variables say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
from lightning_fabric.plugins.environments import ClusterEnvironment
from lightning_fabric.utilities.rank_zero import rank_zero_only

OVERRIDES = "PL_TRAINER_"  # prefix of environment variables that change settings of a trainer


class OneProcess(ClusterEnvironment):
    """A cluster environment of one process. Ignores RANK, LOCAL_RANK, WORLD_SIZE and SLURM_..."""

    creates_processes_externally = True
    main_address = "127.0.0.1"
    main_port = 0

    @staticmethod
    def detect() -> bool:
        """Return True: applies everywhere."""
        return True

    def world_size(self) -> int:
        """Return the number of processes."""
        return 1

    def set_world_size(self, size: int) -> None:
        """Do nothing: the size is 1."""

    def global_rank(self) -> int:
        """Return the rank of this process."""
        return 0

    def set_global_rank(self, rank: int) -> None:
        """Do nothing: the rank is 0."""

    def local_rank(self) -> int:
        """Return the rank of this process on its machine."""
        return 0

    def node_rank(self) -> int:
        """Return the rank of the machine."""
        return 0


@contextmanager
def first_rank() -> Iterator[None]:
    """Let Lightning write logs and checkpoints even if a launcher gave the process another rank."""
    lightning: Any = rank_zero_only  # has the rank as an attribute
    before = lightning.rank
    lightning.rank = 0
    try:
        yield
    finally:
        lightning.rank = before


@contextmanager
def without_environment_overrides() -> Iterator[None]:
    """Hide the environment variables that change settings of a trainer."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(OVERRIDES)}
    try:
        yield
    finally:
        os.environ.update(hidden)


def disable_signal_handlers(trainer: pl.Trainer) -> None:
    """Keep Lightning from handling signals: it ignores SIGTERM, and loses handlers that are not set from Python."""
    trainer._signal_connector.register_signal_handlers = lambda: None  # type: ignore[method-assign]
