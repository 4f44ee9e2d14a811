"""Batches of several members at once, against the batches of the loader of each."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from nnzoo.data.loader import Loader
from nnzoo.data.splits import Split
from nnzoo.spec import AFTER_END, Batch
from nnzoo.training.members import batches
from nnzoo.training.members.batches import StackedBatches, batches_of, evaluation_batches, stack, stacked_blocks
from nnzoo.transforms import Center, Flip, Transforms
from torch.testing import assert_close

MEMBERS = 3
EXAMPLES = 10
BASE = Batch(torch.arange(120, dtype=torch.uint8).view(30, 2, 2), torch.arange(30))
PADDED = Batch(
    torch.arange(60.0).view(30, 2),
    torch.arange(30),
    torch.stack([torch.ones(30), torch.arange(30) % 4 < 1], 1).bool(),
)


def loaders(base: Batch = BASE, copies: bool = False, **settings: Any) -> list[Loader]:
    """Return loaders of different rows in different orders; copies: of bases of their own."""
    given: dict[str, Any] = {"batch_size": 4, "shuffle": True, "transform": torch.Tensor.float, **settings}
    rows = [torch.arange(member, 30, 3) for member in range(MEMBERS)]
    bases = [base.rows(slice(0, 30)) if copies else base for _ in rows]
    return [Loader(Split(bases[i], rows[i]), seed=i, **given) for i in range(MEMBERS)]


def check(found: Sequence[Batch], expected: Sequence[Sequence[Batch]]) -> None:
    """Compare stacked batches with those of each member, which may have fewer steps."""
    assert len(found) == len(expected[0])
    for number, batch in enumerate(found):
        for row, own in enumerate(each[number] for each in expected):
            assert_close(batch.x[row, :, : own.x.shape[1]], own.x)
            assert_close(batch.y[row], own.y)
            if own.mask is not None and batch.mask is not None:
                assert_close(batch.mask[row, :, : own.mask.shape[1]], own.mask)
                assert not batch.mask[row, :, own.mask.shape[1] :].any()


def centered(mean: float) -> Transforms:
    center = Center()
    center.state = {"mean": torch.full((2, 2), mean)}
    return Transforms({"center": center})


CASES: dict[str, Callable[[], list[Loader]]] = {
    "rows of one base": loaders,
    "in order": lambda: loaders(shuffle=False),
    "bases of their own": lambda: loaders(copies=True),
    "padded": lambda: loaders(PADDED),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("start", "limit", "expected"), [(0, 9, [0, 1, 2]), (1, 9, [1, 2]), (1, 1, [1]), (0, 0, [])])
def test_batches_of_an_epoch(case: str, start: int, limit: int, expected: list[int]) -> None:
    each = CASES[case]()
    for epoch in (0, 1):
        own = [[*loader.epoch(epoch)] for loader in each]
        found = [*StackedBatches(each).epoch(epoch, start, limit)]
        check(found, [[of_member[number] for number in expected] for of_member in own])


@pytest.mark.parametrize("case", CASES)
def test_few_rows_at_a_time(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of any size give the same batches."""
    each = CASES[case]()
    for most, block in ((1, 1 << 20), (1 << 22, 1), (12, 3 * 16)):
        monkeypatch.setattr(batches, "MAX_ROWS", most)
        monkeypatch.setattr(batches, "BLOCK", block)
        check([*batches_of(each, 1, 1)], [[*loader.epoch(1, 1)] for loader in each])


@pytest.mark.parametrize("copies", [False, True])
def test_sizes_of_blocks(copies: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example has 4 values, a batch 16; whole batches of shared rows are looked up."""
    each = loaders(copies=copies)
    for values, sizes in ((1, [4, 4, 2]), (31, [4, 4, 2]), (32, [8, 2]), (1000, [10] if copies else [8, 2])):
        found = [*stacked_blocks(each, 0, 0, values)]
        assert [[*block.x.shape] for block in found] == [[3, size, 2, 2] for size in sizes]
        assert [[*block.y.shape] for block in found] == [[3, size] for size in sizes]
    monkeypatch.setattr(batches, "MAX_ROWS", 3 * 7)  # 7 of each member
    assert [block.y.shape[1] for block in stacked_blocks(each, 0, 0, 1000)] == ([10] if copies else [4, 4, 2])


def test_transforms_of_each_member() -> None:
    """Each has fitted its own."""
    each = loaders()
    for member, loader in enumerate(each):
        loader.transforms = centered(100.0 * member)
    check([*batches_of(each, 0, 0)], [[*loader.epoch(0)] for loader in each])


def test_the_whole_training_set_is_stacked_once() -> None:
    each = loaders(batch_size=EXAMPLES)
    stacked = StackedBatches(each)
    (first,) = stacked.epoch(0, 0, 1)
    (second,) = stacked.epoch(5, 0, 3)
    assert second.x is first.x
    check([first], [[*loader.epoch(0)] for loader in each])
    assert not [*stacked.epoch(1, 0, 0)]


def test_the_whole_training_set_with_random_transforms() -> None:
    each = loaders(batch_size=EXAMPLES, transforms=Transforms({"flip": Flip()}), augment=True, transform=as_image)
    stacked = StackedBatches(each)
    for epoch in (0, 1):
        check([*stacked.epoch(epoch, 0, 1)], [[*loader.epoch(epoch)] for loader in each])


def as_image(x: torch.Tensor) -> torch.Tensor:
    return x.float().unsqueeze(1)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("fewer", [9, 8])  # a smaller last batch, and no third batch
def test_training_sets_of_different_sizes(case: str, fewer: int) -> None:
    each = CASES[case]()
    each[2] = Loader(each[2].split.subset(torch.arange(fewer)), batch_size=4, shuffle=True)
    with pytest.raises(ValueError, match=r"different sizes|zip\(\) argument 3 is shorter"):
        [*batches_of(each, 0, 0)]


def test_evaluation() -> None:
    """Joined batches are limited by the values of all members together: here to 5 examples of each."""
    each = [Loader(Split(BASE, torch.arange(i, 30, 3)), batch_size=8, transform=torch.Tensor.float) for i in range(3)]
    check([*evaluation_batches(each, 1)], [[*loader.epoch(0)][:1] for loader in each])
    assert [loader.batch_size for loader in each] == [8, 8, 8]
    found = [*evaluation_batches(each, None)]
    assert [batch.y.shape for batch in found] == [(3, 8), (3, 2)]
    check(found, [[*loader.epoch(0)] for loader in each])


def test_large_batches_of_an_evaluation_are_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    """The batches of all members are in memory: 60 values are those of 5 examples of 3 members."""
    monkeypatch.setattr(batches, "EVAL_VALUES", 60)
    monkeypatch.setattr("nnzoo.data.base.EVAL_VALUES", 60)
    each = [Loader(Split(BASE, torch.arange(i, 30, 3)), batch_size=8, transform=torch.Tensor.float) for i in range(3)]
    found = [*evaluation_batches(each, None)]
    assert [batch.y.shape for batch in found] == [(3, 5), (3, 5)]
    check(found, [[*loader.epoch(0)] for loader in each])


def test_evaluation_of_padded_sequences() -> None:
    each = [Loader(PADDED.rows(slice(i, i + 10)), batch_size=1) for i in range(3)]
    found = [*evaluation_batches(each, None)]
    check(found, [[*loader.epoch(0)] for loader in each])
    assert {batch.x.shape[2] for batch in found} == {1, 2}
    with pytest.raises(ValueError, match="shorter"):
        [*evaluation_batches([*each, Loader(PADDED.rows(slice(0, 9)), batch_size=1)], None)]


def test_padding_is_added_in_the_dimension_of_the_steps() -> None:
    """Inputs and masks with 0, targets as after their end."""
    one = Batch(torch.ones(2, 1, 3), torch.ones(2, 1).long(), None)
    other = Batch(torch.ones(2, 2, 3), torch.ones(2, 3).long(), None)
    found = stack([one, other])
    assert found.mask is None
    assert_close(found.x[0], torch.tensor([[[1.0] * 3, [0.0] * 3]] * 2))
    assert_close(found.x[1], torch.ones(2, 2, 3))
    assert_close(found.y, torch.tensor([[[1, AFTER_END, AFTER_END]] * 2, [[1, 1, 1]] * 2]))
    masked = stack([each._replace(y=each.x, mask=torch.ones(each.x.shape[:2]).bool()) for each in (one, other)])
    assert masked.mask is not None
    assert_close(masked.y, found.x)
    assert_close(masked.mask, torch.tensor([[[True, False]] * 2, [[True, True]] * 2]))


def test_the_same_tensors_are_not_copied() -> None:
    batch = Batch(torch.ones(2, 3), torch.ones(2), torch.ones(2, 3).bool())
    found = stack([batch, batch, batch])
    assert found.x.shape == (3, 2, 3)
    assert {t.data_ptr() for t in found[:3]} == {t.data_ptr() for t in batch[:3]}  # type: ignore[union-attr]
    copied = stack([batch, batch._replace(x=batch.x + 1)])
    assert_close(copied.x, torch.stack([batch.x, batch.x + 1]))
