"""Examples that several data sets read once, such as those of the runs of a sweep, which differ in their seeds."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("examples that were read", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Keep what data sets read with `once` in this context, so that others do not read it again."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once(key: Hashable, read: Callable[[], T]) -> T:
    """Return the result of `read`, in `reading_once` the same object for the same key; it must not be changed."""
    known = _known.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    found: T = known[key]
    return found
