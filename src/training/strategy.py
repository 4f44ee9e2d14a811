"""Lightning's strategy for processes that nnzoo has started."""

import pytorch_lightning as pl
from pytorch_lightning.strategies import DDPStrategy

from ..tasks.ranks import Ranks
from .one_device import OneProcess


class RankEnvironment(OneProcess):
    """The processes of one machine, as they were started. Ignores RANK, LOCAL_RANK, WORLD_SIZE and SLURM_..."""

    def __init__(self, ranks: Ranks) -> None:
        super().__init__()
        self.ranks = ranks

    def world_size(self) -> int:
        """Return the number of processes."""
        return self.ranks.size

    def global_rank(self) -> int:
        """Return the number of this process."""
        return self.ranks.rank

    def local_rank(self) -> int:
        """Return the number of this process, which is also that of its device."""
        return self.ranks.rank


class SummedGradients(DDPStrategy):
    """Lightning's DDP strategy for a task that sums the gradients itself, see `Ranks.sum_gradients`."""

    def __init__(self, ranks: Ranks) -> None:
        super().__init__(cluster_environment=RankEnvironment(ranks))
        self.ranks = ranks

    def configure_ddp(self) -> None:
        """Give all processes the weights of the first one; the task is not wrapped."""
        assert isinstance(self.model, pl.LightningModule)
        self.ranks.copy([*self.model.parameters(), *self.model.buffers()])
