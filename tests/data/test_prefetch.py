"""Items of another thread are those of the iterator."""

import threading
from collections.abc import Iterator

import pytest
from nnzoo.data.prefetch import prefetch


def test_the_next_item_is_computed_while_one_is_used() -> None:
    started = [threading.Event() for _ in range(5)]

    def items() -> Iterator[int]:
        for number in range(4):
            started[number].set()
            yield number
        started[4].set()

    found = []
    for number in prefetch(items()):
        assert started[number + 1].wait(10)
        found.append(number)
    assert found == [0, 1, 2, 3]


def test_errors_come_after_the_items_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    found = prefetch(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="broken"):
        next(found)


def test_an_iterator_that_is_not_finished_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    found = prefetch(iter(range(9)))
    next(found)
    started = set(threading.enumerate()) - before
    assert len(started) == 1
    found.close()  # type: ignore[attr-defined]
    assert not started & set(threading.enumerate())
