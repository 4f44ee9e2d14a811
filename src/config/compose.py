"""Compose the config of a run from overrides, and check it. Imports no torch."""

from collections.abc import Collection, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from . import moved, own_classes
from .checks import check, check_hydra
from .class_imports import make_importable
from .composition import compose_unchecked
from .diagnosis import diagnose
from .grammar import parse_override
from .hydra_configs import COMPOSE_ERRORS
from .instantiate import targets
from .overrides import quote_override
from .plain import to_plain
from .replaced import drop_unknown_settings
from .schema import SWEEP_KEYS, Config
from .signatures import default_batch_size
from .variables import decode_variables, variables

SWEEP_GROUPS = ("sweep", "pruner", "launcher")  # groups that are not part of the config of a run


def compose(overrides: Sequence[str]) -> DictConfig:
    """Return the checked config of a run. Raises UserError for invalid overrides."""
    overrides = own_classes.with_targets(moved.current_overrides(overrides))
    check_hydra(overrides)
    try:
        config = compose_unchecked([quote_override(text) for text in overrides])
    except COMPOSE_ERRORS as error:
        raise diagnose(overrides, error) from error
    return finalize(config)


def finalize(config: DictConfig) -> DictConfig:
    """Return the checked config of a run: without `hydra` and `sweep`, and with the chosen options as `choices`.

    The given config changes.

    If an override replaces a class, settings of the default class that the new class does not have are dropped.
    If overrides set max_steps but not max_epochs, the number of epochs is unlimited. See also `fix_folds`.
    """
    chosen = {str(k): v for k, v in config.hydra.runtime.choices.items() if not str(k).startswith("hydra/")}
    choices = {k: v for k, v in chosen.items() if k not in SWEEP_GROUPS}
    texts: list[str] = to_plain(config.hydra.overrides.task, resolve=False)
    given = [parse_override(text) for text in texts]
    with open_dict(config):
        del config["hydra"]
        for key in SWEEP_KEYS:
            config.pop(key, None)
        config.choices = choices
        if isinstance(network := config.get("model"), DictConfig):
            network.pop("_card_", None)  # only for lists and documentation
    raw = plain(config)
    config = migrated(config, raw)
    make_importable(config.allow)
    drop_unknown_settings(config, given)
    if any(name for _, node in targets(raw) for name in variables(node)):
        decode_variables(config)
    check(config, given)
    fix_folds(config)
    if is_limited_by_steps_only({override.key_or_group for override in given}, config.trainer.max_steps):
        config.trainer.max_epochs = -1
    if config.loader.batch_size is None:
        config.loader.batch_size = default_batch_size(config.data._target_)
    return config


def plain(config: DictConfig) -> dict[str, Any]:
    """Return a config as plain data with its references."""
    found: dict[str, Any] = to_plain(config, resolve=False)
    return found


def migrated(config: DictConfig, raw: dict[str, Any]) -> DictConfig:
    """Return a config with the names of this version: a config file of the user may come from an earlier one."""
    now = moved.current_config(raw)
    return config if now == raw else OmegaConf.merge(OmegaConf.structured(Config), now)  # type: ignore[return-value]


def fix_folds(config: DictConfig) -> None:
    """Set the seed of the data to 0 if it follows `seed` and there are folds, which are the same for every seed."""
    if config.cv is not None and plain(config.data).get("seed") == "${seed}":
        config.data.seed = 0


def is_limited_by_steps_only(given: Collection[str], max_steps: int) -> bool:
    """Return whether the given keys set trainer.max_steps but not trainer.max_epochs."""
    return "trainer.max_steps" in given and "trainer.max_epochs" not in given and max_steps >= 0
