"""Builds the head of a config."""

from functools import partial
from typing import Any

from ..config.instantiate import construct, locate
from ..errors import UserError
from ..losses.base import Loss
from ..spec import DataSpec
from ..tasks.heads import Head, default_head
from .names import chosen_name


def build_head(config: dict[str, Any], spec: DataSpec, loss: Loss) -> Head:
    """Return the head of a config, by default that for the target. Raises UserError as `head_class`."""
    head: Head = construct(partial(head_class(config, spec), spec=spec, loss=loss))
    return head


def head_class(config: dict[str, Any], spec: DataSpec) -> type[Head]:
    """Return the class of the head, by default that for the target. Raises UserError if it does not fit the target."""
    if not config["head"]:
        return default_head(spec.target)
    head = head_type(config)
    if spec.target not in head.targets:
        takes = " or ".join(head.targets)
        raise UserError(
            f"head '{chosen_name(config, 'head', head)}' predicts {takes}; the target of the data is {spec.target}"
        )
    return head


def head_type(config: dict[str, Any]) -> type[Head]:
    """Return the class of the head in a config. Raises UserError if it is not a head."""
    head = locate(config["head"]["_target_"], allow=config["allow"])
    if not issubclass(head, Head):
        raise UserError(f"head._target_ {head.__qualname__} is not a head; nnzoo list heads shows all heads")
    return head
