"""Checks of shape annotations at run time, once for each kind of arguments and results.

jaxtyping prepares the checks of a function when it is defined, and repeats them at each call. Here they are prepared at
the first call, and a call whose arguments and result have the types, dtypes and shapes of an earlier one is not checked
again: the checks depend on nothing else.
"""

from collections.abc import Callable, Hashable
from functools import cache, wraps
from threading import get_ident
from types import FunctionType
from typing import Any

import numpy as np
from jaxtyping import config
from jaxtyping._decorator import jaxtyped
from torch import Tensor, nn

Function = Callable[..., Any]


def checked(*, typechecker: Function) -> Function:
    """Return a decorator that checks calls of a function as jaxtyping.jaxtyped does, but equal calls once."""
    check = jaxtyped(typechecker=typechecker)
    return lambda each: first_calls(each, check) if isinstance(each, FunctionType) else check(each)


def first_calls(function: FunctionType, check: Function) -> Function:
    """Return the function with a check of each call whose kinds of arguments and result are new."""
    passed: dict[Hashable, set[Hashable]] = {}  # kinds of results by kinds of arguments
    results: dict[int, Any] = {}  # by thread: the result to be checked

    @cache
    def check_call() -> Function:
        return check(function)  # type: ignore[no-any-return]

    @cache
    def check_result() -> Function:
        return check(returning(results, function))  # type: ignore[no-any-return]

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if config.jaxtyping_disable:
            return function(*args, **kwargs)
        given = kind((args, tuple(kwargs.items())))
        if given not in passed:
            result = check_call()(*args, **kwargs)
            if given and (returned := kind(result)):
                passed[given] = {returned}
            return result
        result = function(*args, **kwargs)
        returned = kind(result)
        if returned not in passed[given]:
            results[get_ident()] = result
            check_result()(*args, **kwargs)
            if returned:
                passed[given].add(returned)
        return result

    return call


def returning(results: dict[int, Any], function: FunctionType) -> Function:
    """Return a function with the annotations of another, and the names in them, that returns the result of a thread."""

    def stand_in(*args: object, **kwargs: object) -> object:
        return take()

    def take() -> object:
        return results.pop(get_ident())

    names = function.__globals__
    return wraps(function)(FunctionType(stand_in.__code__, names, closure=stand_in.__closure__))


def kind(value: object) -> Hashable:
    """Return what a check of a value depends on, or None if it may depend on more."""
    if isinstance(value, Tensor | np.ndarray):
        return type(value), value.dtype, value.shape
    if isinstance(value, nn.Module | FunctionType | int | float):
        return (type(value),)
    if isinstance(value, tuple | list):
        kinds = tuple(kind(each) for each in value)
        return None if None in kinds else (type(value), kinds)
    return (type(value), value) if value is None or isinstance(value, str) else None
