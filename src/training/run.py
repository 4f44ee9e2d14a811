"""A complete run of a config, from the seed to the results."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from ..builders.data import build_data
from ..builders.epochs import with_epochs
from ..builders.initial_weights import with_digest
from ..builders.size_limit import SizeLimit
from ..builders.tasks import build_task
from ..config.given import NOTHING, Given
from ..config.ineffective import chosen_name
from ..config.schema import Trainer
from ..config.torchvision_weights import TORCHVISION
from ..files.paths import expand_path
from ..runs.checkpoint import Checkpoint, DataRecord
from ..runs.directory import RunDirectory
from ..runs.follower import FollowerDirectory
from ..runs.lock import locked
from ..runs.lookup import run_named
from ..runs.names import run_name, safe_name
from ..runs.refused import missing_folders, removed_if_refused
from ..runs.signals import Signals
from ..tasks.ranks import Ranks
from ..transforms.chain import State
from .changed_data import check_unchanged
from .isolation import isolated, seed
from .result import Result

if TYPE_CHECKING:
    from ..data.base import Data
    from ..tasks.base import Task
    from .comparison import Comparison
    from .plan import Plan

FILES = ("path", "root", "labels", "nodes")  # settings of data sets and evaluations that name a file or folder


def run(
    config: dict[str, Any],
    overrides: Sequence[str],
    *,
    parent: Path | None = None,
    name: str | None = None,
    directory: RunDirectory | None = None,
    resume: RunDirectory | None = None,
    comparison: "Comparison | None" = None,
    source: Any = None,
    given: Given = NOTHING,
    keep: bool = False,
    trained_on: DataRecord | None = None,
    allow_changed_data: bool = False,
    fitted: State | None = None,
    ranks: Ranks | None = None,
    on_directory: Callable[[RunDirectory], None] | None = None,
) -> Result:
    """Train with checkpoints, evaluate, and return the result; with trainer.devices above 1 in processes of their own.

    config: resolved and validated, plain data; parent: parent of the run directory; name: readable part of its name,
    None = from config and overrides; directory: an empty directory to use instead; resume: directory of a run to resume
    instead, both locked by the caller; comparison: of a run in a sweep; source: data from Python; given: objects from
    Python, not copies of them; keep: keep a copy of this data in the run directory; trained_on: the expected data.
    Other data raises DataChanged or, with allow_changed_data, is a warning. fitted: state of the transforms of a
    resumed run; ranks: the processes that train together, of which this is one; on_directory: called with the run
    directory before training.
    Raises UserError if something does not fit, before the directory is created or, if it is found by what training
    uses, with the directory removed again; and Interrupted if a signal stops the run.
    """
    if ranks is None and config["trainer"]["devices"] != 1:
        from .distributed.devices import num_processes  # imports Lightning
        from .distributed.launch import launch

        if (size := num_processes(Trainer(**config["trainer"]))) > 1:
            metric, report = (comparison.metric, comparison.report) if comparison else (None, None)
            arguments: dict[str, Any] = {"config": config, "overrides": list(overrides), "parent": parent, "name": name}
            arguments |= {"directory": directory, "resume": resume, "source": source, "keep": keep}
            arguments |= {"given": given, "trained_on": trained_on, "allow_changed_data": allow_changed_data}
            result = launch({**arguments, "fitted": fitted}, size, metric, report)
            load_last_weights(given, result.directory)
            return result
    with isolated(run=True) as threads, Signals(deferred=False), ExitStack() as stack:
        seed(config["seed"])
        data = build_data(config, source, fitted)
        config = with_epochs(with_absolute_paths(config), data)
        config = with_digest(config) if resume is None else config
        if trained_on is not None:
            check_unchanged(data, config, trained_on, allowed=allow_changed_data)
        with size_limit(config, resume):
            task = build_task(config, data, given, restored=resume is not None)
        from . import trainers  # imported late: Lightning takes seconds to import
        from .device_settings import matmul_precision
        from .fit import fit_and_evaluate

        stack.enter_context(trainers.quiet_lightning())
        task.ranks = ranks
        plan = checked_plan(config, data, task, overrides, comparison, given)
        torch.set_num_threads(trainers.num_threads(plan, threads))
        stack.enter_context(matmul_precision(plan.trainer.matmul_precision))
        directory = directory or resume
        follower = ranks is not None and ranks.rank > 0
        if directory is None and not follower:
            parent = expand_path(parent or default_parent(config))
            made = missing_folders(parent)
            directory = RunDirectory.create(parent, name or name_of(config, overrides))
            stack.enter_context(removed_if_refused(directory.path, made, lambda: task.started))
            stack.enter_context(locked(directory))  # before other processes read the lock
        if ranks is not None:
            directory = ranks.broadcast(directory)
        assert directory is not None
        if follower:
            directory = FollowerDirectory(directory.path)
        if on_directory is not None:
            on_directory(directory)
        if keep and not follower:
            from ..data.tables.sources import from_object, save_copy  # pandas is slow to import

            config["data"]["path"] = str(save_copy(from_object(source), directory.data_copy).resolve())
        stack.enter_context(trainers.checkpoints_in(directory, given))
        return fit_and_evaluate(directory, plan, overrides, resumed=resume is not None, comparison=comparison)


def load_last_weights(given: Given, directory: Path) -> None:
    """Load the last weights of a run into a network from Python, of which other processes have trained copies."""
    network, last = given.objects.get("model"), RunDirectory(directory).checkpoint("last")
    if isinstance(network, torch.nn.Module) and last.is_file():
        weights = Checkpoint.read(last).weights
        network.load_state_dict({name.removeprefix("model."): value for name, value in weights.items()})


def size_limit(config: dict[str, Any], resumed: RunDirectory | None) -> SizeLimit:
    """Return the limit of the size of the network of a run: what was saved, or what fits into memory."""
    if resumed is not None:
        return SizeLimit.of_saved(Checkpoint.read(resumed.checkpoint("last")).task_state)
    return SizeLimit.of_memory(f"model '{chosen_name(config, 'model')}'", config["data"])


def checked_plan(
    config: dict[str, Any],
    data: "Data",
    task: "Task",
    overrides: Sequence[str],
    comparison: "Comparison | None",
    given: Given = NOTHING,
) -> "Plan":
    """Return the plan of a run. Raises UserError if something does not fit.

    comparison: of a run in a sweep; given: objects from Python.
    """
    from .checks import check

    plan = make_plan(config, data, task, overrides, comparison, given)
    check(plan)
    return plan


def make_plan(
    config: dict[str, Any],
    data: "Data",
    task: "Task",
    overrides: Sequence[str],
    comparison: "Comparison | None",
    given: Given = NOTHING,
) -> "Plan":
    """Return the plan of a run, not checked; see `checked_plan`.

    Raises UserError if it does not measure the metric of the comparison.
    """
    from .comparison import set_evaluation
    from .plan import Plan

    plan = Plan(config, data, task, given)
    if comparison is not None:
        chosen = any(line.startswith("evaluate=") for line in overrides)
        set_evaluation(plan, comparison, all_splits=not chosen)
    return plan


def with_absolute_paths(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config with absolute paths of existing files, so that runs work from any directory."""
    evaluations = {name: node and absolute(node) for name, node in config["evaluations"].items()}
    weights = config["weights"]
    if weights not in (None, TORCHVISION):
        weights = run_named(weights, Path(config["output_dir"]))
    named = {"vectors": config["vectors"], "weights": weights}
    files = {key: absolute({"path": value})["path"] for key, value in named.items()}
    return config | {"data": absolute(config["data"]), "evaluations": evaluations} | files


def absolute(node: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a data set or an evaluation with absolute paths of existing files."""
    target = node.get("target")
    files = (*FILES, "target") if isinstance(target, str) and target.endswith(".npy") else FILES
    paths = {key: expand_path(node[key]) for key in files if isinstance(node.get(key), str)}
    return node | {key: str(path.resolve()) for key, path in paths.items() if path.exists()}


def name_of(config: dict[str, Any], overrides: Sequence[str]) -> str:
    """Return the readable part of a run's name."""
    return safe_name(config["name"] or "") or run_name(config["choices"], overrides)


def default_parent(config: dict[str, Any]) -> Path:
    """Return the default parent of a run directory, named after the experiment or the data."""
    experiment = config["choices"].get("experiment") or config["choices"].get("data")
    return Path(config["output_dir"]) / str(experiment)
