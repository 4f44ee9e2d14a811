from types import SimpleNamespace
from typing import Any

import torch
from nnzoo.data.loader import Loader
from nnzoo.spec import Batch
from nnzoo.training.plan import FirstBatches


def test_the_first_batches_of_a_loader() -> None:
    """Those of its first epoch, each time that they are read."""
    loader = Loader(Batch(torch.arange(10.0)[:, None], torch.arange(10)), batch_size=4, shuffle=True, seed=1)
    expected = [batch.y.tolist() for batch in loader.epoch(0)]
    for number, count in ((2, 2), (3, 3), (100, 3)):
        batches = FirstBatches(loader, number)
        assert len(batches) == count
        for _ in range(2):
            assert [batch.y.tolist() for batch in batches] == expected[:count]


def test_their_data_is_moved() -> None:
    moved: list[torch.device] = []
    loader: Any = SimpleNamespace(steps=lambda epoch: 3, to=moved.append)
    FirstBatches(loader, 2).to(torch.device("cpu"))
    assert moved == [torch.device("cpu")]
