from itertools import product

import pytest
import torch
from nnzoo.data.images.digits import Digits
from nnzoo.data.loader import Loader
from nnzoo.data.points.planes import FirstGreater
from nnzoo.data.splits import Split
from nnzoo.data.tables.array import Array
from nnzoo.data.tables.bundled import Iris
from nnzoo.spec import Batch

N, T = 12, 5
BASE = Batch(torch.randn(N, T, 2), torch.arange(N), torch.arange(T) < (torch.arange(N) % T + 1)[:, None])
ROWS = {"all": None, "neighbours": slice(3, 10), "chosen": torch.tensor([7, 1, 8, 2, 11, 5])}
INDEX = {"first": slice(3), "middle": slice(2, 4), "tensor": torch.tensor([4, 0, 2])}


def split(rows):
    return Split(BASE, ROWS[rows])


def places(rows):
    """The places of a split in the base, by Python's own lists."""
    chosen = ROWS[rows]
    every = list(range(N))
    return every if chosen is None else every[chosen] if isinstance(chosen, slice) else chosen.tolist()


def is_at(batch, wanted):
    assert batch.y.tolist() == wanted
    assert torch.equal(batch.x, BASE.x[wanted])
    assert torch.equal(batch.mask, BASE.mask[wanted])


@pytest.mark.parametrize("rows", ROWS)
def test_a_split_is_rows_of_its_base(rows):
    part = split(rows)
    assert len(part) == len(places(rows))
    is_at(part, places(rows))
    is_at(part.batch(), places(rows))


@pytest.mark.parametrize(("rows", "index"), [*product(ROWS, INDEX)])
def test_places_in_a_split(rows, index):
    chosen = INDEX[index]
    wanted = places(rows)[chosen] if isinstance(chosen, slice) else [places(rows)[i] for i in chosen.tolist()]
    is_at(split(rows).take(chosen), wanted)
    subset = split(rows).subset(chosen)
    assert subset.base is BASE
    is_at(subset, wanted)
    is_at(subset.subset(slice(1, 2)), wanted[1:2])


@pytest.mark.parametrize("rows", ["all", "neighbours"])
def test_neighbours_are_views(rows):
    part = split(rows)
    begin = BASE.x[places(rows)[0]].data_ptr()
    for x in (part.x, part.batch().x, part.take(slice(2)).x, part.subset(slice(0, 2)).x):
        assert x.data_ptr() == begin


@pytest.mark.parametrize("rows", ROWS)
def test_on_a_device(rows):
    assert split(rows).to(torch.device("cpu")).base is BASE
    there = split(rows).to(torch.device("meta"))
    assert there.x.device.type == "meta"
    assert len(there.base.x) == len(places(rows))  # other rows stay where they are


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize(
    "settings", [{}, {"shuffle": True}, {"segment": 2, "per_step": False}, {"shuffle": True, "buckets": True}]
)
@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_a_loader_of_rows_is_one_of_their_copy(rows, settings, batch_size):
    part = split(rows)
    copy = Batch(part.x.clone(), part.y.clone(), part.mask.clone())
    one, other = (Loader(each, batch_size=batch_size, seed=3, **settings) for each in (part, copy))
    for epoch in range(2):
        for ours, theirs in zip(one.epoch(epoch), other.epoch(epoch), strict=True):
            assert all(torch.equal(a, b) for a, b in zip(ours[:3], theirs[:3], strict=True))


def test_a_full_batch_of_chosen_rows_is_gathered_once():
    loader = Loader(Split(BASE._replace(mask=None), ROWS["chosen"]), batch_size=N)
    (first,), (second,) = loader.epoch(0), loader.epoch(1)
    assert first.x.data_ptr() == second.x.data_ptr()


def own_table(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("".join(f"{3 * i % 8},{i * i % 7},{'ab'[i % 2]}\n" for i in range(30)))
    return Array(path=str(path))


def own_pictures(tmp_path):
    return Array(path=None, source=(torch.zeros(20, 4, 4, dtype=torch.uint8).numpy(), [0, 1] * 10))


@pytest.mark.parametrize(
    "make", [own_table, own_pictures, lambda _: Digits(size=8), lambda _: Iris(), lambda _: FirstGreater()]
)
def test_splits_share_a_base_and_no_row(make, tmp_path):
    splits = make(tmp_path).splits
    assert len({part.base.x.data_ptr() for part in splits.values()}) == 1
    n = len(splits["train"].base.x)
    every = Batch(torch.arange(n), torch.zeros(n))
    places = torch.cat([Split(every, part.rows).x for part in splits.values()])
    assert torch.equal(places.sort().values, every.x)
