"""What configs of earlier versions say, as this version says it. Imports no torch."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import DataWarning, UserError
from .moved_modules import MOVED
from .signatures import defined

ADDED: dict[str, dict[str, Any]] = {
    "nnzoo.models.recurrent.esn.ESN": {
        "layers": 1,
        "bidirectional": False,
        "start": "zero",
        "dropout": 0.0,
        "embedding": 64,
    },
}
"""Class -> settings that the first version did not have, with the values that act as if there were none."""

HEADS = {
    f"nnzoo.tasks.{old}": f"nnzoo.tasks.heads.{new}"
    for old, new in {
        "classification.Classification": "classification.Classification",
        "regression.Regression": "regression.Regression",
        "labelling.Labelling": "multilabel.Multilabel",
        "language_model.LanguageModel": "language_model.LanguageModel",
        "tagging.Tagging": "tagging.Tagging",
    }.items()
}
"""Tasks that said what outputs mean -> the heads that say it now."""
ACTIVATIONS = "nnzoo.tasks.activation_penalty.ActivationPenalty", "nnzoo.tasks.penalties.activation.ActivationPenalty"

WORDS: dict[str, tuple[str, ...]] = {
    f"task={name}": (f"head={name}", "~task") for name in ("classification", "regression", "language_model")
}
WORDS |= {
    "task=labelling": ("head=multilabel", "~task"),
    "task=tagging": ("head=tagging", "~task"),
    "task=activation_penalty": ("penalties=activation",),
}
KEYS = {"data.batch_size": "loader.batch_size", "trainer.buckets": "loader.buckets"}
"""Settings -> what they are called now."""
SETTINGS = {"task.penalty": "weight", "task.norm": "norm", "task.layers": "layers"}  # of the activation penalty


def current_config(config: dict[str, Any]) -> dict[str, Any]:
    """Return the plain data of a config as this version says it."""
    config = with_loader(renamed(config, MOVED))
    task = config.get("task")
    if not isinstance(task, dict):
        return config
    if task.get("_target_") in HEADS:
        return {**config, "head": {"_target_": HEADS[task["_target_"]]}, "task": None}
    if task.get("_target_") == ACTIVATIONS[0]:
        penalty = {"_target_": ACTIVATIONS[1], "weight": task["penalty"], **without(task, "_target_", "penalty")}
        return {**config, "penalties": {"activation": penalty}, "task": None}
    return config


def original_config(config: dict[str, Any]) -> dict[str, Any]:
    """Return the plain data of a config as the first version would have said it, as far as it could.

    A fingerprint of it does not change with the layout of the package.
    """
    found: dict[str, Any] = renamed(without_loader(without_added(config)), {new: old for old, new in MOVED.items()})
    found = without(found, *(group for group in ("penalties", "transforms") if not found.get(group)))
    head = found.get("head")
    if not head:
        return without(found, "head")
    if not found.get("task"):
        task = {"_target_": {new: old for old, new in HEADS.items()}.get(head["_target_"], head["_target_"])}
        return {**without(found, "head"), "task": task}
    return found


def current_overrides(overrides: Sequence[str]) -> list[str]:
    """Return overrides in which the words of earlier versions are replaced; a warning says by which.

    Raises UserError for a sweep over such words.
    """
    overrides = list(renamed_keys(overrides))
    plain = [line.lstrip("+") if line.lstrip("+") in WORDS else line for line in overrides]
    for line in plain:
        key, _, value = line.partition("=")
        several = [f"{key}={word}" for word in value.split(",")]
        if len(several) > 1 and (word := next(filter(WORDS.get, several), None)):
            raise UserError(f"'{line}': {word} is now {' '.join(WORDS[word])}; sweep over head= and task= apart")
    old = [line for line in plain if line in WORDS]
    if not old:
        return overrides
    found: list[str] = []
    for line in plain:
        key, _, value = line.partition("=")
        if "task=activation_penalty" in old and key in SETTINGS:
            found.append(f"penalties.activation.{SETTINGS[key]}={value}")
        else:
            found += WORDS.get(line, (line,))
    for line in old:
        warnings.warn(f"{line} is now {' '.join(WORDS[line])}", DataWarning, stacklevel=3)
    return found


def renamed_keys(overrides: Sequence[str]) -> Iterator[str]:
    """Yield overrides with settings called as they are now; a warning says how."""
    for line in overrides:
        key, equals, value = line.partition("=")
        if now := KEYS.get(key.lstrip("+")):
            warnings.warn(f"{key.lstrip('+')} is now {now}", DataWarning, stacklevel=4)
            line = f"{now}{equals}{value}"
        yield line


def with_loader(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config whose data and trainer said how batches are made, which the section `loader` says now."""
    data, trainer, loader = (config.get(section) for section in ("data", "trainer", "loader"))
    found = dict(config)
    if isinstance(data, dict) and "batch_size" in data and str(data.get("_target_")).startswith("nnzoo."):
        size = (loader or {}).get("batch_size")
        loader = {**(loader or {}), "batch_size": data["batch_size"] if size is None else size}
        found |= {"data": without(data, "batch_size"), "loader": loader}
    if isinstance(trainer, dict) and "buckets" in trainer:
        loader = {**(loader or {}), "buckets": trainer["buckets"]}
        found |= {"trainer": without(trainer, "buckets"), "loader": loader}
    return found


def without_loader(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config whose data and trainer say how batches are made."""
    loader = config.get("loader")
    if not loader:
        return config
    found = without(config, "loader")
    found["data"] = {**found["data"], "batch_size": loader["batch_size"]}
    found["trainer"] = {**found["trainer"], "buckets": loader["buckets"]}
    return found


def without_added(node: Any) -> Any:
    """Return plain data without later settings that act as if they were not there."""
    if not isinstance(node, dict):
        return node
    added = ADDED.get(str(node.get("_target_")), {})
    return {k: without_added(v) for k, v in node.items() if k not in added or v != added[k]}


def renamed(node: Any, modules: dict[str, str]) -> Any:
    """Return plain data with classes of other modules in every `_target_`."""
    if isinstance(node, list):
        return [renamed(each, modules) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: renamed(value, modules) for key, value in node.items()}
    if isinstance(target := node.get("_target_"), str):
        module, _, name = target.rpartition(".")
        found["_target_"] = defined(f"{modules.get(module, module)}.{name}") if module else name
    return found


def without(node: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return a mapping without some keys."""
    return {key: value for key, value in node.items() if key not in keys}
