"""Configs as plain data. Imports no torch."""

from typing import Any

from omegaconf import Container, Node, OmegaConf
from omegaconf.errors import InterpolationResolutionError


def to_plain(config: Container, *, resolve: bool) -> Any:
    """Return a config as dicts and lists of Python, as `OmegaConf.to_container`, which looks each node up by its key.

    resolve: replace references, such as `${seed}`, by their values.
    Raises InterpolationResolutionError for a reference to a value that does not exist.
    """
    try:
        return value_of(config, resolve)
    except InterpolationResolutionError:
        return OmegaConf.to_container(config, resolve=resolve)  # raises the error with the key of the reference


def value_of(node: Node, resolve: bool) -> Any:
    """Return the value of a node as plain data."""
    value = node._value()
    if resolve and isinstance(value, str) and "${" in value:
        value = node._dereference_node()._value()
    if isinstance(value, dict):
        return {key: value_of(each, resolve) for key, each in value.items()}
    if isinstance(value, list):
        return [value_of(each, resolve) for each in value]
    return value
