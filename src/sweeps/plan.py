"""The plan of a sweep: what its command says, checked before anything is trained. Imports no torch."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import partial
from inspect import signature
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from ..config import moved, own_classes
from ..config.checks import check_hydra, signature_errors, unknown_keys
from ..config.composer import Composer
from ..config.hydra_configs import HydraContext, first_line, parse_overrides
from ..config.instantiate import instantiate_as, locate_subclass
from ..config.overrides import quote_override
from ..config.schema import Sweep
from ..config.signatures import parameters
from ..errors import UserError, unknown
from .launchers.base import Launcher
from .replicates import Replicate, replicates
from .space import Choice, Param, Range, Space, from_override, from_yaml
from .strategies.base import Strategy

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

DIRECTIONS = ("auto", "minimize", "maximize")
MINIMUM = {"trials": 1, "workers": 0, "runs_per_worker": 1, "max_failures": 1, "timeout": 0, "top": 1}
RUNNING_SETTINGS = (
    "trials",
    "workers",
    "vectorized",
    "runs_per_worker",
    "max_failures",
    "timeout",
    "dir",
    "resume",
    "top",
    "launcher",
)
"""Settings that do not change which trials a sweep has."""
NOT_COMPARED = ("output_dir", "hydra")
ONE_VALUE = ("sweep", "pruner", "launcher", "seeds", "cv", "output_dir", "name")
"""Settings that cannot vary in a sweep: they are its own, decide how many runs a trial has, or do not affect a run."""


@dataclass(frozen=True)
class SweepPlan:
    """A sweep as its command describes it.

    overrides: of every run; space: the parameters; replicates: seeds and folds with which each trial is trained;
    settings: the section `sweep` of the config; strategy: built from it; output_dir: root of the outputs; launcher: of
    the jobs, None for processes of this machine; devices: of a run.
    """

    overrides: tuple[str, ...]
    space: Space
    replicates: tuple[Replicate, ...]
    settings: Sweep
    strategy: Strategy
    output_dir: str
    own_configs: Path | None = None
    launcher: Launcher | None = None
    devices: int = 1

    @property
    def trials(self) -> int | None:
        """The number of trials, None if it depends on the results."""
        return self.strategy.trials(self.space)

    @property
    def prunes(self) -> bool:
        """Whether poor trials are stopped early."""
        return self.settings.pruner is not None

    def fingerprint(self) -> str:
        """Return a checksum of what the sweep searches; the number of trials is not part of it."""
        settings = {f.name: getattr(self.settings, f.name) for f in fields(Sweep) if f.name not in RUNNING_SETTINGS}
        strategy = {key: value for key, value in settings["strategy"].items() if key != "rounds"}
        kept = [text for text in self.overrides if not text.startswith(NOT_COMPARED)]
        given = [kept, list(map(repr, self.space.params)), self.replicates, settings | {"strategy": strategy}]
        return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()[:16]

    def composer(self) -> Composer:
        """Return what composes the configs of the runs."""
        return Composer(self.overrides, self.own_configs)


def read_plan(overrides: Sequence[str], own_configs: Path | None = None) -> SweepPlan:
    """Return the plan of a command. Raises UserError for invalid overrides, parameters and settings."""
    current = own_classes.with_targets(moved.current_overrides(overrides))
    overrides = [with_new_keys(quote_override(text)) for text in current]
    check_hydra(overrides)
    parse_overrides(overrides)  # errors of one line
    given = parse_with_globs(overrides, own_configs)
    swept = [override for override in given if override.is_sweep_override()]
    fixed = [str(override.input_line) for override in given if not override.is_sweep_override()]
    refuse_sweeps(swept, [override.key_or_group for override in given])
    composer = Composer(fixed, own_configs)
    found = [from_override(override) for override in swept]
    refuse_ranges_of_options(swept, found, composer.groups)
    with options_in_errors(chosen_options(composer, found)):
        first = composer.whole([first_value(param) for param in found])
    plain = resolved(first)
    settings = plain["sweep"]
    given_keys = {override.key_or_group for override in given}
    strategy = read_settings(settings, given_keys)
    launcher = read_launcher(settings)
    of_yaml = (param for param in yaml_params(settings["params"]) if param.key.lstrip("+") not in given_keys)
    found += [replace(param, key=own_classes.new_key(param.key, current)) for param in of_yaml]
    params = [param for param in found if param.key not in ("seed", "fold")]
    space = Space(tuple(params))
    several = replicates(plain, {p.key: p for p in found if p.key in ("seed", "fold")})
    if not params and len(several) == 1:
        raise UserError(
            "nothing varies in this sweep: give a setting several values, such as optimizer.lr=0.1,0.01, "
            "or set seeds=5, cv=5 or sweep.params"
        )
    check_values(composer, params)
    check_devices(settings, plain["trainer"], keys_of(params))
    first_point = [first_value(param) for param in params]
    for replicate in several:
        if any(key == "fold" for key, _ in replicate):
            composer.compose([*first_point, *(f"{key}={value}" for key, value in replicate)])
    strategy.check(space)
    if settings["pruner"] and plain["trainer"]["max_epochs"] == 1 and "trainer.max_epochs" not in keys_of(params):
        raise UserError(
            "sweep.pruner has no effect: the runs have one epoch (trainer.max_epochs=1), and nothing is stopped after "
            "the last one"
        )
    # the settings of the sweep stay out of the overrides of its runs
    runs = [str(o.input_line) for o in given if not o.is_sweep_override() and not is_sweep_key(o.key_or_group)]
    return SweepPlan(
        overrides=tuple(runs),
        space=space,
        replicates=several,
        settings=Sweep(**settings),
        strategy=strategy,
        output_dir=str(plain["output_dir"]),
        own_configs=own_configs,
        launcher=launcher,
        devices=plain["trainer"]["devices"],
    )


def resolved(config: DictConfig) -> dict[str, Any]:
    """Return a composed config as plain data, without `hydra`. Raises UserError for a reference to nothing."""
    with open_dict(config):
        config.pop("hydra", None)
    try:
        plain: dict[str, Any] = OmegaConf.to_container(config, resolve=True, throw_on_missing=False)  # type: ignore[assignment]
    except OmegaConfBaseException as error:
        raise UserError(first_line(error)) from error
    return plain


def keys_of(params: Sequence[Param]) -> set[str]:
    """Return the keys of parameters."""
    return {param.key.lstrip("+") for param in params}


def parse_with_globs(overrides: Sequence[str], own_configs: Path | None) -> list[Override]:
    """Return parsed overrides that know the options of each group."""
    with HydraContext(own_configs):
        return OverridesParser.create(GlobalHydra.instance().config_loader()).parse_overrides(list(overrides))


def refuse_sweeps(swept: Sequence[Override], keys: Sequence[str]) -> None:
    """Raise UserError for settings that have one value in a sweep, and for swept ones that are given twice.

    keys: of all overrides.
    """
    for override in swept:
        key = override.key_or_group
        if key.partition(".")[0] in ONE_VALUE:
            raise UserError(f"'{override.input_line}': a sweep has one value of {key}")
        if keys.count(key) > 1:
            raise UserError(f"'{override.input_line}': {key} is given twice; leave one out")


def refuse_ranges_of_options(swept: Sequence[Override], found: Sequence[Param], groups: Collection[str]) -> None:
    """Raise UserError for a range of numbers in place of options of a group. found: the parameters of `swept`."""
    for override, param in zip(swept, found, strict=True):
        if isinstance(param, Range) and param.key.lstrip("+") in groups:
            raise UserError(
                f"'{override.input_line}': {param.key} takes names of options, as {param.key}=NAME,NAME, not numbers; "
                f"nnzoo list {param.key} shows them"
            )


def with_new_keys(override: str) -> str:
    """Return an override of `sweep.params` that may add keys, which have no defaults; others stay unchanged."""
    return f"++{override}" if override.startswith(("sweep.params=", "sweep.params.")) else override


def is_sweep_key(key: str) -> bool:
    """Return whether a key belongs to the sweep, not to its runs."""
    return key in ("sweep", "pruner", "launcher", "seeds") or key.startswith("sweep.")


def is_varied(config: DictConfig, given: Collection[str]) -> bool:
    """Return whether a composed config, with `sweep`, gives several values to a setting, the seed or the fold.

    given: keys of the overrides, which take the place of the several values.
    """
    plain: dict[str, Any] = OmegaConf.to_container(config, resolve=False)  # type: ignore[assignment]
    params = any(param.key.lstrip("+") not in given for param in yaml_params(plain["sweep"]["params"]))
    seeds = plain["seeds"] is not None and "seed" not in given
    return params or seeds or (plain["cv"] is not None and plain["fold"] is None)


def first_value(param: Param) -> str:
    """Return the override with the first value of a parameter."""
    return f"{param.key}={param.values[0] if isinstance(param, Choice) else repr(param.low)}"


def yaml_params(node: Mapping[str, Any], prefix: str = "") -> Iterator[Param]:
    """Yield the parameters of `sweep.params`; mappings nest, or keys have dots."""
    for name, value in node.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and not {"low", "high", "log", "step"} & value.keys():
            yield from yaml_params(value, f"{key}.")
        else:
            yield from_yaml(key, value)


def chosen_options(composer: Composer, params: Sequence[Param]) -> list[str]:
    """Return the overrides with the first of several options of each group."""
    return [first_value(param) for param in params if param.size > 1 and param.key.lstrip("+") in composer.groups]


def check_values(composer: Composer, params: Sequence[Param]) -> None:
    """Compose a config with every value of each parameter once, for each choice of options. Raises UserError."""
    chosen = [param for param in params if param.key.lstrip("+") in composer.groups]
    others = [param for param in params if param not in chosen]
    for options in product(*(each.values for each in chosen if isinstance(each, Choice))):
        base = [f"{param.key}={value}" for param, value in zip(chosen, options, strict=True)]
        several = [text for text, param in zip(base, chosen, strict=True) if param.size > 1]
        with options_in_errors(several):
            composer.compose([*base, *map(first_value, others)])
            for param in others:
                rest = [first_value(other) for other in others if other is not param]
                values = param.values[1:] if isinstance(param, Choice) else (repr(param.high),)
                for value in values:
                    composer.compose([*base, *rest, f"{param.key}={value}"])


@contextmanager
def options_in_errors(options: Sequence[str]) -> Iterator[None]:
    """Add the options with which an error occurs to its message."""
    try:
        yield
    except UserError as error:
        unknown_option = any(str(error).startswith(f"unknown {text.partition('=')[0]} ") for text in options)
        if not options or unknown_option:
            raise
        raise UserError(f"{error} (with {' '.join(options)})") from error


def read_settings(node: dict[str, Any], given: Collection[str]) -> Strategy:
    """Check the section `sweep` of a config and return its strategy. Raises UserError for wrong settings.

    given: keys of the overrides.
    """
    if not isinstance(node["strategy"], dict) or "_target_" not in node["strategy"]:
        raise UserError(f"sweep.strategy is {node['strategy']!r}; sweep=grid, random, ... chooses the strategy")
    if node["pruner"] is not None and not isinstance(node["pruner"], dict):
        raise UserError(f"sweep.pruner is {node['pruner']!r}; pruner=median, halving or hyperband chooses the pruner")
    target = str(node["strategy"]["_target_"])
    settings = {key: value for key, value in node["strategy"].items() if key != "_target_"}
    if "trials" in (parameters(target) or ()):
        if node["trials"] is None:
            raise UserError("sweep.trials must be given: the strategy has no end")
        settings["trials"] = node["trials"]
    elif node["trials"] is not None:
        raise UserError(
            f"sweep.trials has no effect with {target.rpartition('.')[2]}, whose settings and results give their number"
        )
    errors = [str(error) for error in unknown_keys(node, Sweep, "sweep")]
    sampler = settings.get("sampler")
    parts = {"strategy": {"_target_": target, **settings}, "strategy.sampler": sampler, "pruner": node["pruner"]}
    for key, value in parts.items():
        errors += signature_errors(f"sweep.{key}", value, ()) if value else ()
    for key, least in MINIMUM.items():
        if node[key] is not None and node[key] < least:
            errors.append(f"sweep.{key} is {node[key]}; it must be at least {least}")
    if errors:
        raise UserError("; ".join(errors))
    if node["direction"] not in DIRECTIONS:
        raise unknown("sweep.direction", node["direction"], DIRECTIONS)
    if node["vectorized"]:
        check_vectorized(node, given)
    if sampler is not None:
        settings["sampler"] = read_sampler(sampler, given)
    made: Strategy = instantiate_as({"_target_": target, **settings}, Strategy)
    return made


def read_launcher(node: dict[str, Any]) -> Launcher | None:
    """Return the launcher of the section `sweep` of a config, None for processes of this machine.

    Raises UserError for wrong settings and for a launcher that is not installed.
    """
    given = node["launcher"]
    if given is None:
        return None
    if not isinstance(given, dict):
        raise UserError(f"sweep.launcher is {given!r}; launcher=submitit_slurm, submitit_local or ray chooses it")
    if errors := list(signature_errors("sweep.launcher", given, ())):
        raise UserError("; ".join(map(str, errors)))
    if node["workers"] == 0:
        raise UserError("sweep.workers is 0; with a launcher it is the number of jobs at a time, at least 1")
    made: Launcher = instantiate_as(given, Launcher)
    made.check()
    return made


def check_devices(node: dict[str, Any], trainer: dict[str, Any], varied: Collection[str]) -> None:
    """Raise UserError if the main process trains and the runs need several. varied: keys of the parameters."""
    if node["vectorized"] and (trainer["devices"] != 1 or "trainer.devices" in varied):
        raise UserError("sweep.vectorized=true trains in one process; leave trainer.devices out")
    if node["workers"] == 0 and (trainer["devices"] != 1 or "trainer.devices" in varied):
        raise UserError(
            "trainer.devices above 1 with sweep.workers=0: the processes of a run cannot share the main process "
            "of a sweep; set sweep.workers=1"
        )


def check_vectorized(node: Mapping[str, Any], given: Collection[str]) -> None:
    """Raise UserError for settings that contradict sweep.vectorized. given: keys of the overrides."""
    if node["pruner"]:
        raise UserError(
            "sweep.vectorized=true trains all trials at the same time, so that pruner has nothing to compare a trial "
            "with; leave one of them out"
        )
    if "sampler" in node["strategy"]:
        name = str(node["strategy"]["sampler"]["_target_"]).rpartition(".")[2]
        raise UserError(
            f"sweep.vectorized=true trains all trials at the same time, but {name} chooses each by the results of "
            "earlier ones; use sweep=random or sweep=grid"
        )
    if node["launcher"]:
        raise UserError("sweep.vectorized=true trains in the main process, not in jobs of a launcher; leave one out")
    for key in ("workers", "runs_per_worker"):
        if f"sweep.{key}" in given and node[key] not in (0, None):
            raise UserError(
                f"sweep.{key}={node[key]} has no effect with sweep.vectorized=true, which trains in the main process; "
                "leave it out"
            )


def read_sampler(node: Mapping[str, Any], given: Collection[str]) -> "partial[BaseSampler]":
    """Return what makes a sampler of Optuna. given: keys of the overrides.

    If an override replaces the class, settings of the default class that the new class does not have are dropped.
    """
    from optuna.samplers import BaseSampler

    kind = locate_subclass(node["_target_"], BaseSampler)
    known = signature(kind).parameters
    path = "sweep.strategy.sampler"
    settings = {key: value for key, value in node.items() if not key.startswith("_")}
    if f"{path}._target_" in given:
        settings = {key: value for key, value in settings.items() if key in known or f"{path}.{key}" in given}
    return partial(kind, **settings)
