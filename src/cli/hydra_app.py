"""`nnzoo train` as a Hydra application: single runs and multiruns, with one-line errors and a table of the runs."""

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import hydra
from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict

from ..config import moved, own_classes
from ..config.checks import check_hydra
from ..config.compose import finalize
from ..config.composition import PRIMARY, compose_unchecked
from ..config.diagnosis import diagnose
from ..config.files import CONFIGS
from ..config.hydra_configs import COMPOSE_ERRORS, parse_overrides
from ..config.hydra_version import VERSION_BASE
from ..config.overrides import quote_override, to_overrides
from ..config.plain import to_plain
from ..errors import UserError
from ..files.paths import expand_path
from ..runs.atomic import write
from ..runs.directory import RunDirectory
from ..runs.names import safe_name
from ..runs.refused import missing_folders, remove_empty
from ..runs.signals import Interrupted
from ..sweeps.plan import is_sweep_key, is_varied
from .launched import run_directories, summarize
from .outcome import one_line_summary, print_summary
from .progress_lines import network_on_data, progress_lines

OF_HYDRA = ("hydra/launcher", "hydra/sweeper", "hydra.launcher", "hydra.sweeper")
HYDRA_REFERENCE = "${hydra:"  # the start of a reference to a setting of Hydra
RESUME_AUTO = "resume=auto is for single runs; the same command continues a sweep without it"


def run_app(args: list[str], *, resume: bool = False) -> int:
    """Compose the configs and run them, a single run here, others by Hydra or as a sweep; return the exit code.

    resume: resume the newest unfinished run with these settings, if there is one.
    """
    args = own_classes.with_targets(moved.current_overrides(args))
    flags = parse_flags(args)
    args = [*flags_of(args, flags), *flags.overrides]  # Hydra wants the flags first
    check_hydra(flags.overrides)
    swept = is_sweep(flags)
    if resume and (swept or flags.multirun):
        raise UserError(RESUME_AUTO)
    if swept:
        from .sweeps import run_and_print

        return run_and_print(flags.overrides, flags.config_dir, args)
    args = [quote_override(arg) if arg in flags.overrides else arg for arg in args]
    keys = {override.key_or_group for override in parse_overrides(flags.overrides)}
    config = compose_single(flags)
    if config is None:
        is_varying, code = launch(args, flags, keys, resume=resume)
    elif is_varied(config, keys):
        is_varying, code = True, 0
    else:
        with command_line(args):
            is_varying, code = False, run_single(config.hydra, config, resume=resume)
    if not is_varying:
        return code
    if resume:
        raise UserError(RESUME_AUTO)
    from .sweeps import run_and_print

    return run_and_print(flags.overrides, flags.config_dir, args)


def compose_single(flags: Namespace) -> DictConfig | None:
    """Return the unchecked config of a single run, or None if Hydra has to run it: with its flags or settings.

    This is twice as fast as Hydra, which composes each config twice. Raises UserError for wrong overrides.
    """
    if any(value for name, value in vars(flags).items() if name not in ("overrides", "run")):
        return None
    try:
        config = compose_unchecked([quote_override(text) for text in flags.overrides])
    except COMPOSE_ERRORS as error:
        raise diagnose(flags.overrides, error) from error
    has_settings = config.hydra.keys() != {"runtime", "overrides"}
    return None if has_settings or HYDRA_REFERENCE in str(to_plain(config, resolve=False)) else config


def launch(args: list[str], flags: Namespace, keys: Collection[str], *, resume: bool) -> tuple[bool, int]:
    """Let Hydra compose the configs and launch the runs; return whether a config file describes a sweep, and the code.

    args: flags and quoted overrides; keys: those of the overrides.
    """
    sweep, made = create_sweep_directory(flags.overrides) if flags.multirun else (None, [])
    varying: list[bool] = []  # whether a config file describes a sweep
    codes: list[int] = []  # only of a single run; the jobs of a multirun may run in other processes
    errors: list[Exception] = []

    def job(config: DictConfig) -> None:
        whole: DictConfig = HydraConfig.get()  # type: ignore[assignment]
        if whole.mode == RunMode.MULTIRUN:
            sweep_job(whole, config)
            return
        varying.append(is_varied(config, keys))
        if varying[-1]:
            return
        try:
            codes.append(run_single(whole, config, resume=resume))
        except Exception as error:  # Hydra would print its own message
            errors.append(error)

    full_error = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra then raises exceptions instead of printing them
    try:
        with command_line([*args, *(to_overrides("hydra.sweep.dir", sweep) if sweep else [])]):
            hydra.main(**VERSION_BASE, config_path=f"pkg://{CONFIGS}", config_name=PRIMARY)(job)()
    except COMPOSE_ERRORS as error:
        if sweep and not run_directories(sweep):
            (sweep / "multirun.yaml").unlink(missing_ok=True)
            remove_empty(made)
        own_configs = Path(flags.config_dir) if flags.config_dir else None
        raise diagnose(flags.overrides, error, own_configs) from error
    finally:
        del os.environ["HYDRA_FULL_ERROR"]
        if full_error is not None:
            os.environ["HYDRA_FULL_ERROR"] = full_error
    if errors:
        raise errors[0]
    if any(varying):
        return True, 0
    if sweep and (made_runs := run_directories(sweep)):
        print(summarize(sweep))
        return False, int(any(directory.status() != "done" for directory in made_runs))
    return False, max(codes, default=0)


@contextmanager
def command_line(args: list[str]) -> Iterator[None]:
    """A context in which `sys.argv`, which Hydra reads and a run records, is that of `nnzoo train`."""
    argv = sys.argv
    sys.argv = ["nnzoo train", *args]
    try:
        yield
    finally:
        sys.argv = argv


def is_sweep(flags: Namespace) -> bool:
    """Return whether the flags start a sweep of nnzoo: several values, seeds or folds, or settings of sweeps.

    Hydra itself shows configs, and runs the jobs if one of its launchers or sweepers is chosen.
    """
    if flags.cfg or flags.info or flags.hydra_help:
        return False
    keys = [override.key_or_group for override in parse_overrides(flags.overrides)]
    if any(key.startswith(OF_HYDRA) for key in keys):
        return False
    return flags.multirun or any(is_sweep_key(key) for key in keys) or ("cv" in keys and "fold" not in keys)


def parse_flags(args: list[str]) -> Namespace:
    """Return Hydra's flags and the overrides, which may be mixed. Raises UserError for an unknown flag."""

    def refuse(message: str) -> NoReturn:
        raise UserError(f"{message}; settings have the form key=value, nnzoo train --help lists them")

    parser = get_args_parser()
    parser.error = refuse  # type: ignore[method-assign]
    return parser.parse_intermixed_args(args)


def flags_of(args: list[str], flags: Namespace) -> list[str]:
    """Return the flags among the arguments, with their values; `--info` with one, since it would take the next word."""
    found = [arg for arg in args if arg not in flags.overrides]
    if not flags.info:
        return found
    return [*(arg for arg in found if arg not in ("-i", "--info", flags.info)), f"--info={flags.info}"]


def create_sweep_directory(overrides: list[str]) -> tuple[Path, list[Path]]:
    """Create the directory of a multirun, named after its overrides; return it and all new folders, innermost first."""
    given = {o.key_or_group: o.value() for o in parse_overrides(overrides) if not o.is_sweep_override()}
    parent = expand_path(str(given.get("output_dir", "outputs"))) / "sweeps"
    missing = missing_folders(parent)
    name = "-".join(o for o in overrides if not o.startswith(("output_dir=", "hydra")))
    sweep = RunDirectory.create(parent, safe_name(name) or "sweep").path
    return sweep, [sweep, *missing]


def checked_config(whole: DictConfig, config: DictConfig) -> tuple[dict[str, Any], list[str]]:
    """Return the checked config of a job as plain data, and its overrides."""
    with open_dict(config):
        config.hydra = {"runtime": {"choices": whole.runtime.choices}, "overrides": {"task": whole.overrides.task}}
    plain: dict[str, Any] = to_plain(finalize(config), resolve=True)
    return plain, list(whole.overrides.task)


def run_single(whole: DictConfig, config: DictConfig, *, resume: bool) -> int:
    """Run a single job, print its summary and return the exit code. resume: see `run_app`."""
    plain, overrides = checked_config(whole, config)
    with progress_lines(network_on_data(plain)):
        from ..training.run import run
        from ..training.unfinished import resume_or_run

        result = resume_or_run(plain, overrides) if resume else run(plain, overrides)
    return print_summary(result)


def sweep_job(whole: DictConfig, config: DictConfig) -> None:
    """Run a job of a multirun in its own directory; a failure does not stop the other jobs."""
    sweep, number = Path(whole.sweep.dir), int(whole.job.num)
    overrides = list(whole.overrides.task)
    try:
        plain, _ = checked_config(whole, config)
        if plain["trainer"]["devices"] != 1:
            raise UserError(
                "trainer.devices above 1 with a launcher of Hydra, whose runs may share a process; leave "
                "hydra/launcher out: sweeps of nnzoo train each run in processes of its own"
            )
        with progress_lines(f"[{number}] {' '.join(overrides)}"):
            from ..training.run import name_of, run

            result = run(plain, overrides, parent=sweep, name=f"{number}-{name_of(plain, overrides)}")
    except Interrupted as error:
        if error.result is not None:
            print(f"[{number}] {' '.join(overrides)}: {one_line_summary(error.result)}", flush=True)
        raise SystemExit(128 + error.number) from None
    except Exception as error:
        line = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        failed = sorted(sweep.glob(f"{number}-*"))  # the run may have failed before creating its directory
        directory = RunDirectory(failed[0]) if failed else RunDirectory.create(sweep, f"{number}-failed")
        if not failed:
            directory.write_overrides(overrides)
            write(directory.log_file, traceback.format_exc())
        directory.set_status("failed", line)
        print(f"[{number}] {' '.join(overrides)}: failed: {line}", file=sys.stderr)
    else:
        print(f"[{number}] {' '.join(overrides)}: {one_line_summary(result)}", flush=True)
