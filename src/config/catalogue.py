"""The cards of all networks, read from `configs/model` and the source text of the classes. Imports no torch."""

import ast
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from ..card import ModelCard
from ..errors import UserError, unknown
from .files import options, read_config
from .plain_traits import plain_traits
from .plugins import Plugin, plugin_of, warn
from .signatures import find_class, parameters, traits_of

TEXTS = ("title", "family", "sources", "example")
OPTIONAL = ("targets", "without_experiment")


@cache
def cards() -> dict[str, ModelCard]:
    """Return name -> card of every option of the group `model`, those of nnzoo first.

    Raises UserError for an incomplete card of nnzoo, and warns of a network of a plug-in whose card cannot be read.
    """
    found = {}
    for name, path in options("model").items():
        plugin = plugin_of(path)
        if plugin is None:
            found[name] = read(path)
            continue
        try:
            found[name] = read_of_plugin(name, path, plugin)
        except Exception as error:  # whatever is wrong with a plug-in, nnzoo works
            warn(plugin.name, f"model={name} cannot be read: {error}")
    return found


def read(path: Path) -> ModelCard:
    """Return the card of a config file. Raises UserError if it is incomplete."""
    node = network_of(path)
    where, texts, target = f"configs/model/{path.name}", node.get("_card_"), node["_target_"]
    if not isinstance(texts, dict):
        raise UserError(f"{where} has no card; add _card_: with {', '.join(TEXTS)}")
    if missing := [key for key in TEXTS if not texts.get(key)]:
        raise UserError(f"the card in {where} has no {', '.join(missing)}")
    if traits_of(target) is None:
        raise UserError(f"{target} of {where} has no traits; add traits = Traits(inputs=...) to the class")
    return made_card(path.stem, node, texts, where)


def read_of_plugin(name: str, path: Path, plugin: Plugin) -> ModelCard:
    """Return the card of a config file of a plug-in, whose texts are optional. Raises UserError if it is wrong."""
    node = network_of(path)
    if "_target_" not in node:
        raise UserError(f"{path} has no _target_, the name of its class")
    texts = node.get("_card_") or {}
    if not isinstance(texts, dict):
        raise UserError(f"_card_ of {path} is {texts!r}; it takes a mapping with {', '.join(TEXTS)}")
    module, _, class_name = str(node["_target_"]).rpartition(".")
    found = find_class(module, class_name)
    title = ((found and ast.get_docstring(found)) or str(node["_target_"])).splitlines()[0]
    usual = {"title": title, "family": plugin.name, "sources": (), "example": ""}
    return made_card(name, node, usual | texts, str(path), plugin.package)


def network_of(path: Path) -> dict[str, Any]:
    """Return the config of the network in a config file. Raises UserError if there is none."""
    file = read_config(path)
    node = file.get("model", file) if isinstance(file, dict) else None  # with a loss or rule, in its own section
    if not isinstance(node, dict):
        raise UserError(f"{path} has no network")
    return node


def made_card(name: str, node: dict[str, Any], texts: dict[str, Any], where: str, package: str = "") -> ModelCard:
    """Return the card with some texts. Raises UserError for unknown keys."""
    for key in texts:
        if key not in (*TEXTS, *OPTIONAL):
            raise unknown(f"key of the card in {where}", key, (*TEXTS, *OPTIONAL))
    target = str(node["_target_"])
    arguments = parameters(target) or {}
    traits = traits_of(target) or plain_traits(arguments)
    causal = traits.is_causal({name: each.default for name, each in arguments.items()} | node)
    targets = texts.get("targets", traits.targets)
    return ModelCard(
        name=name,
        title=texts["title"],
        family=texts["family"],
        sources=tuple(texts["sources"]),
        target=target,
        traits=traits,
        targets=tuple(target for target in targets if causal or target != "next_token"),
        causal=None if traits.causal is None else causal,
        example=texts["example"],
        without_experiment=texts.get("without_experiment", ""),
        package=package,
    )


def list_models(pattern: str = "*") -> list[str]:
    """Return the names of the networks that match a shell pattern such as `*lstm*`."""
    return [name for name in cards() if fnmatchcase(name, pattern)]
