"""Networks with the parts that a protocol names."""

from typing import TypeGuard, TypeVar

T = TypeVar("T")


def fits(net: object, protocol: type[T]) -> TypeGuard[T]:
    """Return whether an object has all members of a protocol, also those that are parameters or layers.

    From Python 3.12 on, isinstance does not see them: torch finds parameters and layers by `__getattr__`.
    """
    methods = [name for name, value in vars(protocol).items() if callable(value) and not name.startswith("_")]
    return all(hasattr(net, name) for name in (*protocol.__annotations__, *methods))
