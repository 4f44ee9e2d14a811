import pytest
import torch
from nnzoo.data import loader as loader_module
from nnzoo.data.loader import Loader
from nnzoo.data.splits import Split
from nnzoo.errors import UserError
from nnzoo.spec import Batch


def numbered(n, width=3):
    return Batch(torch.arange(n)[:, None].expand(n, width).float().contiguous(), torch.arange(n))


def flat(batches):
    return torch.cat([batch.y for batch in batches]).tolist()


def seen(batches):
    return [batch.y.tolist() for batch in batches]


def test_order_is_a_function_of_seed_and_epoch():
    def order(seed, epoch):
        return seen(Loader(numbered(50), batch_size=8, shuffle=True, seed=seed).epoch(epoch))

    assert order(3, 2) == order(3, 2)
    assert order(3, 2) != order(3, 1)
    assert order(3, 2) != order(2, 2)


def test_epochs_do_not_depend_on_earlier_ones():
    loader = Loader(numbered(50), batch_size=8, shuffle=True, seed=1)
    alone = seen(loader.epoch(1))
    list(loader)
    assert seen(loader.epoch(1)) == alone


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("n", [1, 7, 8, 50])
def test_every_example_exactly_once_and_rows_stay_together(n, shuffle):
    loader = Loader(numbered(n), batch_size=8, shuffle=shuffle)
    batches = list(loader.epoch(4))
    assert len(batches) == len(loader)
    assert sorted(flat(batches)) == list(range(n))
    for batch in batches:
        assert torch.equal(batch.x[:, 0].long(), batch.y)
    if not shuffle:
        assert flat(batches) == list(range(n))


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("block", [1, 60, 1 << 20])
def test_start_skips_batches(monkeypatch, block, shuffle):
    monkeypatch.setattr(loader_module, "BLOCK", block)
    loader = Loader(numbered(50), batch_size=8, shuffle=shuffle, seed=5)
    whole = seen(loader.epoch(2))
    for start in range(len(loader) + 1):
        assert seen(loader.epoch(2, start)) == whole[start:]


@pytest.mark.parametrize("shuffle", [False, True])
def test_blocks_do_not_change_batches(monkeypatch, shuffle):
    loader = Loader(numbered(50), batch_size=8, shuffle=shuffle, seed=5)
    whole = list(loader.epoch(1))
    monkeypatch.setattr(loader_module, "BLOCK", 60)
    for one, other in zip(whole, loader.epoch(1), strict=True):
        assert torch.equal(one.x, other.x)
        assert torch.equal(one.y, other.y)


def test_full_batch_is_not_copied_and_has_no_order():
    split = numbered(50)
    (batch,) = Loader(split, batch_size=1000, shuffle=True)
    assert batch.x.data_ptr() == split.x.data_ptr()
    assert batch.y.data_ptr() == split.y.data_ptr()
    assert len(batch.x) == 50


def test_transform_acts_on_batches():
    loader = Loader(numbered(10), batch_size=4, transform=lambda x: x / 2)
    assert [batch.x[:, 0].tolist() for batch in loader][2] == [4.0, 4.5]


def test_unsupervised_batches_have_the_input_as_target():
    """As the network gets it, after the transform; of sequences at every step."""
    loader = Loader(numbered(5), batch_size=2, transform=lambda x: 2 * x, unsupervised=True)
    for batch in loader:
        assert torch.equal(batch.x, batch.y)
    images = Batch(torch.arange(24.0).view(2, 2, 2, 3), torch.zeros(2))
    (batch,) = Loader(images, batch_size=2, unsupervised=True)
    assert torch.equal(batch.y, images.x.flatten(1))
    steps = Batch(torch.arange(24.0).view(2, 4, 3), torch.zeros(2))
    (batch,) = Loader(steps, batch_size=2, unsupervised=True, per_step=True)
    assert torch.equal(batch.y, steps.x)


@pytest.mark.parametrize("batch_size", [0, -1])
def test_batch_size_must_be_positive(batch_size):
    with pytest.raises(UserError, match=f"batch_size is {batch_size}"):
        Loader(numbered(3), batch_size=batch_size)


def test_empty_split():
    with pytest.raises(UserError, match="no examples"):
        Loader(numbered(0), batch_size=1)


def padded(per_step):
    mask = torch.arange(6) < torch.tensor([2, 4])[:, None]
    return Batch(torch.ones(2, 6, 3), torch.ones(2, 6) if per_step else torch.ones(2), mask)


@pytest.mark.parametrize("per_step", [False, True])
def test_trim_cuts_common_padding(per_step):
    batch = Loader(padded(per_step), batch_size=2, per_step=per_step).split
    assert batch.x.shape == (2, 4, 3)
    assert batch.mask.tolist() == [[True, True, False, False], [True] * 4]
    assert batch.y.shape == ((2, 4) if per_step else (2,))


def test_loader_trims_each_batch():
    short, long = Loader(padded(True), batch_size=1, per_step=True)
    assert (short.x.shape[1], short.y.shape[1], short.mask.shape[1]) == (2, 2, 2)
    assert long.x.shape[1] == 4


def lengths(n, per_step=True):
    """n sequences of 1 to n steps, in mixed order; x and y count the steps."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0)) + 1
    mask = torch.arange(n) < order[:, None]
    x = torch.arange(n).expand(n, n) * mask
    return Batch(x, x.clone() if per_step else order, mask)


def test_segments_are_the_sequences_cut_in_order():
    split = lengths(7)
    loader = Loader(split, batch_size=2, shuffle=True, seed=1, per_step=True, segment=3)
    batches = list(loader.epoch(4))
    assert len(batches) == loader.steps(4)
    rest = batches
    for rows in loader.order(4).split(2):
        longest = int(split.mask[rows].sum(1).max())
        count = -(-longest // 3)  # none where all sequences of the batch have ended
        pieces, rest = rest[:count], rest[count:]
        assert [b.is_continuation for b in pieces] == [False] + [True] * (count - 1)
        assert torch.equal(torch.cat([b.x for b in pieces], 1), split.x[rows, :longest])
        assert torch.equal(torch.cat([b.y for b in pieces], 1), split.y[rows, :longest])
        assert torch.equal(torch.cat([b.mask for b in pieces], 1), split.mask[rows, :longest])
    assert not rest
    assert len({loader.steps(epoch) for epoch in range(20)}) > 1


def test_lengths_are_counted_on_the_cpu_and_rows_picked_where_the_split_lies():
    """A number of a tensor on a GPU takes long to read, and one on the meta device has none."""
    split = Batch(torch.zeros(5, 7), torch.zeros(5, 7))
    loader = Loader(split, batch_size=2, shuffle=True, per_step=True, segment=3)
    loader.to(torch.device("meta"))
    assert loader.steps(0) == 9
    assert loader.order(0).device.type == "meta"
    assert [batch.x.shape[1] for batch in loader.epoch(0)] == [3, 3, 1] * 3


def test_lengths_are_read_once_an_epoch(monkeypatch):
    """Whatever the number of batches; all of them are cut to their longest sequence and target."""
    split = lengths(7)._replace(y=torch.where(torch.arange(7) < torch.arange(1, 8)[:, None], 1, -1))
    loader = Loader(split, batch_size=2, shuffle=True, sequences=True)
    calls = []
    monkeypatch.setattr(torch.Tensor, "cpu", lambda self: calls.append(self.shape) or self)
    batches = list(loader.epoch(1))
    assert calls == [(7,), (7,)]
    for batch in batches:
        assert batch.x.shape[1] == int(batch.mask.sum(1).max())
        assert batch.y.shape[1] == int((batch.y >= 0).sum(1).max())


def test_segments_from_any_place_on():
    loader = Loader(lengths(7), batch_size=2, shuffle=True, seed=1, per_step=True, segment=3)
    batches = list(loader.epoch(4))
    for start in range(len(batches) + 1):
        again = list(loader.epoch(4, start))
        assert all(
            torch.equal(a.x, b.x) and a.is_continuation == b.is_continuation
            for a, b in zip(again, batches[start:], strict=True)
        )


@pytest.mark.parametrize("per_step", [False, True])
def test_buckets_hold_like_lengths_in_random_order_and_lose_nothing(per_step):
    split = lengths(20, per_step)
    loader = Loader(split, batch_size=4, shuffle=True, per_step=per_step, buckets=True)
    batches = list(loader)
    seen = [sorted(b.mask.sum(1).tolist()) for b in batches]
    assert sorted(seen) == [list(range(k, k + 4)) for k in range(1, 20, 4)]
    assert seen != sorted(seen)
    assert seen != [sorted(b.mask.sum(1).tolist()) for b in loader.epoch(1)]
    assert sum(b.mask.numel() for b in batches) == sum(4 * k for k in (4, 8, 12, 16, 20))


def test_a_sequence_has_a_step():
    split = lengths(3)
    split.mask[1] = False
    with pytest.raises(UserError, match="sequence 1 of the data has no steps"):
        Loader(split, batch_size=1, per_step=True)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("start", [0, 2])
def test_joined_batches_are_those_of_the_epoch(shuffle, start, monkeypatch):
    monkeypatch.setattr(loader_module, "BLOCK", 24)  # several batches of 4 examples with 3 inputs
    split = Batch(torch.arange(33).view(11, 3), torch.arange(11))
    loader = Loader(split, batch_size=4, shuffle=shuffle, seed=3, transform=lambda x: x / 2)
    assert loader.joinable
    parts = list(loader.joined(1, start))
    assert len(parts) == (2 if start == 0 else 1)
    for field in ("x", "y"):
        one, other = ([getattr(batch, field) for batch in batches] for batches in (loader.epoch(1, start), parts))
        assert torch.equal(torch.cat(one), torch.cat(other))


@pytest.mark.parametrize("shuffle", [True, False])
def test_rows_of_the_base_are_those_of_the_joined_batches(shuffle):
    base = Batch(torch.arange(60).view(20, 3), torch.arange(20))
    split = Split(base, torch.tensor([3, 1, 4, 15, 9, 2, 6, 5, 8, 7, 19]))
    loader = Loader(split, batch_size=2, shuffle=shuffle, seed=3)
    for epoch, start in ((0, 0), (2, 3)):
        rows = list(loader.base_rows(epoch, start, values=12))
        assert [len(part) for part in rows] == ([4, 4, 3] if start == 0 else [4, 1])
        joined = torch.cat([batch.y for batch in loader.joined(epoch, start)])
        assert torch.equal(base.y[torch.cat(rows)], joined)


def test_other_batches_cannot_be_joined():
    class Mine(Loader):
        def epoch(self, epoch, start=0):
            return super().epoch(epoch + 1, start)

    plain = Batch(torch.ones(4, 3, 2), torch.zeros(4))
    assert Loader(plain, batch_size=2).joinable
    assert not Mine(plain, batch_size=2).joinable
    assert not Loader(plain, batch_size=2, segment=2).joinable
    assert not Loader(plain, batch_size=2, unsupervised=True).joinable
    assert not Loader(plain._replace(mask=torch.ones(4, 3, dtype=torch.bool)), batch_size=2).joinable
