"""Builds the network of a config: sizes come from the data."""

import inspect
from math import inf
from typing import Any

from torch import nn

from ..card import Traits
from ..config.instantiate import instantiate, locate
from ..data.base import Data
from ..errors import UserError
from ..layers.corruption import Corruption
from ..layers.init import initialize
from ..losses.base import Loss
from ..rules.base import Rule
from ..spec import DataSpec
from ..tasks.random_state import seed_torch
from .adapters import Network, choose_conversion
from .alternatives import incompatibility
from .names import chosen_name
from .own_networks import check_outputs, takes_mask, traits_of
from .ranges import with_place


def build_network(config: dict[str, Any], spec: DataSpec, loss: Loss, data: Data | None = None) -> Network:
    """Return the network of a config with the sizes of the data. `seed` determines the initial weights.

    data: the data set, to name inputs out of range. Raises UserError if data, loss and network do not fit, or if sizes
    in the config contradict the data.
    """
    node = dict(config["model"])
    network = locate(node["_target_"], allow=config["allow"])
    if not issubclass(network, nn.Module):
        raise UserError(f"model._target_ '{node['_target_']}' is not a torch.nn.Module")
    traits = traits_of(network)
    name = chosen_name(config, "model", network)
    conversion = choose_conversion(traits.inputs, spec)
    if conversion is None or spec.target not in traits.targets:
        raise UserError(f"model '{name}' takes {incompatibility(traits, spec, [*config['transforms']])}")
    if traits.minimum is not None and (reason := spec.why_outside(traits.minimum, inf)):
        raise UserError(f"model '{name}' {with_place(reason, data, traits.minimum, inf)}")
    if traits.loss is not None and type(loss).__name__ != traits.loss:
        other = chosen_name(config, "loss", type(loss))
        raise UserError(f"the outputs of model '{name}' are for {traits.loss}, not for loss '{other}'; leave loss out")
    form, adapter, sizes = conversion
    sizes |= output_sizes(network, traits, spec, loss, config)
    wanted = inspect.signature(network).parameters
    for size_name, size in sizes.items():
        given = node.get(size_name)
        if given is not None and as_list(given) != as_list(size):
            raise UserError(f"model.{size_name}={given} contradicts the data, which has {as_list(size)}; leave it out")
    if spec.context and "out_features" not in wanted:
        raise UserError(
            f"model '{name}' reconstructs its whole input; head=conditional_reconstruction is for networks that also "
            "read a context, such as model=conditional_vae"
        )
    embeds = form == "tokens" or spec.target == "sequence"  # output symbols are embedded as well
    if not embeds and "embedding" in wanted and node.get("embedding") not in (None, wanted["embedding"].default):
        raise UserError(f"model.embedding={node['embedding']} is for tokens; the data gives {spec}")
    filled = {key: size for key, size in sizes.items() if key in wanted and key not in node}
    seed_torch(config["seed"])
    model: nn.Module = instantiate(node, allow=config["allow"], **filled)
    check_corruption(model, spec)
    sequential = form in ("sequence", "tokens")
    settings = {key: parameter.default for key, parameter in wanted.items()} | node
    masked = (sequential and hasattr(network, "traits")) or ((sequential or spec.per_step) and takes_mask(model))
    net = Network(model, adapter, masked=masked, causal=not sequential or traits.is_causal(settings))
    if (spec.target == "next_token" or spec.autoregressive) and not net.causal:
        raise UserError(
            f"model '{name}' is not causal and would see the targets in its input; the data gives {spec}; "
            f"use {causal_alternative(traits)}"
        )
    if not network.__module__.startswith("nnzoo."):  # also creates the parameters of lazy modules
        check_outputs(net, name, spec, loss.out_features(spec.target_size))
    try:
        initialize(model, config["init"])
    except ValueError as error:
        raise UserError(f"init: {error}") from error
    return net


def causal_alternative(traits: Traits) -> str:
    """Return a setting with which a network is causal, or another network."""
    if not isinstance(traits.causal, tuple):
        return "model=gru, for example"
    setting, value = traits.causal
    return f"model.{setting}={str(value).lower()}"


def check_corruption(model: nn.Module, spec: DataSpec) -> None:
    """Raise UserError for noise that makes unknown entries of the input, which are 0, look known."""
    for layer in model.modules():
        if spec.partial and isinstance(layer, Corruption) and layer.noise != "masking":
            raise UserError(
                f"model.corruption={layer.noise} would change unknown ratings, which are 0; masking removes known ones"
            )


def output_sizes(
    network: type, traits: Traits, spec: DataSpec, loss: Loss, config: dict[str, Any]
) -> dict[str, object]:
    """Return the output sizes by their reserved names."""
    group = "rule" if isinstance(loss, Rule) else "loss"
    try:
        out_features = loss.out_features(spec.target_size)
    except ValueError as error:
        raise UserError(f"{group} '{chosen_name(config, group, type(loss))}': {error}") from error
    fixed = "out_features" not in inspect.signature(network).parameters
    if fixed and out_features != spec.target_size and traits.trainable:
        raise UserError(
            f"{group} '{chosen_name(config, group, type(loss))}' takes {out_features} output; "
            f"model '{chosen_name(config, 'model', network)}' gives one for each of {spec.target_size} classes"
        )
    return {"out_features": out_features, "num_classes": spec.target_size, "target_len": spec.target_len}


def as_list(size: object) -> object:
    """Return tuples as lists, as in configs."""
    return list(size) if isinstance(size, tuple) else size
