"""Batches of examples that are sampled anew for each epoch."""

import torch
from nnzoo.data.sampled_loader import SampledLoader
from nnzoo.data.splits import Split
from nnzoo.spec import Batch


class Numbers:
    """In an epoch e, examples (seed, e, place), one more than in the epoch before."""

    def examples(self, seed: int, epoch: int) -> Batch:
        places = torch.arange(6 + epoch)
        return Batch(torch.stack([torch.full_like(places, seed), torch.full_like(places, epoch), places], 1), places)


def loader(batch_size: int) -> SampledLoader:
    return SampledLoader(Numbers(), Split.of(Numbers().examples(3, 0)), batch_size=batch_size, seed=3)


def test_each_epoch_has_its_examples_in_random_order() -> None:
    sampled = loader(4)
    for epoch in (0, 3, 1, 0):
        batches = list(sampled.epoch(epoch))
        assert len(batches) == sampled.steps(epoch) == -(-(6 + epoch) // 4)
        assert [len(batch.y) for batch in batches[:-1]] == [4] * (len(batches) - 1)
        x = torch.cat([batch.x for batch in batches])
        assert {tuple(row) for row in x[:, :2].tolist()} == {(3, epoch)}
        assert sorted(x[:, 2].tolist()) == list(range(6 + epoch)) != x[:, 2].tolist()


def test_a_full_batch_has_no_order() -> None:
    for size, epoch in ((6, 0), (7, 1), (100, 2)):
        (batch,) = loader(size).epoch(epoch)
        assert batch.y.tolist() == list(range(6 + epoch))


def test_examples_of_every_epoch_are_moved_to_the_device() -> None:
    sampled = loader(100)
    sampled.to(torch.device("meta"))
    for epoch in (0, 1, 0):
        (batch,) = sampled.epoch(epoch)
        assert batch.x.device.type == "meta"
        assert batch.x.shape == (6 + epoch, 3)
