"""Untrained networks by their name in the catalogue, or with the sizes of data."""

from typing import Any

from torch import nn

from ..builders.data import build_data
from ..builders.losses import build_loss
from ..builders.networks import build_network
from ..config.compose import compose
from ..config.files import model_config
from ..config.instantiate import instantiate
from ..config.signatures import REQUIRED, parameters
from ..errors import UserError, unknown
from .isolation import isolated
from .request import Target, read_request
from .saved import plain


def create_model(name: Any, *, data: Any = None, target: Target = None, **settings: Any) -> nn.Module:
    """Return an untrained network; settings: arguments of its constructor.

    name: in the catalogue, or with data a class or function that builds the network. data, target: see `nnzoo.train`;
    arguments such as in_features and out_features follow from them. Raises UserError with the nearest name for an
    unknown name or setting, for missing settings, and for a network that does not fit the data.
    """
    if data is not None:
        return fitting_model(name, data, target, settings)
    if not isinstance(name, str):
        raise UserError(f"create_model({name!r}) needs data, such as data='iris', from which the sizes follow")
    node = model_config(name)
    known = parameters(node["_target_"]) or {}
    for key in settings:
        if key not in known:
            raise unknown(f"setting of {name}", key, known)
    required = [k for k, p in known.items() if p.default is REQUIRED and k not in {**node, **settings}]
    if required:
        raise UserError(f"{name} needs {', '.join(required)}")
    made: nn.Module = instantiate(node | settings)
    return made


def fitting_model(model: Any, data: Any, target: Target, settings: dict[str, Any]) -> nn.Module:
    """Return an untrained network with the sizes of data."""
    nested = {f"model.{key}": value for key, value in settings.items()}
    lines, source, given = read_request((), data, target, {"model": model, **nested})
    config = plain(compose(lines if source is None else [*lines, "data.path=null"]))
    with isolated():
        found = build_data(config, source)
        return build_network(config, found.spec, build_loss(config, found.spec, found), found, given).model
