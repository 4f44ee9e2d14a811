"""The cards of all networks, read from `configs/model` and the source text of the classes. Imports no torch."""

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ..card import ModelCard
from ..errors import UserError, unknown
from .files import configs_dir
from .signatures import parameters, traits_of

TEXTS = ("title", "family", "sources", "example")
OPTIONAL = ("targets", "without_experiment")


@cache
def cards() -> dict[str, ModelCard]:
    """Return name -> card of every option of the group `model`. Raises UserError for an incomplete card."""
    return {path.stem: read(path) for path in sorted((configs_dir() / "model").glob("*.yaml"))}


def read(path: Path) -> ModelCard:
    """Return the card of a config file. Raises UserError if it is incomplete."""
    file: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    node = file.get("model", file)  # a file with a loss or rule has the network in its own section
    where, texts, target = f"configs/model/{path.name}", node.get("_card_"), node["_target_"]
    if not isinstance(texts, dict):
        raise UserError(f"{where} has no card; add _card_: with {', '.join(TEXTS)}")
    for key in texts:
        if key not in (*TEXTS, *OPTIONAL):
            raise unknown(f"key of the card in {where}", key, (*TEXTS, *OPTIONAL))
    if missing := [key for key in TEXTS if not texts.get(key)]:
        raise UserError(f"the card in {where} has no {', '.join(missing)}")
    traits = traits_of(target)
    if traits is None:
        raise UserError(f"{target} of {where} has no traits; add traits = Traits(inputs=...) to the class")
    settings = {name: parameter.default for name, parameter in (parameters(target) or {}).items()} | node
    causal = traits.is_causal(settings)
    targets = texts.get("targets", traits.targets)
    return ModelCard(
        name=path.stem,
        title=texts["title"],
        family=texts["family"],
        sources=tuple(texts["sources"]),
        target=target,
        traits=traits,
        targets=tuple(target for target in targets if causal or target != "next_token"),
        causal=None if traits.causal is None else causal,
        example=texts["example"],
        without_experiment=texts.get("without_experiment", ""),
    )


def list_models(pattern: str = "*") -> list[str]:
    """Return the names of the networks that match a shell pattern such as `*lstm*`."""
    return [name for name in cards() if fnmatchcase(name, pattern)]
