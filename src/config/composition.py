"""Composition of configs by Hydra's rules, without the settings of Hydra itself. Imports no torch."""

import pickle
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache, lru_cache
from itertools import compress
from pathlib import Path
from typing import Any

from hydra import compose as hydra_compose
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository, IConfigRepository
from hydra._internal.defaults_list import create_defaults_list
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.default_element import GroupDefault, InputDefault, ResultDefault
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.types import Override, OverrideType
from hydra.plugins.config_source import ConfigResult
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from .grammar import parse_override
from .hydra_configs import COMPOSE_ERRORS, HydraContext
from .own_classes import GROUPS
from .schema import SECTIONS

PRIMARY = "train"  # the config file whose defaults list names the groups


def compose_unchecked(overrides: Sequence[str], own_configs: Path | None = None) -> DictConfig:
    """Return the config that Hydra composes, with the chosen options and the overrides in its section `hydra`.

    A config that cannot be composed without the settings of Hydra itself, such as one with `hydra.verbose=true`, is
    composed by Hydra, whose section `hydra` is then complete.

    own_configs: folder with config groups of the user.
    Raises one of COMPOSE_ERRORS for wrong overrides.
    """
    with HydraContext(own_configs):
        try:
            return (_composition() if own_configs is None else Composition()).compose(overrides)
        except COMPOSE_ERRORS:
            return hydra_compose(PRIMARY, list(overrides), return_hydra_config=True)


class Composition(ConfigLoaderImpl):
    """Composes configs from the files of the current HydraContext and reads each file only once.

    Hydra reads all files for every config, and half of them are settings of Hydra itself; this is four times as fast.
    Configs with the same options are composed once: their values are set in copies, made by pickle, which takes a
    quarter of the time of deepcopy. Options that depend on no others are merged into a copy of a config without them.
    """

    def __init__(self) -> None:
        search_path: ConfigSearchPath = GlobalHydra.instance().config_loader().get_search_path()
        super().__init__(search_path)
        self.files = CachingConfigRepository(self.repository)
        primary = self.files.load_config(PRIMARY)
        assert primary is not None
        assert primary.defaults_list is not None
        primary.defaults_list = [default for default in primary.defaults_list if not is_of_hydra(default)]
        del primary.config["hydra"]
        chosen = {each.group: each.value for each in primary.defaults_list if isinstance(each, GroupDefault)}
        self.defaults = {group: name for group, name in chosen.items() if group in GROUPS}  # in the order of merging
        self.no_objects = tuple(f"~{group}" for group, name in self.defaults.items() if name is not None)
        self.composed = lru_cache(maxsize=1024)(self._compose_options)
        self.placed: dict[tuple[str | None, ...], tuple[ConfigResult, bytes]] = {}  # by file and package, pickled

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """Return the config. Raises one of COMPOSE_ERRORS for wrong overrides."""
        parsed = [parse_override(text) for text in overrides]
        self.validate_sweep_overrides_legal(parsed, run_mode=RunMode.RUN, from_shell=False)
        options = [self._chooses_option(override) for override in parsed]
        config: DictConfig = pickle.loads(self.composed(tuple(compress(overrides, options))))
        values = [override for override, is_option in zip(parsed, options, strict=True) if not is_option]
        self._apply_overrides_to_config(values, config)
        config.hydra.overrides.task = list(overrides)
        return config

    def _compose_options(self, overrides: tuple[str, ...]) -> bytes:
        """Return the config with the chosen options, pickled, before values are set; `hydra` has their names."""
        parsed = [parse_override(text) for text in overrides]
        if (names := self._independent(parsed)) is not None:
            return self._merge(names)
        defaults = create_defaults_list(self.files, PRIMARY, parsed, prepend_hydra=False, skip_missing=False)
        config = self._compose_config_from_defaults_list(defaults.defaults, self.files)
        with open_dict(config):
            config.hydra = {"runtime": {"choices": defaults.overrides.known_choices}, "overrides": {"task": []}}
        OmegaConf.set_struct(config, True)
        return pickle.dumps(config)

    def _independent(self, overrides: Sequence[Override]) -> dict[str, str] | None:
        """Return the options of the groups of objects, None unless all overrides choose such, in any order."""
        names: dict[str, Any] = {}
        for each in overrides:
            if each.type != OverrideType.CHANGE or each.package is not None or each.key_or_group in names:
                return None
            names[each.key_or_group] = each.value()
        if not names.keys() <= set(GROUPS):
            return None
        names = {group: name for group, name in (self.defaults | names).items() if name is not None or group in names}
        return names if all(self._is_independent(group, name) for group, name in names.items()) else None

    def _is_independent(self, group: str, name: object) -> bool:
        """Return whether an option sets its object and at most settings that no other independent option sets later."""
        found = self.files.load_config(f"{group}/{name}") if isinstance(name, str) else None
        if found is None or not isinstance(found.config, DictConfig):
            return False
        if found.defaults_list or found.header["package"] not in (None, "_global_"):
            return False
        return bool(self._package(group, str(name))) or found.config.keys() <= {group, *SECTIONS}

    def _package(self, group: str, name: str) -> str:
        """Return where in the config the settings of an option are: at its root if it sets those of other groups."""
        found = self.files.load_config(f"{group}/{name}")
        return "" if found is not None and found.header["package"] == "_global_" else group

    def _merge(self, names: Mapping[str, str]) -> bytes:
        """Return the config with one object of each group, pickled. names: group -> option, in the order of merging."""
        config: DictConfig = pickle.loads(self.composed(self.no_objects))
        with open_dict(config):
            for group, name in names.items():
                chosen = ResultDefault(config_path=f"{group}/{name}", package=self._package(group, name))
                config.merge_with(self._load_single_config(chosen, self.files).config)
                config.hydra.runtime.choices[group] = name
        return pickle.dumps(config)

    def _chooses_option(self, override: Override) -> bool:
        """Return whether an override chooses an option of a group or, as Hydra says, sets a value."""
        return self.files.group_exists(override.key_or_group) and not isinstance(override.value(), dict)

    def _load_single_config(self, default: ResultDefault, repo: IConfigRepository) -> ConfigResult:
        place = (default.config_path, default.package)
        if place not in self.placed:
            loaded = super()._load_single_config(default, repo)
            self.placed[place] = loaded, pickle.dumps(loaded.config)
        loaded, config = self.placed[place]
        result = copy(loaded)
        result.config = pickle.loads(config)  # a copy: its nodes become nodes of the composed config, which changes
        return result


@cache
def _composition() -> Composition:
    """Return the composition of the configs of nnzoo alone."""
    return Composition()


def is_of_hydra(default: InputDefault) -> bool:
    """Return whether an entry of a defaults list chooses a setting of Hydra itself."""
    return isinstance(default, GroupDefault) and default.group is not None and default.group.startswith("hydra/")
