"""Translate configs and overrides of earlier versions. Imports no torch."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import DataWarning, UserError
from .moved_modules import MOVED
from .signatures import definition_path

ADDED_SETTINGS: dict[str, dict[str, Any]] = {
    "nnzoo.models.recurrent.esn.ESN": {
        "layers": 1,
        "bidirectional": False,
        "start": "zero",
        "dropout": 0.0,
        "embedding": 64,
    },
}
"""Class -> settings that the first version did not have, with the values that reproduce its behaviour."""

HEAD_OF_TASK = {
    f"nnzoo.tasks.{old}": f"nnzoo.tasks.heads.{new}"
    for old, new in {
        "classification.Classification": "classification.Classification",
        "regression.Regression": "regression.Regression",
        "labelling.Labelling": "multilabel.Multilabel",
        "language_model.LanguageModel": "language_model.LanguageModel",
        "tagging.Tagging": "tagging.Tagging",
    }.items()
}
"""Tasks of earlier versions that defined the meaning of outputs -> heads of this version."""
ACTIVATION_PENALTY = (
    "nnzoo.tasks.activation_penalty.ActivationPenalty",
    "nnzoo.tasks.penalties.activation.ActivationPenalty",
)

RENAMED_OVERRIDES: dict[str, tuple[str, ...]] = {
    f"task={name}": (f"head={name}", "~task") for name in ("classification", "regression", "language_model")
}
RENAMED_OVERRIDES |= {
    "task=labelling": ("head=multilabel", "~task"),
    "task=tagging": ("head=tagging", "~task"),
    "task=activation_penalty": ("penalties=activation",),
}
RENAMED_KEYS = {"data.batch_size": "loader.batch_size", "trainer.buckets": "loader.buckets"}
"""Key of an earlier version -> key of this version."""
PENALTY_KEYS = {"task.penalty": "weight", "task.norm": "norm", "task.layers": "layers"}  # of the activation penalty


def current_config(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config of an earlier version, as plain data, in the form of this version."""
    config = with_loader(with_targets(config, MOVED))
    task = config.get("task")
    if not isinstance(task, dict):
        return config
    if task.get("_target_") in HEAD_OF_TASK:
        return {**config, "head": {"_target_": HEAD_OF_TASK[task["_target_"]]}, "task": None}
    if task.get("_target_") == ACTIVATION_PENALTY[0]:
        penalty = {"_target_": ACTIVATION_PENALTY[1], "weight": task["penalty"], **without(task, "_target_", "penalty")}
        return {**config, "penalties": {"activation": penalty}, "task": None}
    return config


def original_config(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config, as plain data, in the form of the first version, as far as possible.

    Its fingerprint does not depend on the current layout of the package.
    """
    found: dict[str, Any] = with_targets(
        without_loader(without_added(config)), {new: old for old, new in MOVED.items()}
    )
    found = without(found, *(group for group in ("penalties", "evaluations", "transforms") if not found.get(group)))
    if transforms := found.get("transforms"):
        found["transforms"] = [[name, node] for name, node in transforms.items()]  # their order matters, unlike keys
    head = found.get("head")
    if not head:
        return without(found, "head")
    if not found.get("task"):
        task = {"_target_": {new: old for old, new in HEAD_OF_TASK.items()}.get(head["_target_"], head["_target_"])}
        return {**without(found, "head"), "task": task}
    return found


def current_overrides(overrides: Sequence[str]) -> list[str]:
    """Replace overrides of earlier versions by those of this version, with a warning for each.

    Raises UserError for a sweep over replaced options.
    """
    overrides = list(with_current_keys(overrides))
    plain = [line.lstrip("+") if line.lstrip("+") in RENAMED_OVERRIDES else line for line in overrides]
    for line in plain:
        key, _, value = line.partition("=")
        several = [f"{key}={word}" for word in value.split(",")]
        if len(several) > 1 and (word := next(filter(RENAMED_OVERRIDES.get, several), None)):
            raise UserError(
                f"'{line}': {word} is now {' '.join(RENAMED_OVERRIDES[word])}; sweep over head= and task= separately"
            )
    old = [line for line in plain if line in RENAMED_OVERRIDES]
    if not old:
        return overrides
    found: list[str] = []
    for line in plain:
        key, _, value = line.partition("=")
        if "task=activation_penalty" in old and key in PENALTY_KEYS:
            found.append(f"penalties.activation.{PENALTY_KEYS[key]}={value}")
        else:
            found += RENAMED_OVERRIDES.get(line, (line,))
    for line in old:
        warnings.warn(f"{line} is now {' '.join(RENAMED_OVERRIDES[line])}", DataWarning, stacklevel=3)
    return found


def with_current_keys(overrides: Sequence[str]) -> Iterator[str]:
    """Yield overrides with the keys of this version, with a warning for each renamed key."""
    for line in overrides:
        key, equals, value = line.partition("=")
        if now := RENAMED_KEYS.get(key.lstrip("+")):
            warnings.warn(f"{key.lstrip('+')} is now {now}", DataWarning, stacklevel=4)
            line = f"{now}{equals}{value}"
        yield line


def with_loader(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config with the batch settings of `data` and `trainer` moved to the section `loader`."""
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
    """Return a config with the batch settings of `loader` moved to `data` and `trainer`."""
    loader = config.get("loader")
    if not loader:
        return config
    found = without(config, "loader")
    found["data"] = {**found["data"], "batch_size": loader["batch_size"]}
    found["trainer"] = {**found["trainer"], "buckets": loader["buckets"]}
    return found


def without_added(node: Any) -> Any:
    """Return plain data without later settings that have their default behaviour."""
    if not isinstance(node, dict):
        return node
    added = ADDED_SETTINGS.get(str(node.get("_target_")), {})
    return {k: without_added(v) for k, v in node.items() if k not in added or v != added[k]}


def with_targets(node: Any, modules: dict[str, str]) -> Any:
    """Return plain data with the modules of every `_target_` replaced."""
    if isinstance(node, list):
        return [with_targets(each, modules) for each in node]
    if not isinstance(node, dict):
        return node
    found = {key: with_targets(value, modules) for key, value in node.items()}
    if isinstance(target := node.get("_target_"), str):
        module, _, name = target.rpartition(".")
        found["_target_"] = definition_path(f"{modules.get(module, module)}.{name}") if module else name
    return found


def without(node: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return a mapping without these keys."""
    return {key: value for key, value in node.items() if key not in keys}
