"""Builds the network of a config: sizes come from the data."""

from math import inf
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from ..card import Form, Traits
from ..config.given import NOTHING, Given
from ..data.base import Data
from ..errors import UserError
from ..layers.corruption import Corruption
from ..layers.init import initialize
from ..losses.base import Loss
from ..rules.base import Rule
from ..spec import DataSpec
from ..tasks.random_state import seed_torch
from .adapters import Adapter, Network, choose_conversion
from .alternatives import incompatibility
from .ensemble import ensemble_of
from .names import chosen_name
from .own_networks import ANY, arguments_of, first_that_fits, takes_mask, traits_of
from .ranges import with_place


def build_network(
    config: dict[str, Any], spec: DataSpec, loss: Loss, data: Data | None = None, given: Given = NOTHING
) -> Network:
    """Return the network of a config with the sizes of the data. `seed` determines the initial weights.

    data: the data set, to name inputs out of range; given: objects from Python; a network among them keeps its weights.
    Raises UserError if data, loss and network do not fit, or if sizes in the config contradict the data.
    """
    node = dict(config["model"])
    network = given.find("model", node, config["allow"])
    if isinstance(network, type) and not issubclass(network, nn.Module):
        raise UserError(f"model._target_ '{node['_target_']}' is not a torch.nn.Module")
    built = isinstance(network, nn.Module)
    if built and config["members"] is not None:
        raise UserError(
            f"members={config['members']} builds networks; one from Python is built already: pass its class"
        )
    if built and config["init"] != "default":
        raise UserError(f"init={config['init']} has no effect: the network from Python keeps its weights; leave it out")
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
    form, _, sizes = conversion
    wanted = arguments_of(network)
    if not built:
        sizes |= output_sizes(network, traits, spec, loss, config)
    for size_name, size in sizes.items():
        set_size = node.get(size_name)
        if set_size is not None and as_list(set_size) != as_list(size):
            raise UserError(
                f"model.{size_name}={set_size} contradicts the data, which has {as_list(size)}; leave it out"
            )
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
    model: nn.Module = given.build("model", node, allow=config["allow"], **filled)
    if not isinstance(model, nn.Module):
        raise UserError(f"model '{name}' returns a {type(model).__name__}; it must return a torch.nn.Module")
    check_corruption(model, spec)
    settings = {key: parameter.default for key, parameter in wanted.items()} | node
    if built:
        settings |= {key: getattr(model, key) for key in wanted if hasattr(model, key)}
    nets = []
    for form, adapter, _ in [conversion] if traits is not ANY else conversions_of_any(spec):
        sequential = form in ("sequence", "tokens")
        masked = (sequential and hasattr(model, "traits")) or ((sequential or spec.per_step) and takes_mask(model))
        nets.append(Network(model, adapter, masked=masked, causal=not sequential or traits.is_causal(settings)))
    net = nets[0]
    if built or not type(model).__module__.startswith("nnzoo."):  # also creates the parameters of lazy modules
        net = first_that_fits(nets, name, spec, loss.out_features(spec.target_size))
    if (spec.target == "next_token" or spec.autoregressive) and not net.causal:
        raise UserError(
            f"model '{name}' is not causal and would see the targets in its input; the data gives {spec}; "
            f"use {causal_alternative(traits)}"
        )
    initialize_weights(model, config)
    if config["members"] is not None:

        def build() -> nn.Module:
            """Return a further member of the ensemble, with weights of its own."""
            further: nn.Module = given.build("model", node, allow=config["allow"], **filled)
            if any(is_lazy(parameter) for parameter in further.parameters()):
                raise UserError(
                    f"members={config['members']}: model '{name}' has lazy layers, which an ensemble does not "
                    "support; give their numbers of inputs"
                )
            initialize_weights(further, config)
            return further

        net.model = ensemble_of(model, build, config["members"], name, spec)
    return net


def initialize_weights(model: nn.Module, config: dict[str, Any]) -> None:
    """Set the initial weights of a network. Raises UserError for patterns that match nothing."""
    try:
        initialize(model, config["init"])
    except ValueError as error:
        raise UserError(f"init: {error}") from error


def causal_alternative(traits: Traits) -> str:
    """Return a setting with which a network is causal, or another network."""
    if not isinstance(traits.causal, tuple):
        return "model=gru, for example"
    setting, value = traits.causal
    return f"model.{setting}={str(value).lower()}"


def conversions_of_any(spec: DataSpec) -> list[tuple[Form, Adapter, dict[str, object]]]:
    """Return the conversions for a network that does not say what it takes: none, and that to vectors."""
    forms: tuple[Form, ...] = (spec.form, "vector") if spec.form != "vector" else ("vector",)
    found = (choose_conversion((form,), spec) for form in forms)
    return [each for each in found if each is not None]


def check_corruption(model: nn.Module, spec: DataSpec) -> None:
    """Raise UserError for noise that makes unknown entries of the input, which are 0, look known."""
    for layer in model.modules():
        if spec.partial and isinstance(layer, Corruption) and layer.noise != "masking":
            raise UserError(
                f"model.corruption={layer.noise} would change unknown ratings, which are 0; masking removes known ones"
            )


def output_sizes(network: Any, traits: Traits, spec: DataSpec, loss: Loss, config: dict[str, Any]) -> dict[str, object]:
    """Return the output sizes by their reserved names."""
    group = "rule" if isinstance(loss, Rule) else "loss"
    try:
        out_features = loss.out_features(spec.target_size)
    except ValueError as error:
        raise UserError(f"{group} '{chosen_name(config, group, type(loss))}': {error}") from error
    fixed = traits is not ANY and "out_features" not in arguments_of(network)
    if fixed and out_features != spec.target_size and traits.trainable:
        raise UserError(
            f"{group} '{chosen_name(config, group, type(loss))}' takes {out_features} output; "
            f"model '{chosen_name(config, 'model', network)}' gives one for each of {spec.target_size} classes"
        )
    return {"out_features": out_features, "num_classes": spec.target_size, "target_len": spec.target_len}


def as_list(size: object) -> object:
    """Return tuples as lists, as in configs."""
    return list(size) if isinstance(size, tuple) else size
