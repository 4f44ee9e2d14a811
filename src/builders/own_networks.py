"""Networks outside of nnzoo: plain modules without traits, and a trial of what a network returns for the data."""

import inspect
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ..card import Traits
from ..config.plain_traits import FORMS, plain_traits
from ..errors import UserError, reason_of
from ..spec import DataSpec
from ..tasks.modes import evaluation_mode
from .adapters import Network

ANY = Traits(inputs=("image", "sequence", "tokens", "ids", "index", "vector"), causal=False)
"""Traits of a network that does not say what it takes: the inputs as they are or, if it fails for them, as vectors."""


def arguments_of(network: Any) -> Mapping[str, inspect.Parameter]:
    """Return the arguments of a class, a function that builds a network, or the class of a network."""
    return inspect.signature(type(network) if isinstance(network, nn.Module) else network).parameters


def traits_of(network: Any) -> Traits:
    """Return the traits of a network, a class or a function that builds one.

    Those of a plain module follow from its constructor's arguments. Without an argument such as `in_features` or
    `vocab_size`, and of a network that is built already, they are `ANY`.
    """
    given: Traits | None = getattr(network.func if isinstance(network, partial) else network, "traits", None)
    if given is not None:
        return given
    arguments = arguments_of(network)
    if isinstance(network, nn.Module) or not {"in_features", *FORMS} & arguments.keys():
        return ANY
    return plain_traits(arguments)


def takes_mask(model: nn.Module) -> bool:
    """Return whether `forward` of a network takes the mask of sequences."""
    return "mask" in inspect.signature(model.forward).parameters


def first_that_fits(nets: Sequence[Network], name: str, spec: DataSpec, outputs: int) -> Network:
    """Return the first of several adaptations of a network whose output has the needed shape, see `check_outputs`.

    Raises UserError with the reason against the first one if none does.
    """
    reasons = []
    for net in nets:
        try:
            check_outputs(net, name, spec, outputs)
        except UserError as error:
            reasons.append(error)
        else:
            return net
    first, *others = dict.fromkeys(map(str, reasons))
    raise UserError(f"{first}; nor does it take flattened inputs: {others[0]}" if others else first) from reasons[0]


def hint_of_type(net: nn.Module) -> str:
    """Return a hint if a network has weights in another type than float32, in which it gets the inputs."""
    others = {str(weight.dtype).removeprefix("torch.") for weight in net.parameters()} - {"float32"}
    hint = "call its float(); trainer.precision=64-true trains in float64"
    return f"; it has weights in {', '.join(sorted(others))}: {hint}" if others else ""


def check_outputs(net: nn.Module, name: str, spec: DataSpec, outputs: int) -> None:
    """Raise UserError if a network fails for two examples of the data, or if its output has another shape than needed.

    outputs: number of outputs of an example or step.
    """
    batch = spec.fake_batch(2, torch.Generator().manual_seed(0))
    try:
        with evaluation_mode(net), torch.no_grad(), torch.random.fork_rng(devices=[]):
            found: object = net(batch.x, batch.mask)
    except Exception as error:
        raise UserError(
            f"model '{name}' fails for an input of shape {list(batch.x.shape)}: {reason_of(error)}{hint_of_type(net)}"
        ) from error
    needed = [*batch.x.shape[: 2 if spec.per_step else 1], outputs]
    if not isinstance(found, Tensor):
        raise UserError(f"model '{name}' returns a {type(found).__name__}; it must return a tensor {needed}")
    if list(found.shape) != needed:
        raise UserError(f"model '{name}' returns a tensor {list(found.shape)}; the data needs {needed}")
