"""Compose many configs that share most of their overrides. Imports no torch."""

import pickle
from collections.abc import Sequence
from pathlib import Path

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from omegaconf import DictConfig, open_dict

from . import own_classes
from .compose import finalize
from .composition import compose_unchecked
from .diagnosis import diagnose
from .hydra_configs import COMPOSE_ERRORS, group_names, parse_overrides
from .overrides import quote_override


class Composer:
    """Composes the configs of runs from common overrides and a few of each run.

    Hydra composes only once for each choice of options; further values are set in a copy, which is several times as
    fast. own_configs: a folder with config groups of the user.
    """

    def __init__(self, overrides: Sequence[str], own_configs: Path | None = None) -> None:
        self.overrides = [quote_override(text) for text in overrides]
        self.own_configs = own_configs
        self.composed: dict[tuple[str, ...], bytes] = {}  # by the chosen options, pickled

    @property
    def groups(self) -> frozenset[str]:
        """The names of the config groups."""
        return group_names(self.own_configs)

    def whole(self, more: Sequence[str] = ()) -> DictConfig:
        """Return the unchecked config, with `hydra` and `sweep`. Raises UserError for wrong overrides."""
        more = [quote_override(text) for text in own_classes.with_targets(more)]
        parsed = parse_overrides(more)
        groups = self.groups
        chosen = tuple(text for text, o in zip(more, parsed, strict=True) if o.key_or_group in groups)
        try:
            config = self.with_options(chosen)
            values = [override for override in parsed if override.key_or_group not in groups]
            ConfigLoaderImpl._apply_overrides_to_config(values, config)
        except COMPOSE_ERRORS as error:
            raise diagnose([*self.overrides, *more], error, self.own_configs) from error
        with open_dict(config):
            config.hydra.overrides.task = [*self.overrides, *more]
        return config

    def with_options(self, chosen: tuple[str, ...]) -> DictConfig:
        """Return the unchecked config with the chosen options."""
        if chosen in self.composed:
            found: DictConfig = pickle.loads(self.composed[chosen])
            return found
        config = compose_unchecked([*self.overrides, *chosen], self.own_configs)
        self.composed[chosen] = pickle.dumps(config)
        return config

    def compose(self, more: Sequence[str] = ()) -> DictConfig:
        """Return the checked config of a run. Raises UserError for wrong overrides."""
        return finalize(self.whole(more))
