"""Overrides of settings that have no effect. Imports no torch."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hydra.core.override_parser.types import Override

from ..card import Need
from ..formatting import to_hydra
from .folds import ineffective_with_folds
from .groups import DICT_GROUPS
from .signatures import class_attribute, ignored_settings, solves_in_one_epoch, traits_of

LEARNING_SETTINGS = frozenset(
    {
        "freeze",
        "init",
        "lr_factors",
        "optimizer",
        "scheduler",
        "trainer.gradient_clip_algorithm",
        "trainer.gradient_clip_val",
        "weights",
    }
)
FILLED_IN = ("choices", "trial", "weights_digest")  # keys of the config that composing and sweeps fill in
OFF = (None, False, 0, "none")  # values that leave a part of a network out, which is no mistake if it is not there
RUN_PATH = "output_dir and name set the directory of a run"
HYDRA_HINTS = {
    "hydra.run": RUN_PATH,
    "hydra.sweep": RUN_PATH,
    "hydra.output_subdir": RUN_PATH,
    "hydra.job.chdir": "a run does not change the working directory",
    "hydra.job.name": "name sets the name of a run",
    "hydra.mode": "nnzoo train -m starts several runs",
}


def ineffective(config: dict[str, Any], given: Sequence[Override]) -> Iterator[str]:
    """Yield an error for each override that has no effect with the task, network or other settings of the config.

    Overrides that remove a setting (null, ~) are accepted.
    """
    keys = [o.key_or_group for o in given if not o.is_delete() and o.value() is not None]
    ignores = ignored_settings(config["task"]["_target_"]) if config["task"] else frozenset()
    traits = traits_of(config["model"]["_target_"])
    for key in keys:
        if is_within(key, set(FILLED_IN)):
            yield f"{key} is filled in by nnzoo; leave it out"
        if is_within(key, ignores):
            yield f"{key} has no effect with task '{chosen_name(config, 'task')}'; leave it out"
        elif traits is not None and not traits.trainable and is_within(key, LEARNING_SETTINGS):
            yield f"{key} has no effect: the weights of model '{chosen_name(config, 'model')}' are fixed, not learned"
    yield from repeated(given)
    yield from ineffective_in_network(config["model"], keys)
    yield from ineffective_in_data(config["data"], keys)
    yield from ineffective_with_folds(config, keys)
    epochs, once = config["trainer"]["max_epochs"], config["task"] and solves_in_one_epoch(config["task"]["_target_"])
    if "trainer.max_epochs" in keys and once and epochs not in (0, 1):
        task = chosen_name(config, "task")
        yield f"trainer.max_epochs={epochs} has no effect with task '{task}', which takes one epoch; leave it out"
    if "trainer.limit_train_batches" in keys and config["trainer"]["overfit_batches"]:
        yield "trainer.limit_train_batches has no effect together with trainer.overfit_batches"
    if "trainer.gradient_clip_algorithm" in keys and config["trainer"]["gradient_clip_val"] is None:
        yield "trainer.gradient_clip_algorithm has no effect without trainer.gradient_clip_val"
    if "trainer.strategy" in keys and config["trainer"]["devices"] == 1 and config["trainer"]["strategy"] != "auto":
        yield f"trainer.strategy={config['trainer']['strategy']} has no effect with trainer.devices=1"
    if config["weights_by"] is not None and config["weights"] is None:
        yield "weights_by has no effect without weights=RUN; leave it out"
    yield from without_validation(config["trainer"])
    if "scheduler.monitor" in keys and config["scheduler"]:
        package, _, schedule = str(config["scheduler"]["_target_"]).rpartition(".")
        if package == "torch.optim.lr_scheduler" and schedule != "ReduceLROnPlateau":
            yield f"scheduler.monitor has no effect on {schedule}; scheduler=plateau uses it"


def repeated(given: Sequence[Override]) -> Iterator[str]:
    """Yield an error for each option that a list such as `transforms=[shift,shift]` names twice."""
    for override in given:
        names = override.value() if override.key_or_group in DICT_GROUPS else None
        if not isinstance(names, list):
            continue
        for name in dict.fromkeys(names):
            if names.count(name) > 1:
                yield f"{override.key_or_group}: naming {name} twice has no effect; name it once"


def without_validation(trainer: dict[str, Any]) -> Iterator[str]:
    """Yield an error if validation would never run. The number of epochs may be unknown, null."""
    every, epochs = trainer["check_val_every_n_epoch"], trainer["max_epochs"]
    if epochs is not None and every > max(1, epochs) and epochs >= 0 and trainer["limit_val_batches"] != 0:
        yield (
            f"trainer.check_val_every_n_epoch={every} is more than trainer.max_epochs={epochs}: "
            "validation would never run"
        )


def ineffective_in_network(model: dict[str, Any], keys: Iterable[str]) -> Iterator[str]:
    """Yield an error for each override of a setting of the network that needs another setting, see `Traits.needs`."""
    traits = traits_of(model["_target_"])
    for name, needed in traits.needs.items() if traits else ():
        given = f"model.{name}" in keys and model.get(name) not in OFF
        if given and not any(is_met(each, model) for each in needed):
            others = (each if isinstance(each, str) else each[0] for each in needed)
            without = " and ".join(f"model.{each}={to_hydra(model.get(each))}" for each in others)
            yield f"model.{name}={model[name]} has no effect with {without}; leave it out"


def is_met(need: Need, model: dict[str, Any]) -> bool:
    """Return whether a network has the setting that another one needs, see `Traits.needs`."""
    if isinstance(need, str):
        return bool(model.get(need))
    name, least = need
    value = model.get(name)
    if isinstance(least, str):
        return isinstance(value, str) and re.search(least, value) is not None
    size = len(value) if isinstance(value, list) else value
    return not isinstance(size, int) or size >= least


def ineffective_in_data(data: dict[str, Any], keys: Iterable[str]) -> Iterator[str]:
    """Yield an error for each override of a setting of the data that another makes useless: `useless` of its class."""
    useless = class_attribute(data["_target_"], "useless")
    for name, (other, values) in ast.literal_eval(useless).items() if useless else ():
        if f"data.{name}" in keys and data.get(other) in values:
            yield f"data.{name} has no effect with data.{other}={data[other]}; leave it out"


def ineffective_for_hydra(given: Sequence[Override]) -> Iterator[str]:
    """Yield an error for each override of a setting of Hydra that nnzoo does not use."""
    for key in (override.key_or_group for override in given):
        yield from (
            f"{key} has no effect; {instead}" for setting, instead in HYDRA_HINTS.items() if is_within(key, {setting})
        )


def is_within(key: str, settings: frozenset[str] | set[str]) -> bool:
    """Return whether a dotted key is one of the settings or inside one of them."""
    return any(f"{key}.".startswith(f"{setting}.") for setting in settings)


def chosen_name(config: dict[str, Any], group: str) -> str:
    """Return the name of the chosen option of a group, or the name of its class."""
    return str(config["choices"].get(group) or config[group]["_target_"].rpartition(".")[2])
