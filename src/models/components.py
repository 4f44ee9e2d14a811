"""A check of the components that a network takes: classes, with their settings, that create its layers."""

from functools import partial
from inspect import isabstract

from torch import nn


def check_component(key: str, component: object, base: type[nn.Module], example: str) -> None:
    """Raise ValueError unless a component creates layers of a class.

    key: the setting; component: a function, or a class derived from `base`, which may be in a `partial` with its
    settings; example: import path of such a class. Strings, networks and abstract classes create no layers.
    """
    factory = component.func if isinstance(component, partial) else component
    if isinstance(factory, type):
        valid, name = issubclass(factory, base) and not isabstract(factory), factory.__name__
    elif isinstance(factory, nn.Module):
        valid, name = False, f"{type(factory).__name__}(...)"
    else:
        valid, name = callable(factory), repr(factory)
    if not valid:
        raise ValueError(
            f"{key} is {name}; it must be a class derived from {base.__module__}.{base.__name__}, for example "
            f"model.{key}._target_={example}"
        )
