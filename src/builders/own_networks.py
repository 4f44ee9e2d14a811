"""Networks outside of nnzoo: plain modules without traits, and a trial of what a network returns for the data."""

import inspect

import torch
from torch import Tensor, nn

from ..card import Traits
from ..config.plain_traits import plain_traits
from ..errors import UserError
from ..spec import DataSpec


def traits_of(network: type) -> Traits:
    """Return the traits of a network class; those of a plain module follow from its constructor's arguments."""
    given: Traits | None = getattr(network, "traits", None)
    return plain_traits(inspect.signature(network).parameters) if given is None else given


def takes_mask(model: nn.Module) -> bool:
    """Return whether `forward` of a network takes the mask of sequences."""
    return "mask" in inspect.signature(model.forward).parameters


def check_outputs(net: nn.Module, name: str, spec: DataSpec, outputs: int) -> None:
    """Raise UserError if a network fails for two examples of the data, or if its output has another shape than needed.

    outputs: number of outputs of an example or step.
    """
    batch = spec.fake_batch(2, torch.Generator().manual_seed(0))
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            found: object = net(batch.x, batch.mask)
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(f"model '{name}' fails for an input of shape {list(batch.x.shape)}: {reason}") from error
    needed = [*batch.x.shape[: 2 if spec.per_step else 1], outputs]
    if not isinstance(found, Tensor):
        raise UserError(f"model '{name}' returns a {type(found).__name__}; it must return a tensor {needed}")
    if list(found.shape) != needed:
        raise UserError(f"model '{name}' returns a tensor {list(found.shape)}; the data needs {needed}")
