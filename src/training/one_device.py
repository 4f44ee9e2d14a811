"""Lightning on one device of one process, whatever launchers, schedulers and variables of the surroundings say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
from lightning_fabric.plugins.environments import ClusterEnvironment
from lightning_fabric.utilities.rank_zero import rank_zero_only

OVERRIDES = "PL_TRAINER_"  # variables of such a name would change settings of a trainer


class OneProcess(ClusterEnvironment):
    """A cluster of one process, which looks at no variables: RANK, LOCAL_RANK, WORLD_SIZE, SLURM_..."""

    creates_processes_externally = True
    main_address = "127.0.0.1"
    main_port = 0

    @staticmethod
    def detect() -> bool:
        """Apply everywhere."""
        return True

    def world_size(self) -> int:
        """Return the number of processes."""
        return 1

    def set_world_size(self, size: int) -> None:
        """Stay one."""

    def global_rank(self) -> int:
        """Return the number of this process."""
        return 0

    def set_global_rank(self, rank: int) -> None:
        """Stay the first."""

    def local_rank(self) -> int:
        """Return the number of this process on its machine."""
        return 0

    def node_rank(self) -> int:
        """Return the number of the machine."""
        return 0


@contextmanager
def first_rank() -> Iterator[None]:
    """Let Lightning write logs and checkpoints also where a launcher has given the process another rank."""
    lightning: Any = rank_zero_only  # keeps the rank as an attribute
    before = lightning.rank
    lightning.rank = 0
    try:
        yield
    finally:
        lightning.rank = before


@contextmanager
def without_overrides() -> Iterator[None]:
    """Hide the variables that change settings of a trainer while one is made."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(OVERRIDES)}
    try:
        yield
    finally:
        os.environ.update(hidden)


def leave_signals(trainer: pl.Trainer) -> None:
    """Keep Lightning from taking over signals: it swallows SIGTERM, and loses a handler that is not Python's."""
    trainer._signal_connector.register_signal_handlers = lambda: None  # type: ignore[method-assign]
