"""What Lightning is told of the processes of a run."""

from typing import Any

from nnzoo.training.strategy import RankEnvironment, SummedGradients
from torch import Tensor

from tests.support.built import built
from tests.support.ranks import rank_of


def test_processes_are_those_that_were_started() -> None:
    environment = RankEnvironment(rank_of(1, 3))
    assert (environment.world_size(), environment.node_rank()) == (3, 0)
    assert (environment.global_rank(), environment.local_rank()) == (1, 1)


def test_weights_and_buffers_are_those_of_the_first_process() -> None:
    """The task is not wrapped, since it sums the gradients itself."""
    copied: list[Tensor] = []
    ranks: Any = rank_of(1, 3)
    ranks.copy = copied.extend
    strategy = SummedGradients(ranks)
    assert strategy.cluster_environment.global_rank() == 1
    task = built("model=mlp", "model.hidden=[3]", "model.norm=batch", "data=xor")
    strategy._model = task
    strategy.configure_ddp()
    assert strategy.model is task
    expected = [*task.parameters(), *task.buffers()]
    assert len(copied) == len(expected) > len(list(task.parameters()))
    for found in copied:
        assert any(found is tensor for tensor in expected)
