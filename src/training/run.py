"""The whole of a run: train what a config says, from the seed to the results."""

import warnings
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from ..builders.build import build_data, build_task
from ..errors import DataWarning, UserError
from ..files.paths import expand_path
from ..runs.directory import RunDirectory
from ..runs.names import readable, run_name
from ..runs.signals import Signals
from ..transforms.chain import State
from .result import Result
from .surroundings import isolated, seed

FILES = ("path", "root")  # settings of data sets that name a file or folder


def run(
    config: dict[str, Any],
    overrides: Sequence[str],
    *,
    parent: Path | None = None,
    name: str | None = None,
    resume: RunDirectory | None = None,
    source: Any = None,
    keep: bool = False,
    digest: str | None = None,
    fitted: State | None = None,
) -> Result:
    """Train, keep checkpoints, measure; return what came of it.

    config: resolved and checked, plain data; parent: where the run's directory is made; name: the readable part of its
    name, None = made from config and overrides; resume: a run to go on with instead; source: data from Python; keep:
    keep a copy of it in the directory; digest: the checksum that the data should have, and must have to be resumed;
    fitted: the state of the transforms of a run that is resumed.
    Raises UserError for what does not fit, before a directory is made, and Interrupted when a signal has ended the run.
    """
    with isolated(run=True) as threads, Signals(deferred=False), ExitStack() as stack:
        seed(config["seed"])
        data = build_data(config, source, fitted)
        config = config | {"data": absolute(config["data"])}
        if not data.has_digest(digest):
            changed = "the data is not what the run was trained on: its content has changed"
            if resume is not None:
                raise UserError(changed)
            warnings.warn(f"{changed}; so will the figures", DataWarning, stacklevel=3)
        task = build_task(config, data)
        from . import trainers  # with Lightning, which takes seconds: what does not fit was refused before
        from .checks import check
        from .fit import fit_and_evaluate
        from .plan import Plan

        stack.enter_context(trainers.quiet())
        plan = Plan(config, data, task)
        check(plan)
        torch.set_num_threads(trainers.threads(plan, threads))
        name = name or name_of(config, overrides)
        directory = resume or RunDirectory.create(parent or default_parent(config), name)
        if keep:
            from ..data.tables.sources import from_object, keep_copy  # pandas takes a while

            config["data"]["path"] = str(keep_copy(from_object(source), directory.kept_data).resolve())
        return fit_and_evaluate(directory, plan, overrides, resumed=resume is not None)


def absolute(node: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a data set with absolute paths of what is there: runs can be used from anywhere."""
    target = node.get("target")
    files = (*FILES, "target") if isinstance(target, str) and target.endswith(".npy") else FILES
    there = {key: expand_path(node[key]) for key in files if isinstance(node.get(key), str)}
    return node | {key: str(path.resolve()) for key, path in there.items() if path.exists()}


def name_of(config: dict[str, Any], overrides: Sequence[str]) -> str:
    """Return the readable part of a run's name."""
    return readable(config["name"] or "") or run_name(config["choices"], overrides)


def default_parent(config: dict[str, Any]) -> Path:
    """Return where the run's directory goes: under the experiment's name or the data's."""
    experiment = config["choices"].get("experiment") or config["choices"].get("data")
    return Path(config["output_dir"]) / str(experiment)
