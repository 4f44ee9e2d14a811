"""Checks of network and loss against the kind of target of the data, where the config tells it. Imports no torch."""

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from ..card import TargetKind
from ..formatting import one_of
from .catalogue import cards
from .files import options, read_config
from .ineffective import chosen_name
from .signatures import class_attribute, definition_path, traits_of

DATA_FOR_TARGET = {
    "input": "digits",
    "real": "stairs",
    "multilabel": "reber",
    "next_token": "char_text",
    "sequence": "reverse",
    "none": "ring",
    "counts": "cooccurrences data.layout=index",
    "signed_counts": "cooccurrences",
    "class_map": "shapes data.target=mask",
    "class_box": "shapes data.target=class_box",
}  # kind of target -> a data set that has it
CONVERTED = {"image", "vector"}  # forms of input of the networks that take every image


def target_errors(config: dict[str, Any]) -> Iterator[str]:
    """Yield an error for a loss, and for a network, that does not take the kind of target of images.

    Other data and heads are checked when they are built, since the target can depend on what is read.
    """
    kinds = kinds_by_target(config["data"]["_target_"])
    kind = kinds.get(str(config["data"].get("target", "")))
    if kind is None or config["head"]:
        return
    loss = config["loss"] if not config["rule"] else None
    taken = targets_of(loss["_target_"]) if loss else ()
    if taken and kind not in taken:
        data = " ".join(data_overrides([each for each in taken if each != "input"]))  # networks set that, not data
        yield (
            f"loss '{chosen_name(config, 'loss')}' takes {' or '.join(taken)}; the target of the data is {kind}; "
            f"use {data}{', or ' if data else ''}{one_of('loss', losses(kind))}"
        )
    traits = traits_of(config["model"]["_target_"])
    if traits is not None and not CONVERTED.isdisjoint(traits.inputs) and kind not in traits.targets:
        others = [f"data.target={name}" for name, other in kinds.items() if other in traits.targets][:1]
        others += [] if others else [f"data={DATA_FOR_TARGET.get(traits.targets[0], 'digits')}"]
        networks = [name for name, card in cards().items() if kind in card.targets and "image" in card.traits.inputs]
        yield (
            f"model '{chosen_name(config, 'model')}' takes {' or '.join(traits.targets)}; the target of the data is "
            f"{kind}; use {', or '.join([*others, one_of('model', networks)])}"
        )


def data_overrides(taken: Sequence[str]) -> list[str]:
    """Return the overrides of data with one of these kinds of target, none if the default data has one."""
    kind = next((kind for kind in taken if kind in DATA_FOR_TARGET), None)
    return [] if kind is None or "classes" in taken else f"data={DATA_FOR_TARGET[kind]}".split()


def kinds_by_target(data: str) -> dict[str, TargetKind]:
    """Return value of `data.target` -> kind of target of a data set, with "" for one without this setting.

    It is empty for data whose kind of target is known later, see `Data.target_kind`.
    """
    value = class_attribute(data, "target_kind")
    found = ast.literal_eval(value) if value is not None else None
    return found if isinstance(found, dict) else {"": found} if found else {}


def targets_of(target: str) -> tuple[str, ...]:
    """Return the kinds of target that a loss or task takes, () if its source does not list them."""
    value = class_attribute(definition_path(target), "targets")
    return ast.literal_eval(value) if isinstance(value, ast.Tuple) else ()


def losses(kind: TargetKind) -> list[str]:
    """Return the names of the losses for a kind of target."""
    nodes = {name: read_config(file) for name, file in options("loss").items()}
    return [name for name, node in nodes.items() if kind in targets_of(str(node.get("_target_", "")))]
