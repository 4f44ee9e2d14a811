"""Computing the next item of an iterator while the present one is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(items: Iterator[T]) -> Iterator[T]:
    """Yield items, the next of which another thread computes meanwhile; errors are raised at their place.

    The items must not depend on what is done with those before.
    """
    with ThreadPoolExecutor(1, "prefetch") as pool:
        future = pool.submit(next, items, None)
        while (item := future.result()) is not None:
            future = pool.submit(next, items, None)
            yield item
